import type { Cents } from "#domain/money";

/** SnapScan has no sandbox, so every configured account takes real money. (payment-providers 3) */
export type SnapscanSettings = Readonly<{
  /** the code that guests scan; payments to another code are not ours */
  snapCode: string;
  apiKey: string;
  webhookAuthKey: string;
  /** of codes and API, without a trailing slash */
  baseUrl: string;
  /** whether a callback counts only after the API confirmed it */
  confirmWithApi: boolean;
  /** whether the link contains return addresses; SnapScan's documentation is unclear about them */
  redirects: boolean;
  /** signs reference and amount in the link; null for accounts without it */
  validationKey: string | null;
  minCents: Cents;
  maxCents: Cents;
}>;
