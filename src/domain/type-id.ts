/*
 * The suffix of a TypeID: the 128 bits of a UUID as 26 characters of Crockford base32. (TypeID 0.3) A library is not used
 * here, because every request encodes and decodes several, which took a quarter of a partner's read.
 */

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

const SUFFIX = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;
/** RFC 9562: version 1 to 8 and its variant, or all zeros, or all ones. */
const RFC_UUID = /^(?:.{14}[1-8].{4}[89ab].{16}|0{8}-0{4}-0{4}-0{4}-0{12}|f{8}-f{4}-f{4}-f{4}-f{12})$/;

/** By ten bits. */
const PAIRS = Array.from({ length: 1024 }, (_, bits) => ALPHABET.charAt(bits >> 5) + ALPHABET.charAt(bits & 31));
/** By character code. */
const VALUES = Uint8Array.from({ length: 128 }, (_, code) => Math.max(0, ALPHABET.indexOf(String.fromCharCode(code))));

/** @param uuid a UUID with its hyphens */
export function encodeSuffix(uuid: string): string {
  const hex = uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24);
  // 26 characters hold 130 bits: the first eight bits are two characters, then twenty bits are four.
  let suffix = encodeBits(Number.parseInt(hex.slice(0, 2), 16));
  for (let at = 2; at < 32; at += 5) {
    const bits = Number.parseInt(hex.slice(at, at + 5), 16);
    suffix += encodeBits(bits >> 10) + encodeBits(bits & 1023);
  }
  return suffix;
}

/** The last ten characters of the suffix: 50 bits. */
export function encodeLastBits(uuid: string): string {
  const high = Number.parseInt(uuid.slice(22, 23) + uuid.slice(24, 30), 16);
  const low = Number.parseInt(uuid.slice(30), 16);
  const middle = ((high & 63) << 4) | (low >> 20);
  return encodeBits(high >> 16) + encodeBits(high >> 6) + encodeBits(middle) + encodeBits(low >> 10) + encodeBits(low);
}

/** The UUID in lower case; null for what is no suffix, and for 128 bits that are no UUID by their version and variant. */
export function decodeSuffix(suffix: string): string | null {
  if (!SUFFIX.test(suffix)) return null;
  let hex = digits(bitsAt(suffix, 0, 2), 2);
  for (let at = 2; at < 26; at += 4) hex += digits(bitsAt(suffix, at, 4), 5);
  const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return RFC_UUID.test(uuid) ? uuid : null;
}

/** The first ten characters of a UUIDv7's suffix: its instant, in milliseconds since 1970, and nothing else. */
export function encodeInstant(ms: number): string {
  const high = Math.floor(ms / 2 ** 20);
  return encodeBits(high >> 20) + encodeBits(high >> 10) + encodeBits(high) + encodeBits(ms >> 10) + encodeBits(ms);
}

/** The two characters of the last ten bits of `bits`. */
export function encodeBits(bits: number): string {
  return PAIRS[bits & 1023] ?? "";
}

function bitsAt(suffix: string, at: number, length: number): number {
  let bits = 0;
  for (let index = at; index < at + length; index += 1) bits = (bits << 5) | (VALUES[suffix.charCodeAt(index)] ?? 0);
  return bits;
}

function digits(bits: number, length: number): string {
  return bits.toString(16).padStart(length, "0");
}
