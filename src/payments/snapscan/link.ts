import { createHmac } from "node:crypto";
import type { PaymentToStart } from "../provider.ts";
import type { SnapscanSettings } from "./settings.ts";

type Account = Pick<SnapscanSettings, "baseUrl" | "snapCode" | "redirects" | "validationKey">;
type Payment = Pick<PaymentToStart, "reference" | "amount" | "returnUrl" | "cancelUrl">;

/**
 * What the code says and a phone opens. `strict`: SnapScan takes no second payment for the reference and no less than
 * the amount. Any parameter it does not know would come back in every callback. (payment-providers 3.1)
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

/** Known from one implementation only: the key is both the key and part of what is signed. */
function linkSignature(key: string, { reference, amount }: Payment): string {
  return createHmac("sha256", key).update(`${key}||${amount}||${reference}`).digest("hex");
}
