import { and, asc, eq, inArray, isNull, lt, lte, or, sql } from "drizzle-orm";
import type { Database } from "#database/client";
import { endpointStates, retiredSecrets } from "#database/endpoint-tables";
import { silentEndpoints, webhookDeliveries } from "#database/own-tables";
import { apiKeys, webhookEndpoints, webhookEvents } from "#database/schema";
import { uuids } from "#database/uuid-array";
import { requeueAt } from "#platform/queues";

/** Longer than a batch can take: 20 s until its last attempt begins, 10 s for that one, and its recording. */
const LEASE_MS = 60_000;
/** Postgres stamps the row, and the Worker's clock may be a little behind. */
const CLOCK_SLACK_MS = 5_000;

export type ClaimedDelivery = Readonly<{
  id: string;
  /** Attempts made before this one. */
  attempts: number;
  /** The private fields of `payload` are sealed. */
  event: { id: string; type: string; payload: unknown; createdAt: Date };
  /**
   * The secrets are ciphertext; `retiredSecrets` still sign, newest first. `silences` is null when the endpoint answered last
   * time, `failingSince` when its last attempt succeeded.
   */
  endpoint: {
    id: string;
    partnerId: string;
    url: string;
    secret: string;
    retiredSecrets: readonly string[];
    isActive: boolean;
    failingSince: Date | null;
    silences: number | null;
    isSlow: boolean;
  };
}>;

/** A delivery without an attempt, and when it is due again. */
export type LetGo = Readonly<{ delivery: ClaimedDelivery; until: Date }>;

/**
 * Claims those of the deliveries that are due, in one statement, so of several concurrent callers one gets each. A row that is
 * finished, not due, claimed by another caller or missing is left out. Deliveries to an endpoint that is slow are returned
 * and not claimed, unless `withSlow`.
 */
export async function claimDeliveries(
  database: Database,
  ids: readonly string[],
  { now, withSlow }: { now: Date; withSlow: boolean },
): Promise<ClaimedDelivery[]> {
  const isSlow = sql<boolean>`coalesce(${silentEndpoints.slowUntil} > ${now.toISOString()}, false)`;
  const stillSign = sql<string[]>`ARRAY (
    SELECT ${retiredSecrets.secret} FROM ${retiredSecrets}
    WHERE ${retiredSecrets.webhookEndpointId} = ${webhookEndpoints.id} AND ${retiredSecrets.validUntil} > ${now.toISOString()}
    ORDER BY ${retiredSecrets.retiredAt} DESC)`;
  const lease = sql`${new Date(now.getTime() + LEASE_MS).toISOString()}::timestamptz`;
  const claimable = database.$with("claimable").as(
    database
      .select({ id: webhookDeliveries.id })
      .from(webhookDeliveries)
      .where(
        and(
          sql`${webhookDeliveries.id} = ANY (${uuids(ids)})`,
          eq(webhookDeliveries.status, "pending"),
          lte(webhookDeliveries.nextAttemptAt, new Date(now.getTime() + CLOCK_SLACK_MS)),
          or(isNull(webhookDeliveries.leaseUntil), lt(webhookDeliveries.leaseUntil, now)),
        ),
      )
      .orderBy(asc(webhookDeliveries.id))
      .for("update", { skipLocked: true }),
  );
  return await database
    .with(claimable)
    .update(webhookDeliveries)
    .set({
      leaseUntil: withSlow ? lease : sql`CASE WHEN NOT ${isSlow} THEN ${lease} END`,
      requeueAt: requeueAt(now, now),
    })
    .from(webhookEvents)
    .innerJoin(webhookEndpoints, sql`true`)
    .innerJoin(apiKeys, eq(apiKeys.id, webhookEndpoints.apiKeyId))
    .leftJoin(silentEndpoints, eq(silentEndpoints.webhookEndpointId, webhookEndpoints.id))
    .leftJoin(endpointStates, eq(endpointStates.webhookEndpointId, webhookEndpoints.id))
    .where(
      and(
        inArray(webhookDeliveries.id, database.select({ id: claimable.id }).from(claimable)),
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
        partnerId: apiKeys.partnerId,
        url: webhookEndpoints.url,
        secret: webhookEndpoints.secret,
        retiredSecrets: stillSign,
        isActive: webhookEndpoints.isActive,
        failingSince: endpointStates.failingSince,
        silences: silentEndpoints.silences,
        isSlow,
      },
    });
}

/** Releases claims and moves the next attempts. It counts as no attempt. */
export async function letGo(database: Database, ones: readonly LetGo[], now: Date): Promise<void> {
  if (ones.length === 0) return;
  const rows = ones.map(({ delivery: { id, attempts }, until }) => {
    return { id, attempts, until, requeueAt: requeueAt(until, now) };
  });
  await database.execute(sql`
    UPDATE webhook_deliveries AS d SET lease_until = NULL, next_attempt_at = r.until, requeue_at = r."requeueAt"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS r(id uuid, attempts integer, until timestamptz, "requeueAt" timestamptz)
    WHERE d.id = r.id AND d.status = 'pending' AND d.attempts = r.attempts`);
}
