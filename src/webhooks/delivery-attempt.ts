import { publicId } from "#domain/ids";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { type Keyring, keyringOf } from "#privacy/encryption";
import { isErasedPayload } from "#privacy/purges";
import { openFields, openText } from "#privacy/sealed";
import { presentWebhook } from "#wire/partner-event";
import type { ClaimedDelivery } from "./delivery-rows.ts";
import { checkEndpointUrl, type EndpointUrlCheck } from "./endpoint-url.ts";
import { readExcerpt } from "./excerpt.ts";
import { hostToResolve, resolverOf } from "./judge-endpoint-url.ts";
import { type Fetch, type HostAddresses, resolveHost } from "./public-host.ts";
import { signatureHeaders } from "./signing.ts";

const MAX_EXCERPT_CHARACTERS = 1_000;
const EXCERPT_TIMEOUT_MS = 1_000;
/** Attempts that begin within it share their timers: a timer for each takes as long as a signature. */
const SHARED_TIMER_MS = 20;
const USER_AGENT = "ChipIn-Webhooks/1.0";

export type AttemptResult =
  /** Nothing was sent because of a fault on our side. It does not count as an attempt. */
  { kind: "postponed"; reason: string } | CountedAttempt;

export type CountedAttempt = Readonly<{
  kind: "counted";
  /** Null when no answer came; `error` then says why. */
  responseCode: number | null;
  /** The beginning of the answer's body, a second after its headers at the latest. Null when no answer came. */
  excerpt: Promise<string> | null;
  error: string | null;
  attemptedAt: Date;
  latencyMs: number;
  /** The `Retry-After` header, unparsed. */
  retryAfter: string | null;
  /** A later attempt would fail for the same reason. */
  isPermanent: boolean;
  /** The endpoint refused the connection or gave no answer in time. */
  isSilent: boolean;
  /** Nothing was asked of the endpoint, so the failure says nothing of it. */
  isUnasked: boolean;
}>;

/** What the attempts of one batch share: secrets are decrypted once for their endpoint, a URL and a host are judged once. */
export type AttemptBatch = Readonly<{
  services: Services;
  fetch: Fetch;
  /** How long an endpoint has until the headers of its answer, in ms. */
  timeoutMs: number;
  secrets: Map<string, Promise<string[]>>;
  urls: Map<string, EndpointUrlCheck & { host: string | null }>;
  hosts: Map<string, Promise<HostAddresses>>;
  /** By their length in ms. */
  timers: Map<number, { startedAt: number; signal: AbortSignal }>;
}>;

/**
 * Checks the endpoint, signs the event and sends it, and resolves at the headers of the answer. At most one connection waits
 * for an answer at any time, look-ups of the host included. A failure that a receiver or an endpoint can cause is a result too.
 */
export async function attemptDelivery(batch: AttemptBatch, delivery: ClaimedDelivery): Promise<AttemptResult> {
  const { services, fetch } = batch;
  const { settings } = services;
  const { endpoint, event } = delivery;
  const failure = (error: string, { isPermanent = false, isUnasked = false } = {}) =>
    unanswered(error, { attemptedAt: services.now(), isPermanent, isUnasked });
  const never = { isPermanent: true, isUnasked: true };
  if (isErasedPayload(event.data)) {
    return failure("the event's body was erased after 90 days and cannot be sent any more", never);
  }
  if (!endpoint.isActive) return failure(`the endpoint is ${endpoint.state ?? "switched off"}`, never);
  const checked = once(batch.urls, endpoint.url, () => {
    const check = checkEndpointUrl(endpoint.url, settings);
    return { ...check, host: check.ok ? hostToResolve(check.url) : null };
  });
  if (!checked.ok) return failure(`the endpoint's URL ${checked.reason}`, { isPermanent: true });
  const { host } = checked;
  // A name may resolve differently since it was registered.
  const resolver = resolverOf(settings);
  if (host !== null && resolver !== null) {
    const addresses = await once(batch.hosts, host, () => resolveHost(host, fetch, resolver));
    if (addresses === "unknown") return { kind: "postponed", reason: "the resolver did not answer" };
    if (addresses === "not_public") return failure("the endpoint's host resolves to an address that is not public");
    if (addresses === "unresolvable") return failure("the endpoint's host does not resolve");
  }

  const keyring = keyringOf(settings);
  let secrets: string[];
  let data: unknown;
  try {
    secrets = await once(batch.secrets, endpoint.id, () => openSecrets(keyring, endpoint));
    data = await openFields(keyring, event.data);
  } catch (error) {
    return { kind: "postponed", reason: `the endpoint's secret or the event cannot be read: ${messageOf(error)}` };
  }
  const eventId = publicId("event", event.id);
  const body = JSON.stringify(presentWebhook({ ...event, data }));
  const sentAt = services.now();
  const signed = signatureHeaders({ eventId, body, secrets, at: sentAt });
  const headers = { "content-type": "application/json", "user-agent": USER_AGENT, ...signed };
  return await post(batch, checked.url, { headers, body }, sentAt);
}

/** Every secret that is valid now, newest first. */
async function openSecrets(
  keyring: Keyring,
  { secret, retiredSecrets }: ClaimedDelivery["endpoint"],
): Promise<string[]> {
  const opened = await Promise.all([secret, ...retiredSecrets].map((sealed) => openText(keyring, sealed)));
  return [...new Set(opened)];
}

async function post(
  batch: AttemptBatch,
  url: string,
  request: { headers: Record<string, string>; body: string },
  attemptedAt: Date,
): Promise<CountedAttempt> {
  const { services, fetch, timeoutMs } = batch;
  const latencyMs = () => services.now().getTime() - attemptedAt.getTime();
  try {
    const signal = timeoutIn(batch, timeoutMs);
    const response = await fetch(url, { method: "POST", redirect: "manual", signal, ...request });
    return {
      kind: "counted",
      responseCode: response.status,
      excerpt: readExcerpt(response, MAX_EXCERPT_CHARACTERS, timeoutIn(batch, EXCERPT_TIMEOUT_MS)),
      retryAfter: response.headers.get("retry-after"),
      error: null,
      attemptedAt,
      latencyMs: latencyMs(),
      isPermanent: false,
      isSilent: false,
      isUnasked: false,
    };
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === "TimeoutError";
    const reason = isTimeout ? `no answer within ${timeoutMs / 1000} seconds` : messageOf(error);
    return unanswered(reason, { attemptedAt, latencyMs: latencyMs(), isSilent: true });
  }
}

function unanswered(
  error: string,
  at: Pick<CountedAttempt, "attemptedAt"> &
    Partial<Pick<CountedAttempt, "latencyMs" | "isPermanent" | "isSilent" | "isUnasked">>,
): CountedAttempt {
  const nothing = { responseCode: null, excerpt: null, retryAfter: null } as const;
  const usual = { latencyMs: 0, isPermanent: false, isSilent: false, isUnasked: false };
  // Postgres stores no NUL in text.
  const text = error.replaceAll("\0", "");
  return { kind: "counted", ...nothing, error: text, ...usual, ...at };
}

/** Aborts after `ms`, or a little earlier. */
function timeoutIn({ services, timers }: AttemptBatch, ms: number): AbortSignal {
  const now = services.now().getTime();
  const known = timers.get(ms);
  if (known && now - known.startedAt < SHARED_TIMER_MS) return known.signal;
  // biome-ignore lint/plugin: as the attempts share it, it ends with none of them.
  const signal = AbortSignal.timeout(ms);
  timers.set(ms, { startedAt: now, signal });
  return signal;
}

export function once<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
