import type { Cents } from "#domain/money";

/** `log` accepts an unlisted sender with a note, and `enforce` refuses it. */
export type SourceCheck = "off" | "log" | "enforce";

/** Whether the confirmation posts the signature. `auto` posts without it, and once more with it after INVALID. */
export type ValidateBody = "without" | "with" | "auto";

/** The sender ranges that PayFast publishes. The list is incomplete: watch the log before enforcing it. */
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
  /** a host in place of PayFast's, without a trailing slash; only on the local platform */
  baseUrl: string | null;
  sourceCheck: SourceCheck;
  sourceCidrs: readonly string[];
  validateBody: ValidateBody;
  /** the account's largest payment */
  maxCents: Cents;
  /** without a trailing slash, the same for live and sandbox */
  apiBaseUrl: string;
  /** whether history and refunds use the API; only that of a live account is reliable */
  apiEnabled: boolean;
  /** the path of a payment's refunds, with `{id}` for PayFast's id; sources disagree on it */
  refundRetrievePath: string;
}>;
