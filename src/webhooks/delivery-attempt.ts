import { publicId } from "#domain/ids";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { isErasedPayload } from "#privacy/purges";
import { openFields, openText } from "#privacy/sealed";
import type { ClaimedDelivery } from "./delivery-rows.ts";
import { checkEndpointUrl } from "./endpoint-url.ts";
import { readExcerpt } from "./excerpt.ts";
import { type Fetch, resolveHost } from "./public-host.ts";
import { signatureHeaders } from "./signing.ts";

const TIMEOUT_MS = 10_000;
const MAX_EXCERPT_CHARACTERS = 1_000;
const USER_AGENT = "ChipIn-Webhooks/1.0";

export type AttemptResult =
  /** Nothing was sent because of a fault on our side. It does not count as an attempt. */
  { kind: "postponed"; reason: string } | CountedAttempt;

export type CountedAttempt = {
  kind: "counted";
  /** Null when no answer came; `error` then says why. */
  responseCode: number | null;
  responseBody: string | null;
  error: string | null;
  latencyMs: number;
  /** The `Retry-After` header, unparsed. */
  retryAfter: string | null;
  /** A later attempt would fail for the same reason. */
  isPermanent: boolean;
};

/** Checks the endpoint, signs the event and sends it. A failure that a receiver or an endpoint can cause is a result too. */
export async function attemptDelivery(
  services: Services,
  delivery: ClaimedDelivery,
  fetch: Fetch,
): Promise<AttemptResult> {
  const { settings } = services;
  const { endpoint, event } = delivery;
  if (isErasedPayload(event.payload)) {
    return failure("the event's body was erased after 90 days and cannot be sent any more", { isPermanent: true });
  }
  if (!endpoint.isActive) return failure("the endpoint is switched off", { isPermanent: true });
  const checked = checkEndpointUrl(endpoint.url, settings);
  if (!checked.ok) return failure(`the endpoint's URL ${checked.reason}`, { isPermanent: true });
  // In development the receiver runs on this machine. Elsewhere a name may resolve differently since it was registered.
  if (settings.ENVIRONMENT !== "development") {
    const addresses = await resolveHost(new URL(checked.url).hostname, fetch);
    if (addresses === "unknown") return { kind: "postponed", reason: "the resolver did not answer" };
    if (addresses === "not_public") return failure("the endpoint's host resolves to an address that is not public");
    if (addresses === "unresolvable") return failure("the endpoint's host does not resolve");
  }

  const keyring = keyringOf(settings);
  let secret: string;
  let data: unknown;
  try {
    secret = await openText(keyring, endpoint.secret);
    data = await openFields(keyring, event.payload);
  } catch (error) {
    return { kind: "postponed", reason: `the endpoint's secret or the payload cannot be read: ${messageOf(error)}` };
  }
  const eventId = publicId("event", event.id);
  const body = JSON.stringify({ id: eventId, type: event.type, created_at: event.createdAt.toISOString(), data });
  const sentAt = services.now();
  const signed = signatureHeaders({ eventId, body, secrets: [secret], at: sentAt });
  const headers = { "content-type": "application/json", "user-agent": USER_AGENT, ...signed };
  const result = await post(checked.url, { headers, body }, fetch);
  return { ...result, latencyMs: services.now().getTime() - sentAt.getTime() };
}

async function post(
  url: string,
  request: { headers: Record<string, string>; body: string },
  fetch: Fetch,
): Promise<CountedAttempt> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { method: "POST", redirect: "manual", signal, ...request });
    return {
      kind: "counted",
      responseCode: response.status,
      responseBody: await readExcerpt(response, MAX_EXCERPT_CHARACTERS),
      retryAfter: response.headers.get("retry-after"),
      error: null,
      latencyMs: 0,
      isPermanent: false,
    };
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === "TimeoutError";
    return failure(isTimeout ? `no answer within ${TIMEOUT_MS / 1000} seconds` : messageOf(error));
  }
}

function failure(error: string, { isPermanent = false } = {}): CountedAttempt {
  return {
    kind: "counted",
    responseCode: null,
    responseBody: null,
    retryAfter: null,
    error,
    latencyMs: 0,
    isPermanent,
  };
}
