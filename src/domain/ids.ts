import { createHash } from "node:crypto";
import { fromString, TypeID } from "typeid-js";
import { v7 as uuidv7 } from "uuid";

/** What an id names, by the prefix it carries outside. Inside (database, log) ids are bare UUIDs. */
const PREFIXES = {
  board: "db",
  contribution: "con",
  payout: "po",
  webhookEndpoint: "wh",
  event: "evt",
  apiKey: "key",
  request: "req",
} as const;
export type IdKind = keyof typeof PREFIXES;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const CODE = /^[0-9a-hjkmnp-tv-z]{10}$/;
const REFERENCE = /^([0-9a-hjkmnp-tv-z]{10})[0-9a-hjkmnp-tv-z]{10}$/;
const CODE_LENGTH = 10;

/** A new time-ordered UUIDv7. */
export function newId(now: Date): string {
  return uuidv7({ msecs: now.getTime() });
}

/** A UUIDv7-shaped id that the same inputs always give again, so writing a derived row twice writes it once. */
export function derivedId(at: Date, ...parts: readonly (string | number)[]): string {
  const random = createHash("sha256").update(parts.join("\n")).digest().subarray(0, 16);
  return uuidv7({ msecs: at.getTime(), random: new Uint8Array(random), seq: random.readUInt32BE(0) >>> 1 });
}

/** `018f…` as partners see it: `db_` and 26 characters of Crockford base32. */
export function publicId(kind: IdKind, uuid: string): string {
  return TypeID.fromUUID(PREFIXES[kind], uuid.toLowerCase()).toString();
}

/** The UUID behind a prefixed id or a bare UUID; null when `text` is neither. */
export function parsePublicId(kind: IdKind, text: string): string | null {
  if (UUID.test(text)) return text.toLowerCase();
  const prefix = PREFIXES[kind];
  if (!text.startsWith(`${prefix}_`)) return null;
  try {
    fromString(text, prefix);
    return TypeID.fromString(text, prefix).toUUID();
  } catch {
    return null;
  }
}

/**
 * The board's code: the last 50 random bits of its id. Its object is named by it, its slug ends in it, and every
 * payment reference begins with it, so all three reach the board by computing, never by looking up. (design 2)
 */
export function boardCode(boardId: string): string {
  return TypeID.fromUUID("", boardId).getSuffix().slice(-CODE_LENGTH);
}

export function isBoardCode(text: string): boolean {
  return CODE.test(text);
}

/** Board code, then the last 10 characters of the contribution's id: 20 letters and digits, which fits every provider. */
export function paymentReference(code: string, contributionId: string): string {
  return code + TypeID.fromUUID("", contributionId).getSuffix().slice(-CODE_LENGTH);
}

/** The code of the board a payment reference belongs to, or null when it is not one of ours. */
export function codeOfReference(reference: string): string | null {
  return REFERENCE.exec(reference)?.[1] ?? null;
}
