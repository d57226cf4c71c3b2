import { hash } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import { decodeSuffix, encodeBits, encodeInstant, encodeLastBits, encodeSuffix } from "./type-id.ts";

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
/** The pattern of a board's code. */
export const BOARD_CODE = "[0-9a-hjkmnp-tv-z]{10}";
const PUBLIC_BOARD_ID = new RegExp(`^${PREFIXES.board}_[0-7][0-9a-hjkmnp-tv-z]{15}(${BOARD_CODE})$`);
const REFERENCE = new RegExp(`^(${BOARD_CODE})${BOARD_CODE}$`);

/** A new time-ordered UUIDv7. */
export function newId(now: Date): string {
  return uuidv7({ msecs: now.getTime() });
}

/** A UUIDv7-shaped id that the same inputs always give again, so writing a derived row twice writes it once. */
export function derivedId(at: Date, ...parts: readonly (string | number)[]): string {
  const random = hash("sha256", parts.join("\n"), "buffer").subarray(0, 16);
  return uuidv7({ msecs: at.getTime(), random: new Uint8Array(random), seq: random.readUInt32BE(0) >>> 1 });
}

/** `018f…` as partners see it: `db_` and 26 characters of Crockford base32. */
export function publicId(kind: IdKind, uuid: string): string {
  return `${PREFIXES[kind]}_${encodeSuffix(uuid)}`;
}

/** The UUID behind a prefixed id or a bare UUID; null when `text` is neither. */
export function parsePublicId(kind: IdKind, text: string): string | null {
  if (UUID.test(text)) return text.toLowerCase();
  const prefix = `${PREFIXES[kind]}_`;
  return text.startsWith(prefix) ? decodeSuffix(text.slice(prefix.length)) : null;
}

/** Random bits, ten of each number used. Filled anew when they run out: one call for each id took longer than all the rest. */
const random = new Uint16Array(512);
let unused = 0;

/** A new `req_…`: a TypeID as `publicId` makes it of a UUIDv7, made directly because every request has one. */
export function newRequestId(now: Date): string {
  if (unused === 0) {
    crypto.getRandomValues(random);
    unused = random.length;
  }
  unused -= 8;
  const bits = (index: number) => random[unused + index] ?? 0;
  // Version 7, six random bits; six more, the variant 10, and two.
  let suffix =
    encodeInstant(now.getTime()) + encodeBits((0b0111 << 6) | (bits(0) & 63)) + encodeBits((bits(1) & ~12) | 8);
  for (let index = 2; index < 8; index += 1) suffix += encodeBits(bits(index));
  return `${PREFIXES.request}_${suffix}`;
}

/**
 * The board's code: the last 50 random bits of its id. Its object is named by it, its slug ends in it, and every
 * payment reference begins with it, so all three reach the board by computing, never by looking up. (design 2)
 */
export function boardCode(boardId: string): string {
  return encodeLastBits(boardId);
}

/** The code in a board's public id, which ends in it; null for what has another form. */
export function codeOfPublicId(text: string): string | null {
  return PUBLIC_BOARD_ID.exec(text)?.[1] ?? null;
}

/** Board code, then the last 10 characters of the contribution's id: 20 letters and digits, which fits every provider. */
export function paymentReference(code: string, contributionId: string): string {
  return code + encodeLastBits(contributionId);
}

/** The code of the board a payment reference belongs to, or null when it is not one of ours. */
export function codeOfReference(reference: string): string | null {
  return REFERENCE.exec(reference)?.[1] ?? null;
}
