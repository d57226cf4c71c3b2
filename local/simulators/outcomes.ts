/** What a guest can do on a simulated payment page; the same names everywhere. */
export const OUTCOMES = [
  "pay",
  "cancel",
  "fail",
  "pay_twice",
  "pay_late",
  "wrong_amount",
  "bad_signature",
  "silent",
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export function isOutcome(text: unknown): text is Outcome {
  return OUTCOMES.some((outcome) => outcome === text);
}

/** What our callback route answered to one notification; 0 when it could not be reached. */
export type CallbackResult = { status: number; error?: string };

/** A contribution as the database knows it, for payments whose page was never opened. */
export type KnownContribution = { amountCents: number };
