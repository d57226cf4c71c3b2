import { publicId } from "#domain/ids";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { sealText } from "#privacy/sealed";
import { attemptDelivery, type CountedAttempt } from "./delivery-attempt.ts";
import { type ClaimedDelivery, claimDelivery, postponeDelivery, recordAttempt } from "./delivery-rows.ts";
import type { Fetch } from "./public-host.ts";
import { afterAttempt, type NextStep, parseRetryAfter } from "./retry-policy.ts";

const POSTPONE_MS = 60_000;

export type DeliveryOutcome =
  /** The row is finished, not due, claimed by another caller, or missing. */
  { outcome: "not_claimed" } | NextStep;

/** The network, for tests to replace. */
export type DeliveryDeps = Readonly<{ fetch: Fetch }>;

const DEPS: DeliveryDeps = { fetch: (url, init) => fetch(url, init) };

/**
 * Makes and records one attempt to deliver one event to one endpoint. Safe to call any number of times: the row decides
 * whether an attempt is due.
 * @throws what the database throws; the row's lease then runs out and the attempt is repeated.
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

  const result = await attemptDelivery(services, delivery, deps.fetch);
  const now = services.now();
  if (result.kind === "postponed") {
    services.alert({ event: "webhook_postponed", delivery_id: deliveryId, error: result.reason });
    const at = new Date(now.getTime() + POSTPONE_MS);
    await postponeDelivery(database, delivery, at);
    return { outcome: "retry", at };
  }

  const attempt = delivery.attempts + 1;
  const { responseCode, error, latencyMs, retryAfter, isPermanent } = result;
  const excerpt = result.responseBody;
  const responseBody = excerpt === null ? null : await sealText(keyringOf(services.settings), excerpt);
  const retryAfterSeconds = parseRetryAfter(retryAfter, now);
  const next = afterAttempt({ deliveryId, attempt, responseCode, retryAfterSeconds, isPermanent }, now);
  await recordAttempt(database, delivery, { attempt, attemptedAt, responseCode, responseBody, latencyMs, error }, next);
  logAttempt(services, delivery, result, next);
  return next;
}

function logAttempt(
  { log, alert }: Services,
  delivery: ClaimedDelivery,
  { responseCode, latencyMs, error }: CountedAttempt,
  next: NextStep,
): void {
  const endpointId = publicId("webhookEndpoint", delivery.endpoint.id);
  log({
    event: "webhook_attempt",
    delivery_id: delivery.id,
    endpoint_id: endpointId,
    type: delivery.event.type,
    attempt: delivery.attempts + 1,
    response_code: responseCode,
    latency_ms: latencyMs,
    error,
    next: next.outcome,
  });
  if (next.outcome !== "failed") return;
  alert({
    event: "webhook_failed",
    delivery_id: delivery.id,
    endpoint_id: endpointId,
    endpoint_gone: next.endpointGone,
  });
}
