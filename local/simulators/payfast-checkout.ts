import { FORM_FIELDS, type Pair, parsePairs, sameText, signForm } from "./payfast-signature.ts";

export type Merchant = { id: string; key: string; passphrase: string | null };

/** An accepted form. */
export type CheckoutForm = { reference: string; amountCents: number; fields: Record<string, string> };

const MINIMUM_CENTS = 500;
const DEFAULT_LIMIT = 255;
const LIMITS: Record<string, number> = {
  name_first: 100,
  name_last: 100,
  email_address: 100,
  cell_number: 100,
  m_payment_id: 100,
  item_name: 100,
  confirmation_address: 100,
};
const URL_FIELDS = ["return_url", "cancel_url", "notify_url"];

/** Reads a form posted to `/eng/process`. `problem` is the text of PayFast's error page. */
export function readCheckout(body: string, merchant: Merchant): CheckoutForm | { problem: string } {
  const pairs = parsePairs(body);
  const problem = shapeProblem(pairs) ?? merchantProblem(new Map(pairs), merchant) ?? fieldProblem(new Map(pairs));
  if (problem) return { problem };
  const fields = new Map(pairs);
  if (!sameText(fields.get("signature") ?? "", signForm(fields, merchant.passphrase))) {
    return { problem: "Generated signature does not match submitted signature" };
  }
  return {
    reference: fields.get("m_payment_id")?.trim() ?? "",
    amountCents: Math.round(Number(fields.get("amount")) * 100),
    fields: Object.fromEntries(fields),
  };
}

function shapeProblem(pairs: readonly Pair[]): string | null {
  const seen = new Set<string>();
  for (const [name, value] of pairs) {
    if (seen.has(name)) return `${name}: sent twice`;
    seen.add(name);
    if (name !== "signature" && !FORM_FIELDS.includes(name)) return `${name}: this field is not known`;
    if (value.trim().length > (LIMITS[name] ?? DEFAULT_LIMIT)) return `${name}: the value is too long`;
  }
  for (const name of ["merchant_id", "merchant_key", "amount", "item_name", "signature"]) {
    if (!seen.has(name)) return `${name}: this field is required`;
  }
  // PayFast signs in the documented order, so a form in another order has a wrong signature.
  const order = pairs.map(([name]) => name).filter((name) => name !== "signature");
  const documented = FORM_FIELDS.filter((name) => seen.has(name));
  return order.every((name, index) => name === documented[index]) ? null : "the fields are not in documented order";
}

function merchantProblem(fields: ReadonlyMap<string, string>, merchant: Merchant): string | null {
  if (fields.get("merchant_id") !== merchant.id) return "merchant_id: merchant unknown";
  return fields.get("merchant_key") === merchant.key ? null : "merchant_key: does not belong to this merchant";
}

function fieldProblem(fields: ReadonlyMap<string, string>): string | null {
  const amount = fields.get("amount") ?? "";
  if (!/^\d{1,9}\.\d{2}$/.test(amount)) return "amount: must look like 154.50";
  if (Number(amount) * 100 < MINIMUM_CENTS) return "amount: the smallest payment is R5.00";
  if (!fields.get("item_name")?.trim()) return "item_name: this field is required";
  const badUrl = URL_FIELDS.find((name) => fields.has(name) && !URL.canParse(fields.get(name) ?? ""));
  return badUrl ? `${badUrl}: must be an absolute URL` : null;
}
