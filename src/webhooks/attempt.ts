import { publicId } from "#domain/ids";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { decrypt, keyringOf } from "#privacy/encryption";
import type { ClaimedDelivery } from "./deliveries.ts";
import { checkEndpointUrl } from "./endpoint-url.ts";
import { readExcerpt } from "./excerpt.ts";
import { type Fetch, judgeHost } from "./public-host.ts";
import { signatureHeaders } from "./signing.ts";

const TIMEOUT_MS = 10_000;
const MAX_EXCERPT_CHARACTERS = 1_000;
const USER_AGENT = "ChipIn-Webhooks/1.0";

export type Answer =
  /** The trouble is ours, so it counts as no attempt. */
  | { kind: "not_tried"; reason: string }
  | {
      kind: "tried";
      /** Null when no answer came; `error` then says why. */
      responseCode: number | null;
      responseBody: string | null;
      error: string | null;
      latencyMs: number;
      /** The header as it came. */
      retryAfter: string | null;
      /** No later attempt can go better. */
      hopeless: boolean;
    };

/** Signs the event and sends it, unless the endpoint is one we must not send to. Expected trouble is an answer too. */
export async function attemptDelivery(services: Services, delivery: ClaimedDelivery, fetch: Fetch): Promise<Answer> {
  const { settings } = services;
  const { endpoint, event } = delivery;
  if (!endpoint.isActive) return refused("the endpoint is switched off", { hopeless: true });
  const checked = checkEndpointUrl(endpoint.url, {
    allowLoopback: settings.LOCAL_PLATFORM === "1",
    ownOrigins: [settings.PUBLIC_ORIGIN, ...(settings.API_ORIGIN ? [settings.API_ORIGIN] : [])],
  });
  if (!checked.ok) return refused(`the endpoint's URL ${checked.reason}`, { hopeless: true });
  // On a laptop the receiver is on loopback by design; deployed, a name may have moved since it was registered.
  if (settings.ENVIRONMENT !== "development") {
    const verdict = await judgeHost(new URL(checked.url).hostname, fetch);
    if (verdict === "unknown") return { kind: "not_tried", reason: "the resolver did not answer" };
    if (verdict === "private") return refused("the endpoint's host resolves to an address that is not public");
    if (verdict === "unresolvable") return refused("the endpoint's host does not resolve");
  }

  let secret: string;
  try {
    secret = await decrypt(keyringOf(settings), endpoint.secret);
  } catch (error) {
    return { kind: "not_tried", reason: `the endpoint's secret cannot be read: ${messageOf(error)}` };
  }
  const eventId = publicId("event", event.id);
  const body = webhookBody(eventId, event);
  const sentAt = services.now();
  const signed = signatureHeaders({ eventId, body, secrets: [secret], at: sentAt });
  const headers = { "content-type": "application/json", "user-agent": USER_AGENT, ...signed };
  const answer = await post(checked.url, { headers, body }, fetch);
  return { ...answer, latencyMs: services.now().getTime() - sentAt.getTime() };
}

function webhookBody(id: string, { type, createdAt, payload }: ClaimedDelivery["event"]): string {
  return JSON.stringify({ id, type, created_at: createdAt.toISOString(), data: payload });
}

type Tried = Extract<Answer, { kind: "tried" }>;

async function post(
  url: string,
  request: { headers: Record<string, string>; body: string },
  fetch: Fetch,
): Promise<Tried> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { method: "POST", redirect: "manual", signal, ...request });
    return {
      kind: "tried",
      responseCode: response.status,
      responseBody: await readExcerpt(response, MAX_EXCERPT_CHARACTERS),
      retryAfter: response.headers.get("retry-after"),
      error: null,
      latencyMs: 0,
      hopeless: false,
    };
  } catch (error) {
    const late = error instanceof Error && error.name === "TimeoutError";
    return refused(late ? `no answer within ${TIMEOUT_MS / 1000} seconds` : messageOf(error));
  }
}

function refused(error: string, { hopeless = false } = {}): Tried {
  return { kind: "tried", responseCode: null, responseBody: null, retryAfter: null, error, latencyMs: 0, hopeless };
}
