import type { CheckoutForm, Merchant } from "./payfast-checkout.ts";
import { encodePairs, type Pair, parsePairs, sameText, signNotice } from "./payfast-signature.ts";

export type NoticeStatus = "COMPLETE" | "FAILED" | "CANCELLED" | "PENDING";

export type NoticeContent = {
  status: NoticeStatus;
  providerPaymentId: string;
  grossCents: number;
  forged: boolean;
};

/** An ITN as PayFast sends it: strings before integers, with blanks, a negative fee, and the signature last. */
export function noticeBody(checkout: CheckoutForm, content: NoticeContent, merchant: Merchant): string {
  const { fields } = checkout;
  const fee = payfastFeeCents(content.grossCents);
  const of = (name: string): Pair => [name, fields[name]?.trim() ?? ""];
  const pairs: Pair[] = [
    ["m_payment_id", checkout.reference],
    ["pf_payment_id", content.providerPaymentId],
    ["payment_status", content.status],
    ["item_name", fields.item_name?.trim() ?? ""],
    of("item_description"),
    ["amount_gross", rand(content.grossCents)],
    ["amount_fee", rand(-fee)],
    ["amount_net", rand(content.grossCents - fee)],
    ...[1, 2, 3, 4, 5].map((n) => of(`custom_str${n}`)),
    ...[1, 2, 3, 4, 5].map((n) => of(`custom_int${n}`)),
    of("name_first"),
    of("name_last"),
    of("email_address"),
    ["merchant_id", merchant.id],
  ];
  const passphrase = content.forged ? "foreign-passphrase" : merchant.passphrase;
  return encodePairs([...pairs, ["signature", signNotice(pairs, passphrase)]]);
}

/**
 * Whether PayFast answers VALID to a notice that is posted back: it is about this merchant, and its signature is valid if
 * it has one. Without a signature nothing more can be checked, as at PayFast.
 */
export function vouchesFor(body: string, merchant: Merchant): boolean {
  const pairs = parsePairs(body);
  const fields = new Map(pairs);
  const wellFormed = ["m_payment_id", "pf_payment_id", "payment_status"].every((name) => fields.get(name));
  if (!wellFormed || fields.size !== pairs.length || fields.get("merchant_id") !== merchant.id) return false;
  const signature = fields.get("signature");
  return signature === undefined || sameText(signature, signNotice(pairs, merchant.passphrase));
}

/** The payment in a notice. Null unless its status is COMPLETE. */
export function moneyIn(body: string): { pfPaymentId: string; reference: string; grossCents: number } | null {
  const fields = new Map(parsePairs(body));
  const gross = fields.get("amount_gross") ?? "";
  if (fields.get("payment_status") !== "COMPLETE" || !/^\d{1,9}(\.\d{1,2})?$/.test(gross)) return null;
  return {
    pfPaymentId: fields.get("pf_payment_id") ?? "",
    reference: fields.get("m_payment_id") ?? "",
    grossCents: Math.round(Number(gross) * 100),
  };
}

/** Roughly the fee of PayFast for a card payment. */
export function payfastFeeCents(grossCents: number): number {
  return Math.max(230, Math.round(grossCents * 0.0288));
}

function rand(cents: number): string {
  return (cents / 100).toFixed(2);
}
