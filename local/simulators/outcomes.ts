export const PROVIDERS = ["payfast", "ozow", "snapscan"] as const;
export type ProviderName = (typeof PROVIDERS)[number];

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
  "duplicate",
  "reorder",
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export function isOutcome(text: unknown): text is Outcome {
  return OUTCOMES.some((outcome) => outcome === text);
}

export function isProviderName(text: unknown): text is ProviderName {
  return PROVIDERS.some((provider) => provider === text);
}

/** The answer of our callback route to one notice. The status is 0 when it could not be reached. */
export type CallbackResult = { status: number; error?: string };

/** A contribution that ChipIn knows, for payments whose page was never opened. */
export type KnownContribution = { amountCents: number };
export type FindContribution = (reference: string) => Promise<KnownContribution | null>;

/** One payment as the console lists it. */
export type PaymentLine = {
  provider: ProviderName;
  reference: string;
  amountCents: number;
  at: string;
  /** its payment page, on the console's origin */
  page: string;
  /** the entries of the provider's books, one line each */
  books: string[];
  notices: { status: string; attempts: { status: number }[] }[];
};

/** The common interface of the simulators. */
export interface ProviderSimulator {
  /** Newest first. */
  payments(): PaymentLine[];
  /** Reports `outcome` for a payment now. Null for an unknown reference. */
  simulate(reference: string, outcome: Outcome): Promise<CallbackResult[] | null>;
  /** Does everything due later now. @returns the number of things done */
  flush(): Promise<number>;
  /** Schedules what was due in an earlier run. */
  resume(): void;
  stop(): void;
}

export function rands(cents: number): string {
  return `R${(cents / 100).toFixed(2)}`;
}
