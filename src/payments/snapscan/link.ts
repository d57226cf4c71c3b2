import { createHmac } from "node:crypto";
import type { PaymentToStart } from "../provider.ts";
import type { SnapscanSettings } from "./settings.ts";

type Account = Pick<SnapscanSettings, "baseUrl" | "snapCode" | "redirects" | "validationKey">;
type Payment = Pick<PaymentToStart, "reference" | "amount" | "returnUrl" | "cancelUrl">;

/**
 * The link of the QR code. With `strict` SnapScan accepts one payment for the reference and no less than the amount.
 * SnapScan returns unknown parameters in every callback, so there are none. (payment-providers 3.1)
 */
export function paymentLink(account: Account, payment: Payment): string {
  const { reference, amount } = payment;
  const query = Object.entries({
    id: reference,
    amount: String(amount),
    strict: "true",
    ...(account.validationKey !== null && { signature: linkSignature(account.validationKey, payment) }),
    ...(account.redirects && { s_url: payment.returnUrl, f_url: payment.cancelUrl }),
  }).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${account.baseUrl}/qr/${encodeURIComponent(account.snapCode)}?${query.join("&")}`;
}

/** Known from one implementation only. The key is also part of the signed text. */
function linkSignature(key: string, { reference, amount }: Payment): string {
  return createHmac("sha256", key).update(`${key}||${amount}||${reference}`).digest("hex");
}
