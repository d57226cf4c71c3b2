import type { PaymentWay } from "#domain/board/lifecycle";

/** How guests know each way to pay: its name, what they pay with, and where. */
export const PROVIDER_WORDS: Record<PaymentWay, { company: string; method: string; hint: string }> = {
  payfast: { company: "PayFast", method: "Card", hint: "Visa or Mastercard, by PayFast" },
  ozow: { company: "Ozow", method: "Straight from your bank", hint: "with Ozow, no card needed" },
  snapscan: { company: "SnapScan", method: "SnapScan", hint: "with the app on your phone" },
  sandbox: { company: "our test page", method: "Test payment", hint: "choose what happens, no money moves" },
};
