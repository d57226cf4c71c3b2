import { publicId } from "#domain/ids";
import type { Services } from "#platform/services";
import { type Answer, attemptDelivery } from "./attempt.ts";
import { type ClaimedDelivery, claimDelivery, postponeDelivery, recordAttempt } from "./deliveries.ts";
import type { Fetch } from "./public-host.ts";
import { afterAttempt, type NextStep, parseRetryAfter } from "./retry-policy.ts";

const POSTPONE_MS = 60_000;

export type DeliveryOutcome =
  /** Settled, not due, being worked on by somebody else, or gone. */
  { outcome: "not_claimed" } | { outcome: "delivered" } | { outcome: "failed" } | { outcome: "retry"; at: Date };

/** The seam for tests: everything that leaves the house. */
export type DeliveryDeps = Readonly<{ fetch: Fetch }>;

const DEPS: DeliveryDeps = { fetch: (url, init) => fetch(url, init) };

/**
 * One attempt to bring one event to one endpoint, recorded whatever became of it. Safe to call any number of times: the
 * row decides whether there is anything to do.
 * @throws what the database throws; the row's lease then runs out and the attempt is made again.
 */
export async function deliverWebhook(
  services: Services,
  deliveryId: string,
  deps: DeliveryDeps = DEPS,
): Promise<DeliveryOutcome> {
  const { database } = services;
  const attemptedAt = services.now();
  const delivery = await claimDelivery(database, deliveryId, attemptedAt);
  if (!delivery) return { outcome: "not_claimed" };

  const answer = await attemptDelivery(services, delivery, deps.fetch);
  const now = services.now();
  if (answer.kind === "not_tried") {
    services.alert({ event: "webhook_postponed", delivery_id: deliveryId, error: answer.reason });
    const at = new Date(now.getTime() + POSTPONE_MS);
    await postponeDelivery(database, delivery, at);
    return { outcome: "retry", at };
  }

  const attempt = delivery.attempts + 1;
  const { responseCode, responseBody, error, latencyMs, retryAfter, hopeless } = answer;
  const retryAfterSeconds = parseRetryAfter(retryAfter, now);
  const next = afterAttempt({ deliveryId, attempt, responseCode, retryAfterSeconds, hopeless }, now);
  await recordAttempt(database, delivery, { attempt, attemptedAt, responseCode, responseBody, latencyMs, error }, next);
  report(services, delivery, answer, next);
  return outcomeOf(next);
}

function outcomeOf(next: NextStep): DeliveryOutcome {
  switch (next.do) {
    case "settle":
      return { outcome: "delivered" };
    case "retry":
      return { outcome: "retry", at: next.at };
    case "give_up":
      return { outcome: "failed" };
    default:
      next satisfies never;
      throw new RangeError("unknown step");
  }
}

function report(
  { log, alert }: Services,
  delivery: ClaimedDelivery,
  answer: Extract<Answer, { kind: "tried" }>,
  next: NextStep,
): void {
  const endpoint_id = publicId("webhookEndpoint", delivery.endpoint.id);
  log({
    event: "webhook_attempt",
    delivery_id: delivery.id,
    endpoint_id,
    type: delivery.event.type,
    attempt: delivery.attempts + 1,
    response_code: answer.responseCode,
    latency_ms: answer.latencyMs,
    error: answer.error,
    next: next.do,
  });
  if (next.do !== "give_up") return;
  alert({ event: "webhook_failed", delivery_id: delivery.id, endpoint_id, endpoint_gone: next.endpointGone });
}
