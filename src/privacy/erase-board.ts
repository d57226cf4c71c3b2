import { type SQL, sql } from "drizzle-orm";
import type { Database } from "#database/client";
import { rowId } from "#database/row-id";
import { payouts } from "#database/schema";
import { ANONYMISED_EMAIL } from "#domain/board/anonymise";
import { ANONYMISED_NAME } from "#domain/board/profile";
import { WEBHOOK_EVENT_TYPES } from "#domain/webhook-events";
import type { Keyring } from "./encryption.ts";
import { type Erasure, erase, recordErasure } from "./erasures.ts";
import { openJson, sealJson } from "./sealed.ts";
import { replaceValues } from "./stale-values.ts";

/*
 * What Postgres has of an ended board that its log does not write: notes, webhooks, stored answers, codes, recipients. It
 * is erased before the board is asked to anonymise itself, because afterwards nothing looks for the board again. Every step
 * walks by an index, may be repeated, and records what it erased. What is purged by its age is usually gone already.
 */

type Context = Readonly<{ database: Database; keyring: Keyring; erasure: Erasure }>;
export type BoardEraser = (context: Context, board: Readonly<{ id: string; partnerId: string }>) => Promise<void>;

export const BOARD_ERASERS = {
  "board notes": ({ database, erasure }, { id }) =>
    one(database, sql`DELETE FROM board_notes WHERE dream_board_id = ${id}`, "board_notes", erasure),
  "refund notes": ({ database, erasure }, { id }) =>
    one(
      database,
      sql`UPDATE refunds SET note = NULL WHERE dream_board_id = ${id} AND note IS NOT NULL`,
      "refund_notes",
      erasure,
    ),
  "flag notes": ({ database, erasure }, { id }) =>
    one(
      database,
      sql`UPDATE board_flags SET note = NULL WHERE dream_board_id = ${id} AND note IS NOT NULL`,
      "flag_notes",
      erasure,
    ),
  "idempotent answers": ({ database, erasure }, { id }) =>
    one(
      database,
      sql`DELETE FROM idempotency_keys WHERE resource_id = ${id} AND status = 'done'`,
      "idempotency_keys",
      erasure,
    ),
  "gift cards": ({ database, erasure }, { id }) =>
    one(
      database,
      sql`DELETE FROM gift_cards WHERE payout_id IN (SELECT id FROM payouts WHERE dream_board_id = ${id})`,
      "gift_cards",
      erasure,
    ),
  webhooks: eraseWebhooks,
  recipients: eraseRecipients,
} as const satisfies Record<string, BoardEraser>;

async function one(database: Database, erasing: SQL, what: string, erasure: Erasure): Promise<void> {
  await erase(database, erasing, what, erasure);
}

/** So much of a log is looked at in one statement. */
const WINDOW_EVENTS = 2_000;

/**
 * The ids of a board's webhook events are made of the event, the type, the payout and the key (`recordAndAnnounce`), so they
 * are made again here, also as an earlier release made them, by md5 alone. Attempts first: the answer to a delivery that is under way comes later, and goes by its age.
 */
async function eraseWebhooks(
  { database, erasure }: Context,
  { id, partnerId }: Parameters<BoardEraser>[1],
): Promise<void> {
  const { rows } = await database.execute<{ head: number | null }>(
    sql`SELECT max(seq) AS head FROM board_events WHERE dream_board_id = ${id}`,
  );
  for (let after = 0; after < (rows[0]?.head ?? 0); after += WINDOW_EVENTS) {
    const parts = sql`e.dream_board_id, e.seq, t.type, s.subject, k.id`;
    const ids = sql`
      SELECT unnest(ARRAY[${rowId(sql`e.at`, parts)}, md5(concat_ws('/', ${parts}))::uuid])
      FROM board_events e
      JOIN unnest(${`{${WEBHOOK_EVENT_TYPES.join(",")}}`}::text[]) AS t(type)
        ON (e.type = 'payment_completed') = (t.type = 'contribution.received')
      JOIN (SELECT '' AS subject UNION ALL SELECT id::text FROM payouts WHERE dream_board_id = ${id}) s
        ON (s.subject <> '') = starts_with(t.type, 'payout.')
      JOIN api_keys k ON k.partner_id = ${partnerId}
      WHERE e.dream_board_id = ${id} AND e.seq > ${after} AND e.seq <= ${after + WINDOW_EVENTS}
        AND e.type !~ ${SILENT_EVENTS}`;
    await erase(
      database,
      sql`UPDATE webhook_attempts SET response_body = NULL, error = NULL
        WHERE delivery_id IN (SELECT id FROM webhook_deliveries WHERE webhook_event_id IN (${ids}))
          AND (response_body IS NOT NULL OR error IS NOT NULL)`,
      "webhook_attempts",
      erasure,
    );
    await erase(
      database,
      sql`UPDATE webhook_events SET payload = '{"erased": true}'::jsonb, last_response_body = NULL
        WHERE id IN (${ids}) AND (payload <> '{"erased": true}'::jsonb OR last_response_body IS NOT NULL)`,
      "webhook_events",
      erasure,
    );
  }
}

/** Events of which there may be thousands and that announce nothing to partners. */
const SILENT_EVENTS = "^(contribution_|payment_(retried|requested|processing|failed|expired)|refund_|flag_)";

/**
 * Who was paid stays a sealed financial record, without names and addresses. Of a card the last four digits stay. What
 * others change or hold locked meanwhile is read again. @throws Error while a row stays locked.
 */
async function eraseRecipients(context: Context, board: Parameters<BoardEraser>[1]): Promise<void> {
  for (let tries = 0; tries < 3; tries += 1) {
    const { found, replaced } = await eraseSomeRecipients(context, board);
    if (replaced === found) return;
  }
  throw new Error("a payout's recipient is locked");
}

async function eraseSomeRecipients({ database, keyring, erasure }: Context, { id }: Parameters<BoardEraser>[1]) {
  const { rows } = await database.execute<{ id: string; stored: unknown }>(
    sql`SELECT id, recipient_data AS stored FROM payouts WHERE dream_board_id = ${id}`,
  );
  const changes = await Promise.all(
    rows.map(async ({ id: payoutId, stored }) => {
      const recipient = await openJson(keyring, stored);
      const erased = erasedRecipient(recipient);
      const isErased = JSON.stringify(erased) === JSON.stringify(recipient);
      return isErased ? null : { key: [payoutId], old: stored, new: await sealJson(keyring, erased) };
    }),
  );
  const due = changes.filter((change) => change !== null);
  const replaced = await replaceValues(database, payouts.recipientData, due);
  await recordErasure(database, erasure, { recipients: replaced });
  return { found: due.length, replaced };
}

const ERASED_FIELDS: Readonly<Record<string, (value: unknown) => unknown>> = {
  email: () => ANONYMISED_EMAIL,
  donorEmail: () => ANONYMISED_EMAIL,
  donorName: () => ANONYMISED_NAME,
  cardNumber: (value) => String(value).slice(-4),
  cardholderName: () => null,
  productUrl: (value) => String(value).replace(/[?#].*$/s, ""),
};

function erasedRecipient(recipient: unknown): unknown {
  if (typeof recipient !== "object" || recipient === null) return recipient;
  const fields = Object.entries(recipient);
  return Object.fromEntries(
    fields.map(([name, value]) => [name, ERASED_FIELDS[name]?.(value) ?? (name in ERASED_FIELDS ? null : value)]),
  );
}
