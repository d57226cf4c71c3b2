import { createHash, timingSafeEqual } from "node:crypto";
import { phpUrlencode } from "./form-encoding.ts";

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

/** The signature of an API call: headers, query and body by name, the passphrase sorted in among them, blanks left out. */
export function signApi(parameters: readonly Pair[], passphrase: string): string {
  const signed = parameters.filter(([name, value]) => value !== "" && name !== "signature" && name !== "testing");
  const sorted = [...signed, ["passphrase", passphrase] as const].toSorted(([a], [b]) =>
    Buffer.compare(bytes(a), bytes(b)),
  );
  return digest(sorted, null);
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

function bytes(text: string): Buffer {
  return Buffer.from(text, "utf8");
}
