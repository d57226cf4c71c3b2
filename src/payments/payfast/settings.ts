import type { Cents } from "#domain/money";

/** `log` notes an unlisted sender and goes on; `enforce` refuses it. */
export type SourceCheck = "off" | "log" | "enforce";

/** Whether the server confirmation carries the signature; `auto` asks without, and on INVALID once more with it. */
export type ValidateBody = "without" | "with" | "auto";

/** The sender ranges PayFast publishes. Known to be incomplete: enforce them only after watching the log. */
export const PUBLISHED_SOURCE_CIDRS = [
  "197.97.145.144/28",
  "41.74.179.192/27",
  "102.216.36.0/28",
  "102.216.36.128/28",
  "144.126.193.139/32",
] as const;

export const API_URL = "https://api.payfast.co.za";

export type PayfastSettings = Readonly<{
  merchantId: string;
  merchantKey: string;
  passphrase: string | null;
  sandbox: boolean;
  /** another host in PayFast's place, without a trailing slash; only a local platform has one */
  baseUrl: string | null;
  sourceCheck: SourceCheck;
  sourceCidrs: readonly string[];
  validateBody: ValidateBody;
  /** the account's cap on one payment */
  maxCents: Cents;
  /** without a trailing slash; live and sandbox share it */
  apiBaseUrl: string;
  /** Whether history and refunds are asked of the API. Only a live account's can be relied on. */
  apiEnabled: boolean;
  /** where a payment's refunds are read, `{id}` in place of PayFast's id: sources disagree on it */
  refundRetrievePath: string;
}>;
