/**
 * PHP's `urlencode` and `urldecode`, which PayFast signs with. PHP strings are bytes, so a "byte string" here has one
 * character from U+0000 to U+00FF for each byte.
 */

const UNRESERVED = /[A-Za-z0-9._-]/;
const ENCODED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (character === " ") return "+";
  return UNRESERVED.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
});

/** `O'Reilly & Zoë` → `O%27Reilly+%26+Zo%C3%AB`. Half a surrogate pair becomes U+FFFD. */
export function phpUrlencode(text: string): string {
  return phpUrlencodeBytes(Buffer.from(text.toWellFormed(), "utf8").toString("latin1"));
}

export function phpUrlencodeBytes(byteString: string): string {
  let encoded = "";
  for (let at = 0; at < byteString.length; at++) encoded += ENCODED[byteString.charCodeAt(at)];
  return encoded;
}

/** Gives a byte string. A `%` without two hex digits after it stays unchanged, as in PHP. */
export function phpUrldecodeBytes(byteString: string): string {
  if (!/[+%]/.test(byteString)) return byteString;
  return byteString
    .replaceAll("+", " ")
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
