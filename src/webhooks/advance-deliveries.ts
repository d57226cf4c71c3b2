import { sql } from "drizzle-orm";
import { requeueAt, sendAll } from "#platform/queues";
import type { Services } from "#platform/services";

/** One call moves no more; the next one moves the rest. */
const MAX_MOVED = 1_000;

/**
 * The waiting deliveries of what happened on this board that would be tried until `until` are tried now. What fails again then
 * waits from now on. For boards of a sandbox. @returns how many
 */
export async function advanceDeliveries(services: Services, boardId: string, until: Date): Promise<number> {
  const { database, queues } = services;
  const now = services.now();
  const at = now.toISOString();
  const { rows } = await database.execute<{ id: string }>(sql`
    WITH waiting AS (
      SELECT d.id FROM partner_events AS e JOIN webhook_deliveries AS d ON d.partner_event_id = e.id
      WHERE e.dream_board_id = ${boardId} AND d.status = 'pending' AND (d.lease_until IS NULL OR d.lease_until < ${at})
        AND d.next_attempt_at > ${at} AND d.next_attempt_at <= ${until.toISOString()}
      ORDER BY d.next_attempt_at LIMIT ${MAX_MOVED} FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE webhook_deliveries AS d SET next_attempt_at = ${at}, requeue_at = ${requeueAt(now, now).toISOString()}
    FROM waiting WHERE d.id = waiting.id RETURNING d.id`);
  const messages = rows.map(({ id }) => ({ deliveryId: id }));
  await sendAll(queues.webhookDeliveries, messages);
  return messages.length;
}
