import { type SQL, sql } from "drizzle-orm";
import type { Database } from "#database/client";
import { payouts } from "#database/schema";
import { ANONYMISED_EMAIL } from "#domain/board/anonymise";
import { ANONYMISED_NAME } from "#domain/board/profile";
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
  "second parent": ({ database, erasure }, { id }) =>
    one(database, sql`DELETE FROM board_managers WHERE dream_board_id = ${id}`, "board_managers", erasure),
  "visitors' reports": ({ database, erasure }, { id }) =>
    one(database, sql`DELETE FROM board_reports WHERE dream_board_id = ${id}`, "board_reports", erasure),
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

/** Attempts first: the answer to a delivery that is under way comes later, and goes by its age. */
async function eraseWebhooks({ database, erasure }: Context, { id }: Parameters<BoardEraser>[1]): Promise<void> {
  const deliveries = sql`
    SELECT id FROM webhook_deliveries WHERE partner_event_id IN (SELECT id FROM partner_events WHERE dream_board_id = ${id})`;
  await erase(
    database,
    sql`UPDATE webhook_attempts SET response_body = NULL, error = NULL
      WHERE delivery_id IN (${deliveries}) AND (response_body IS NOT NULL OR error IS NOT NULL)`,
    "webhook_attempts",
    erasure,
  );
  await erase(
    database,
    sql`UPDATE webhook_events SET last_response_body = NULL WHERE id IN (${deliveries}) AND last_response_body IS NOT NULL`,
    "webhook_events",
    erasure,
  );
  await erase(
    database,
    sql`UPDATE partner_events SET data = '{"erased": true}'::jsonb
      WHERE dream_board_id = ${id} AND data <> '{"erased": true}'::jsonb`,
    "partner_events",
    erasure,
  );
}

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
