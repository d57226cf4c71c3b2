import { and, asc, eq, inArray, isNull, lt, lte, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "#database/client";
import { webhookDeliveries } from "#database/own-tables";
import { apiKeys, webhookEndpoints, webhookEvents } from "#database/schema";

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
  /** `secret` is ciphertext. */
  endpoint: { id: string; partnerId: string; url: string; secret: string; isActive: boolean };
}>;

/** For `= ANY (…)`: one parameter, however many ids. */
export const uuids = (ids: readonly string[]): SQL => sql`${`{${ids.join(",")}}`}::uuid[]`;

/**
 * Claims those of the deliveries that are due, in one statement, so of several concurrent callers one gets each. A row that is
 * finished, not due, claimed by another caller or missing is left out.
 */
export async function claimDeliveries(
  database: Database,
  ids: readonly string[],
  now: Date,
): Promise<ClaimedDelivery[]> {
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
    .set({ leaseUntil: new Date(now.getTime() + LEASE_MS) })
    .from(webhookEvents)
    .innerJoin(webhookEndpoints, sql`true`)
    .innerJoin(apiKeys, eq(apiKeys.id, webhookEndpoints.apiKeyId))
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
        isActive: webhookEndpoints.isActive,
      },
    });
}

/** Releases claims and moves the next attempts to `until`. It counts as no attempt. */
export async function letGo(database: Database, deliveries: readonly ClaimedDelivery[], until: Date): Promise<void> {
  if (deliveries.length === 0) return;
  const claims = JSON.stringify(deliveries.map(({ id, attempts }) => ({ id, attempts })));
  await database.execute(sql`
    UPDATE webhook_deliveries AS d SET lease_until = NULL, next_attempt_at = ${until.toISOString()}
    FROM jsonb_to_recordset(${claims}::jsonb) AS r(id uuid, attempts integer)
    WHERE d.id = r.id AND d.status = 'pending' AND d.attempts = r.attempts`);
}
