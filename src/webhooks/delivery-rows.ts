import { and, eq, isNull, lt, lte, or, sql } from "drizzle-orm";
import type { Database } from "#database/client";
import { webhookAttempts, webhookDeliveries } from "#database/own-tables";
import { webhookEndpoints, webhookEvents } from "#database/schema";
import type { NextStep } from "./retry-policy.ts";

/** Longer than an attempt can take. A lease that has run out belongs to a caller that died. */
const LEASE_MS = 60_000;
/** Postgres stamps the row, and the Worker's clock may be a little behind. */
const CLOCK_SLACK_MS = 5_000;

export type ClaimedDelivery = Readonly<{
  id: string;
  /** Attempts made before this one. */
  attempts: number;
  /** The private fields of `payload` are sealed. */
  event: { id: string; type: string; payload: unknown; createdAt: Date };
  /** `secret` is ciphertext. */
  endpoint: { id: string; url: string; secret: string; isActive: boolean };
}>;

export type RecordedAttempt = Readonly<{
  attempt: number;
  attemptedAt: Date;
  responseCode: number | null;
  /** Sealed: it may repeat what we sent. */
  responseBody: string | null;
  latencyMs: number;
  error: string | null;
}>;

/**
 * Claims the delivery for one attempt, in one statement, so of several concurrent callers one gets it. Null when the row is
 * finished, not due, claimed by another caller, or missing.
 */
export async function claimDelivery(database: Database, id: string, now: Date): Promise<ClaimedDelivery | null> {
  const [claimed] = await database
    .update(webhookDeliveries)
    .set({ leaseUntil: new Date(now.getTime() + LEASE_MS) })
    .from(webhookEvents)
    .innerJoin(webhookEndpoints, sql`true`)
    .where(
      and(
        eq(webhookDeliveries.id, id),
        eq(webhookDeliveries.status, "pending"),
        lte(webhookDeliveries.nextAttemptAt, new Date(now.getTime() + CLOCK_SLACK_MS)),
        or(isNull(webhookDeliveries.leaseUntil), lt(webhookDeliveries.leaseUntil, now)),
        eq(webhookEvents.id, webhookDeliveries.webhookEventId),
        eq(webhookEndpoints.id, webhookDeliveries.webhookEndpointId),
      ),
    )
    .returning({
      id: webhookDeliveries.id,
      attempts: webhookDeliveries.attempts,
      event: {
        id: webhookEvents.id,
        type: webhookEvents.eventType,
        payload: webhookEvents.payload,
        createdAt: webhookEvents.createdAt,
      },
      endpoint: {
        id: webhookEndpoints.id,
        url: webhookEndpoints.url,
        secret: webhookEndpoints.secret,
        isActive: webhookEndpoints.isActive,
      },
    });
  return claimed ?? null;
}

/** Releases the claim and moves the next attempt to `until`. It counts as no attempt. */
export async function postponeDelivery(database: Database, delivery: ClaimedDelivery, until: Date): Promise<void> {
  await database
    .update(webhookDeliveries)
    .set({ leaseUntil: null, nextAttemptAt: until })
    .where(isStillClaimed(delivery));
}

/**
 * Writes the attempt, the delivery's next state, and the event's roll-up over all its deliveries, in one transaction.
 * Changes nothing when the lease ran out and another caller has recorded this attempt.
 */
export async function recordAttempt(
  database: Database,
  delivery: ClaimedDelivery,
  { responseCode, responseBody, ...attempt }: RecordedAttempt,
  next: NextStep,
): Promise<void> {
  const { event, endpoint } = delivery;
  const now = attempt.attemptedAt;
  const deliveriesOfEvent = sql`FROM ${webhookDeliveries} WHERE ${webhookDeliveries.webhookEventId} = ${event.id}`;
  const status = webhookDeliveries.status;
  await database.batch([
    // Locks the event first: two deliveries that finish at once would each count the other as pending.
    database
      .select({ id: webhookEvents.id })
      .from(webhookEvents)
      .where(eq(webhookEvents.id, event.id))
      .for("no key update"),
    database
      .insert(webhookAttempts)
      .values({ deliveryId: delivery.id, responseCode, responseBody, ...attempt })
      .onConflictDoNothing(),
    database
      .update(webhookDeliveries)
      .set({
        status: next.outcome === "retry" ? "pending" : next.outcome,
        attempts: attempt.attempt,
        leaseUntil: null,
        ...(next.outcome === "retry" ? { nextAttemptAt: next.at } : {}),
        ...(next.outcome === "delivered" ? { deliveredAt: new Date(now.getTime() + attempt.latencyMs) } : {}),
      })
      .where(isStillClaimed(delivery)),
    database
      .update(webhookEvents)
      .set({
        status: sql`(SELECT CASE WHEN bool_or(${status} = 'pending') THEN 'pending'
          WHEN bool_or(${status} = 'failed') THEN 'failed' ELSE 'delivered' END ${deliveriesOfEvent})`,
        attempts: sql`(SELECT sum(${webhookDeliveries.attempts})::integer ${deliveriesOfEvent})`,
        lastAttemptAt: now,
        lastResponseCode: responseCode,
        lastResponseBody: responseBody,
      })
      .where(eq(webhookEvents.id, event.id)),
    ...(next.outcome === "failed" && next.endpointGone
      ? [
          database
            .update(webhookEndpoints)
            .set({ isActive: false, updatedAt: now })
            .where(eq(webhookEndpoints.id, endpoint.id)),
        ]
      : []),
  ]);
}

function isStillClaimed({ id, attempts }: ClaimedDelivery) {
  return and(
    eq(webhookDeliveries.id, id),
    eq(webhookDeliveries.status, "pending"),
    eq(webhookDeliveries.attempts, attempts),
  );
}
