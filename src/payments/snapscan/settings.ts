import type { Cents } from "#domain/money";

/** There is no sandbox: every configured account takes real money. (payment-providers 3) */
export type SnapscanSettings = Readonly<{
  /** which account's code guests scan; payments to any other are not ours */
  snapCode: string;
  apiKey: string;
  webhookAuthKey: string;
  /** without a trailing slash; codes and API live under it */
  baseUrl: string;
  /** Whether a callback is believed only after the API has said the same. */
  confirmWithApi: boolean;
  /** Whether the link asks for the guest to be sent back; SnapScan's documentation is not clear about it. */
  redirects: boolean;
  /** signs reference and amount in the link, for accounts that have it; null: not signed */
  validationKey: string | null;
  minCents: Cents;
  maxCents: Cents;
}>;
