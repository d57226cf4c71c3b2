import { createHash } from "node:crypto";
import { sameSecret } from "#platform/same-secret";
import { phpUrldecodeBytes, phpUrlencode, phpUrlencodeBytes } from "./php-urlencode.ts";

/**
 * PayFast has three signatures with different rules: the form in the documented order without blanks, the notification as
 * received with its blanks, the API in alphabetical order. Do not merge them. (payment-providers 1.9)
 */

export type Field = readonly [name: string, value: string];

/** The fields that the browser posts: in the given order, trimmed, without blank ones. */
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
 * Whether `signature` fits a notification. `received` is its text without the signature pair, as a byte string. The
 * signature may be over the received text or over the text decoded and encoded again, which PayFast's sample signs. Both
 * need the passphrase, so accepting either is safe.
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
      const { name, value } = splitPair(pair);
      return `${phpUrlencodeBytes(phpUrldecodeBytes(name))}=${phpUrlencodeBytes(phpUrldecodeBytes(value))}`;
    })
    .join("&");
}

/** The two sides of `name=value`, still encoded. A pair without `=` has an empty value. */
export function splitPair(pair: string): { name: string; value: string } {
  const equals = pair.indexOf("=");
  return equals === -1 ? { name: pair, value: "" } : { name: pair.slice(0, equals), value: pair.slice(equals + 1) };
}

/** The signed text of an API call: headers, query, body and passphrase together, by name in byte order. */
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

/** Empty for an account without a passphrase: PayFast then appends no field at all. */
function passphraseSuffix(passphrase: string | null): string {
  const secret = passphrase?.trim() ?? "";
  return secret === "" ? "" : `&passphrase=${phpUrlencode(secret)}`;
}

/** The MD5 of a byte string as 32 lower-case hex digits. */
function md5(byteString: string): string {
  return createHash("md5").update(byteString, "latin1").digest("hex");
}
