import { sql } from "drizzle-orm";
import { sendAll } from "#platform/queues";
import type { Services } from "#platform/services";

/** Queued by itself long ago. */
const SINCE_MS = 600_000;
const UNTIL_MS = 86_400_000;
const MAX_BOARDS = 1_000;

/** Queues the boards that were opened or changed in the last day and still have a picture at another host. */
export async function queuePictureCopies(services: Services, now: Date): Promise<{ queued: number }> {
  const [from, to] = [UNTIL_MS, SINCE_MS].map((ms) => new Date(now.getTime() - ms).toISOString());
  const { rows } = await services.database.execute<{ id: string }>(sql`
    SELECT DISTINCT b.id
    FROM board_events e JOIN dream_boards b ON b.id = e.dream_board_id
    WHERE e.at > ${from}::timestamptz AND e.at < ${to}::timestamptz AND e.type IN ('board_opened', 'board_updated')
      AND b.status IN ('active', 'funded')
      AND (b.child_photo_url LIKE 'https://%'
        OR coalesce(b.gift_data ->> 'productImage', b.gift_data ->> 'causeImage') LIKE 'https://%')
    LIMIT ${MAX_BOARDS}`);
  await sendAll(
    services.queues.pictureCopies,
    rows.map(({ id }) => ({ boardId: id })),
  );
  return { queued: rows.length };
}
