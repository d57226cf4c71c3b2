import type { Checkout } from "./payfast.ts";
import { type Html, messagePage, paymentPage as page } from "./payment-page.ts";

const PAYFAST = { provider: "PayFast", color: "#0a2540" };
const BUTTONS = [
  { outcome: "cancel", label: "Cancel and go back", hint: "reports CANCELLED" },
  { outcome: "fail", label: "Let the payment fail", hint: "reports FAILED" },
  { outcome: "pay_twice", label: "Pay twice", hint: "two payments, one reference" },
  { outcome: "pay_late", label: "Pay, notify late", hint: "five seconds after going back" },
  { outcome: "wrong_amount", label: "Report half the amount", hint: "rightly signed" },
  { outcome: "bad_signature", label: "Sign wrongly", hint: "as a forger would" },
  { outcome: "silent", label: "Pay, never notify", hint: "only the transaction history knows" },
  { outcome: "duplicate", label: "Pay, notify three times", hint: "the same notice each time" },
  { outcome: "reorder", label: "Pay, then report PENDING", hint: "an older status after the newer one" },
] as const;

export function paymentPage(checkout: Checkout): Html {
  return page({
    ...PAYFAST,
    amount: `R${(checkout.amountCents / 100).toFixed(2)}`,
    purpose: checkout.fields.item_name ?? "",
    facts: [
      ["Merchant", `ChipIn (${checkout.fields.merchant_id ?? "local"})`],
      ["Reference", checkout.reference],
    ],
    action: `/eng/payment/${checkout.token}`,
    buttons: BUTTONS,
  });
}

export function refusalPage(problem: string): Html {
  const note = "PayFast would refuse this form too. The payment was not started.";
  return messagePage(PAYFAST, "400 Bad Request", problem, note);
}
