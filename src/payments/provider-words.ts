import type { PaymentProviderName } from "#domain/board/lifecycle";

/** How guests know each provider: its name, what they pay with, and where. */
export const PROVIDER_WORDS: Record<PaymentProviderName, { company: string; method: string; hint: string }> = {
  payfast: { company: "PayFast", method: "Card or EFT", hint: "on PayFast’s secure page" },
  ozow: { company: "Ozow", method: "Instant EFT", hint: "from your bank, with Ozow" },
  snapscan: { company: "SnapScan", method: "SnapScan", hint: "scan a code with the app" },
};
