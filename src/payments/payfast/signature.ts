import { createHash } from "node:crypto";
import { sameSecret } from "#platform/same-secret";
import { phpUrldecodeBytes, phpUrlencode, phpUrlencodeBytes } from "./php-urlencode.ts";

/**
 * PayFast signs three ways, and their rules only look alike: the form in the documented order without blanks, the
 * notification as received with its blanks, the API by the alphabet. Do not merge them. (payment-providers 1.9)
 */

export type Field = readonly [name: string, value: string];

/** What the browser posts: `fields` in the order given, values trimmed, blank ones left out. */
export function formFields(fields: readonly Field[]): Field[] {
  return fields
    .map(([name, value]): Field => [name, value.trim()])
    .filter(([name, value]) => value !== "" && name !== "signature");
}

/** `name=value&…` over the fields of a form, without the passphrase. */
export function formParameters(fields: readonly Field[]): string {
  return formFields(fields)
    .map(([name, value]) => `${name}=${phpUrlencode(value)}`)
    .join("&");
}

export function formSignature(fields: readonly Field[], passphrase: string | null): string {
  return md5(formParameters(fields) + passphraseSuffix(passphrase));
}

/**
 * Is `signature` right for a notification? `received` is its text without the signature pair, a byte string.
 * The text as it came is tried first: with every sender seen so far it equals the text decoded and encoded again,
 * which is what PayFast's own sample signs. Both need the passphrase, so accepting either loses nothing.
 */
export function isNotificationSigned(received: string, signature: string, passphrase: string | null): boolean {
  const suffix = passphraseSuffix(passphrase);
  if (sameSecret(signature, md5(received + suffix))) return true;
  return sameSecret(signature, md5(reencoded(received) + suffix));
}

function reencoded(received: string): string {
  return received
    .split("&")
    .map((pair) => {
      const [name, value] = splitPair(pair);
      return `${phpUrlencodeBytes(phpUrldecodeBytes(name))}=${phpUrlencodeBytes(phpUrldecodeBytes(value))}`;
    })
    .join("&");
}

/** The two sides of `name=value`, still encoded. A pair without `=` has an empty value. */
export function splitPair(pair: string): [name: string, value: string] {
  const equals = pair.indexOf("=");
  return equals === -1 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
}

/** What an API call signs: headers, query and body together, by name in byte order, the passphrase sorted in. */
export function apiParameters(fields: readonly Field[], passphrase: string): string {
  return [...fields, ["passphrase", passphrase] satisfies Field]
    .filter(([name, value]) => value !== "" && name !== "testing" && name !== "signature")
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${phpUrlencode(value)}`)
    .join("&");
}

export function apiSignature(fields: readonly Field[], passphrase: string): string {
  return md5(apiParameters(fields, passphrase));
}

/** An account without a passphrase appends nothing, not an empty field. */
function passphraseSuffix(passphrase: string | null): string {
  const secret = passphrase?.trim() ?? "";
  return secret === "" ? "" : `&passphrase=${phpUrlencode(secret)}`;
}

/** Of a byte string; 32 lower-case hex digits. */
function md5(byteString: string): string {
  return createHash("md5").update(byteString, "latin1").digest("hex");
}
