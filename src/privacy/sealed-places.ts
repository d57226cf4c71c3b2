import { getTableName } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { partnerContacts, retiredSecrets } from "#database/endpoint-tables";
import { partnerEvents } from "#database/event-tables";
import { idempotencyKeys, karriCards, webhookAttempts } from "#database/own-tables";
import { giftCards } from "#database/payout-tables";
import { dreamBoards, payouts, webhookEndpoints, webhookEvents } from "#database/schema";
import type { BoardProfile } from "#domain/board/profile";

/** A column that holds ciphertext. Its table has a primary key. */
export type SealedPlace = Readonly<{
  column: PgColumn;
  /** What the column holds: the text itself, `{encrypted}`, or JSON with `SEALED_FIELDS` in it. */
  form: "text" | "json" | "fields";
  /** The column held clear values before it was sealed, and the job seals them. Elsewhere a clear value is a placeholder. */
  wasClear?: boolean;
}>;

/**
 * Every column of Postgres that holds ciphertext. The job `reencrypt` walks them; a column that is not listed here cannot
 * be read once its key is removed.
 */
export const SEALED_PLACES: readonly SealedPlace[] = [
  { column: dreamBoards.karriCardNumber, form: "text" },
  { column: karriCards.cardholderName, form: "text" },
  { column: payouts.recipientData, form: "json" },
  { column: giftCards.sealed, form: "text" },
  { column: webhookEndpoints.secret, form: "text" },
  { column: retiredSecrets.secret, form: "text" },
  { column: partnerContacts.email, form: "text" },
  { column: partnerEvents.data, form: "fields", wasClear: true },
  { column: webhookEvents.lastResponseBody, form: "text", wasClear: true },
  { column: webhookAttempts.responseBody, form: "text", wasClear: true },
  { column: idempotencyKeys.responseBody, form: "json", wasClear: true },
];

type TextField<T> = { [Name in keyof T]-?: T[Name] extends string | null | undefined ? Name : never }[keyof T];

/** Every field of a board's profile that holds ciphertext, in the board's object. */
export const SEALED_PROFILE_FIELDS: readonly TextField<BoardProfile>[] = [
  "karriCardCiphertext",
  "karriCardholderCiphertext",
];

/** Which boards have a sealed field in their profile: those where this column is not null. */
export const BOARDS_WITH_SEALED_PROFILE = dreamBoards.karriCardNumber;

export function placeName({ column }: SealedPlace): string {
  return `${getTableName(column.table)}.${column.name}`;
}
