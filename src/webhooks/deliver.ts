import { isUnavailable } from "#database/errors";
import { publicId } from "#domain/ids";
import { messageOf } from "#platform/log";
import { parseRetryAfter } from "#platform/retry-after";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { sealText } from "#privacy/sealed";
import { type After, AttemptRecorder } from "./attempt-recorder.ts";
import { type AttemptBatch, attemptDelivery, type CountedAttempt, once } from "./delivery-attempt.ts";
import { type ClaimedDelivery, claimDeliveries, type LetGo, letGo } from "./delivery-rows.ts";
import { type LaneEnd, sendInFairLanes } from "./fair-lanes.ts";
import type { Fetch } from "./public-host.ts";
import { type RecordedAttempt, recordAttempts } from "./record-attempts.ts";
import { afterAttempt, isSuccess, type NextStep } from "./retry-policy.ts";

const POSTPONE_MS = 60_000;
/** Nothing begins later after the claim, so that the lease outlives the batch. */
const BEGIN_WITHIN_MS = 20_000;
/** Six connections of an invocation may wait for an answer. The sixth is Postgres's, which records meanwhile. */
const LANES = 5;

const PACES = {
  usual: { timeoutMs: 10_000, slots: { shared: 2, alone: LANES }, stopsPartners: true },
  /** For endpoints that were silent lately. */
  slow: { timeoutMs: 3_000, slots: { shared: 1, alone: 1 }, stopsPartners: false },
} as const;
export type Pace = keyof typeof PACES;
/** How long an endpoint that is silent in the slow queue too is left alone. Doubles with its silences. */
const LONGEST_REST_MS = 900_000;

export type DeliveryOutcome =
  /** The row is finished, not due, claimed by another caller, or missing. */
  | { outcome: "not_claimed" }
  | NextStep
  /** No attempt was made, and the delivery belongs into the slow queue. */
  | { outcome: "slow" }
  /** No attempt was made, and none is counted. */
  | { outcome: "untried"; at: Date };

/** The network and the timers, for tests to replace. */
export type DeliveryDeps = Readonly<{ fetch: Fetch; after: After }>;

const DEPS: DeliveryDeps = {
  fetch: (url, init) => fetch(url, init),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Makes and records one attempt for each delivery that is due, in lanes that all endpoints share. Safe to call any number of
 * times: the rows decide whether an attempt is due. The outcomes are by delivery.
 * @throws what the database throws; the rows' leases then run out and the attempts are repeated.
 */
export async function deliverWebhooks(
  services: Services,
  deliveryIds: readonly string[],
  { pace = "usual", ...deps }: Partial<DeliveryDeps> & { pace?: Pace } = {},
): Promise<Map<string, DeliveryOutcome>> {
  const { database, now } = services;
  const { fetch, after } = { ...DEPS, ...deps };
  const claimedAt = now();
  const { timeoutMs, slots, stopsPartners } = PACES[pace];
  const due = await claimDeliveries(database, deliveryIds, { now: claimedAt, withSlow: pace === "slow" });
  const outcomes = new Map<string, DeliveryOutcome>(deliveryIds.map((id) => [id, { outcome: "not_claimed" }]));
  const claimed = due.filter(({ endpoint }) => pace === "slow" || !endpoint.isSlow);
  for (const { id, endpoint } of due) if (endpoint.isSlow) outcomes.set(id, { outcome: "slow" });

  const batch: AttemptBatch = {
    services,
    fetch,
    timeoutMs,
    secrets: new Map(),
    urls: new Map(),
    hosts: new Map(),
    timers: new Map(),
  };
  const sealed: SealedExcerpts = new Map();
  const silentHere = new Set<string>();
  const failedHere = new Set<string>();
  const recorder = new AttemptRecorder((attempts) => recordEach(services, attempts), after);
  const finished: Promise<void>[] = [];
  const bugs: unknown[] = [];
  const postponed: { delivery: ClaimedDelivery; reason: string }[] = [];
  const send = async (delivery: ClaimedDelivery): Promise<LaneEnd> => {
    // What goes wrong on our side with one delivery holds up no other.
    const result = await attemptDelivery(batch, delivery).catch((error: unknown) => postponedBy(error));
    if (result.kind === "postponed") {
      postponed.push({ delivery, reason: result.reason });
      return "not_sent";
    }
    const { endpoint } = delivery;
    if (result.isSilent) silentHere.add(endpoint.id);
    if (!result.isUnasked && !isSuccess(result.responseCode)) failedHere.add(endpoint.id);
    const isRemembered = endpoint.silences !== null || silentHere.has(endpoint.id);
    const mayBeFailing = endpoint.failingSince !== null || failedHere.has(endpoint.id);
    // The lane is free at the headers. The body may take a second more.
    finished.push(
      finishAttempt(services, delivery, result, { isRemembered, mayBeFailing, sealed }).then(
        (attempt) => {
          outcomes.set(delivery.id, attempt.next);
          recorder.add(attempt);
        },
        (error: unknown) => void bugs.push(error),
      ),
    );
    return result.isSilent ? "silent" : "answered";
  };
  const { stopped, late } = await sendInFairLanes(claimed, {
    lanes: LANES,
    slots,
    stopsPartners,
    endpointOf: ({ endpoint }) => endpoint.id,
    partnerOf: ({ endpoint }) => endpoint.partnerId,
    send,
    mayBegin: () => now().getTime() - claimedAt.getTime() <= BEGIN_WITHIN_MS,
  });
  const at = now();
  const soon = new Date(at.getTime() + POSTPONE_MS);
  const untried: LetGo[] = [
    ...late.map((delivery) => ({ delivery, until: at })),
    ...postponed.map(({ delivery }) => ({ delivery, until: soon })),
    ...stopped.map((delivery) => ({ delivery, until: pace === "slow" ? restedAt(delivery, at) : at })),
  ];
  await letGo(database, untried, at);
  for (const { delivery, until } of untried) outcomes.set(delivery.id, { outcome: "untried", at: until });
  if (pace === "usual") for (const { id } of stopped) outcomes.set(id, { outcome: "slow" });
  await Promise.all(finished);
  await recorder.finish();

  alertPostponed(services, postponed);

  logBatch(services, { pace, claimedAt, outcomes });
  if (bugs.length > 0) throw bugs[0];
  return outcomes;
}

function restedAt({ endpoint }: ClaimedDelivery, now: Date): Date {
  const restMs = Math.min(POSTPONE_MS * 2 ** (endpoint.silences ?? 0), LONGEST_REST_MS);
  return new Date(now.getTime() + restMs);
}

const postponedBy = (error: unknown) => ({ kind: "postponed", reason: messageOf(error) }) as const;

/** Ciphertext by clear text. Receivers answer most webhooks of a batch with the same words, which are sealed once. */
type SealedExcerpts = Map<string, Promise<string>>;

/**
 * Waits for the excerpt, seals it, and decides what follows. `isRemembered`: Postgres has heard of a silence of the endpoint, or
 * will; `mayBeFailing`: of a failure.
 */
async function finishAttempt(
  services: Services,
  delivery: ClaimedDelivery,
  result: CountedAttempt,
  { isRemembered, mayBeFailing, sealed }: { isRemembered: boolean; mayBeFailing: boolean; sealed: SealedExcerpts },
): Promise<RecordedAttempt> {
  const { responseCode, error, attemptedAt, latencyMs, isPermanent, isUnasked } = result;
  const excerpt = await result.excerpt;
  const seal = (text: string) => once(sealed, text, () => sealText(keyringOf(services.settings), text));
  const responseBody = excerpt === null ? null : await seal(excerpt);
  const now = services.now();
  const attempt = delivery.attempts + 1;
  const retryAfterSeconds = parseRetryAfter(result.retryAfter, now);
  const round = attempt - delivery.attemptsBefore;
  const finished = { deliveryId: delivery.id, attempt: round, responseCode, retryAfterSeconds, isPermanent };
  const next = afterAttempt(finished, now);
  if (next.outcome !== "delivered") logFailure(services, delivery, result, next);
  const answered = isRemembered && (result.isSilent || responseCode !== null) ? !result.isSilent : null;
  const works = isUnasked || !mayBeFailing ? null : next.outcome === "delivered";
  return { delivery, attemptedAt, responseCode, responseBody, latencyMs, error, next, answered, works, decidedAt: now };
}

/** What Postgres refuses together it is given one by one, so that one row holds up no other. */
async function recordEach({ database }: Services, attempts: readonly RecordedAttempt[]): Promise<void> {
  try {
    await recordAttempts(database, attempts);
  } catch (error) {
    if (attempts.length === 1 || isUnavailable(error)) throw error;
    const results = await Promise.allSettled(attempts.map((attempt) => recordAttempts(database, [attempt])));
    const refused = results.find(({ status }) => status === "rejected");
    if (refused?.status === "rejected") throw refused.reason;
  }
}

function logFailure(
  { log, alert }: Services,
  delivery: ClaimedDelivery,
  { responseCode, latencyMs, error, isUnasked }: CountedAttempt,
  next: NextStep,
): void {
  const endpointId = publicId("webhookEndpoint", delivery.endpoint.id);
  log({
    event: "webhook_attempt_failed",
    delivery_id: delivery.id,
    endpoint_id: endpointId,
    type: delivery.event.type,
    attempt: delivery.attempts + 1,
    response_code: responseCode,
    latency_ms: latencyMs,
    error,
    next: next.outcome,
  });
  if (next.outcome !== "failed" || isUnasked) return;
  alert({
    event: "webhook_failed",
    delivery_id: delivery.id,
    endpoint_id: endpointId,
    endpoint_gone: next.endpointGone,
  });
}

/** One alert a reason. */
function alertPostponed(
  { alert }: Services,
  postponed: readonly { delivery: ClaimedDelivery; reason: string }[],
): void {
  for (const [error, ones] of Map.groupBy(postponed, ({ reason }) => reason)) {
    alert({ event: "webhook_postponed", delivery_id: ones[0]?.delivery.id, count: ones.length, error });
  }
}

function logBatch(
  { log, now }: Services,
  { pace, claimedAt, outcomes }: { pace: Pace; claimedAt: Date; outcomes: ReadonlyMap<string, DeliveryOutcome> },
): void {
  const counts: Record<string, number> = {};
  for (const { outcome } of outcomes.values()) counts[outcome] = (counts[outcome] ?? 0) + 1;
  log({
    event: "webhook_batch",
    pace,
    messages: outcomes.size,
    ...counts,
    duration_ms: now().getTime() - claimedAt.getTime(),
  });
}
