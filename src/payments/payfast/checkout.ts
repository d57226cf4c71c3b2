import type { PaymentToStart } from "../provider.ts";
import { formatAmount } from "./amount.ts";
import type { PayfastSettings } from "./settings.ts";
import { type Field, formFields, formSignature } from "./signature.ts";

/** A constant without names, because sources disagree on how `! ' ( ) * ~` are signed. (payment-providers 1.1) */
const ITEM_NAME = "ChipIn gift contribution";

type Merchant = Pick<PayfastSettings, "merchantId" | "merchantKey" | "passphrase">;

/** The inputs of the form in the order that PayFast documents and signs, with the signature last. */
export function checkoutFields(merchant: Merchant, payment: PaymentToStart): Field[] {
  const fields = formFields([
    ["merchant_id", merchant.merchantId],
    ["merchant_key", merchant.merchantKey],
    ["return_url", payment.returnUrl],
    ["cancel_url", payment.cancelUrl],
    ["notify_url", payment.notifyUrl],
    ["m_payment_id", payment.reference],
    ["amount", formatAmount(payment.amount)],
    ["item_name", ITEM_NAME],
  ]);
  return [...fields, ["signature", formSignature(fields, merchant.passphrase)]];
}
