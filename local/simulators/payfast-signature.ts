import { createHash, timingSafeEqual } from "node:crypto";

/** Written from PayFast's documentation for the simulator alone: the adapter in `src/payments` must not share it. */
export type Pair = readonly [name: string, value: string];

/** The order in which PayFast documents, and signs, the fields of its form. */
export const FORM_FIELDS = [
  "merchant_id",
  "merchant_key",
  "return_url",
  "cancel_url",
  "notify_url",
  "name_first",
  "name_last",
  "email_address",
  "cell_number",
  "m_payment_id",
  "amount",
  "item_name",
  "item_description",
  ...[1, 2, 3, 4, 5].map((n) => `custom_int${n}`),
  ...[1, 2, 3, 4, 5].map((n) => `custom_str${n}`),
  "email_confirmation",
  "confirmation_address",
  "payment_method",
] as const;

const UNRESERVED = /[A-Za-z0-9\-_.]/;

/** PHP's `urlencode`: bytes of UTF-8, `+` for a space, `%XX` in capitals for all but letters, digits and `-_.` */
export function phpUrlencode(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const character = String.fromCharCode(byte);
    if (character === " ") encoded += "+";
    else if (UNRESERVED.test(character)) encoded += character;
    else encoded += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** The signature a form must carry: filled fields only, trimmed, in documented order, the passphrase at the end. */
export function signForm(fields: ReadonlyMap<string, string>, passphrase: string | null): string {
  const pairs = FORM_FIELDS.map((name): Pair => [name, (fields.get(name) ?? "").trim()]).filter(([, value]) => value);
  return digest(pairs, passphrase);
}

/** The signature of a notification: every field but the signature, as sent, empty ones included. */
export function signNotice(pairs: readonly Pair[], passphrase: string | null): string {
  return digest(
    pairs.filter(([name]) => name !== "signature"),
    passphrase,
  );
}

export function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The body of a form post, names and values decoded, in the order they were sent. */
export function parsePairs(body: string): Pair[] {
  return [...new URLSearchParams(body)];
}

export function encodePairs(pairs: readonly Pair[]): string {
  return pairs.map(([name, value]) => `${name}=${phpUrlencode(value)}`).join("&");
}

function digest(pairs: readonly Pair[], passphrase: string | null): string {
  const signed = encodePairs(pairs) + (passphrase ? `&passphrase=${phpUrlencode(passphrase.trim())}` : "");
  return createHash("md5").update(signed).digest("hex");
}
