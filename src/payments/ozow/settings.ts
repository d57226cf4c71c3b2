import type { Cents } from "#domain/money";

/** `explicit`: an operator chose this spelling, so no other is tried. (payment-providers 2.1) */
export type OzowScope = Readonly<{ name: string; explicit: boolean }>;

export type OzowSettings = Readonly<{
  clientId: string;
  clientSecret: string;
  siteCode: string;
  /** `https://one.ozow.com/v1`, without a trailing slash; it chooses the environment */
  baseUrl: string;
  /** each `whsec_…`: every subscription has its own */
  webhookSecrets: readonly string[];
  /** how far a callback's signed time may be from ours; that far is still accepted */
  webhookToleranceS: number;
  scopes: Readonly<Record<"payments" | "refunds", OzowScope>>;
  /** `.ozow.com`: where guests may be sent. Null lets any host pass; only a local platform has it */
  redirectHostSuffix: string | null;
  minCents: Cents;
  maxCents: Cents;
}>;
