import type { Cents } from "#domain/money";

/** `explicit`: an operator set this spelling, so the other one is not tried. (payment-providers 2.1) */
export type OzowScope = Readonly<{ name: string; explicit: boolean }>;

export type OzowSettings = Readonly<{
  clientId: string;
  clientSecret: string;
  siteCode: string;
  /** `https://one.ozow.com/v1`, without a trailing slash. It selects the environment. */
  baseUrl: string;
  /** each `whsec_…`; every subscription has its own */
  webhookSecrets: readonly string[];
  /** how far the signed time of a callback may be from ours, inclusive */
  webhookToleranceS: number;
  scopes: Readonly<Record<"payments" | "refunds", OzowScope>>;
  /** `.ozow.com`: the hosts that guests may be sent to. Null, on the local platform only, allows any host. */
  redirectHostSuffix: string | null;
  minCents: Cents;
  maxCents: Cents;
}>;
