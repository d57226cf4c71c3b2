/** Where a request for a payment comes from. */
export type Guest = Readonly<{
  /** Null when it is not known or no address. */
  ipAddress: string | null;
  userAgent: string | null;
  /** Where the edge places the guest (ISO 3166); null where it does not say. */
  country: string | null;
  /** What the challenge gave the form; null when none was shown. */
  challengeToken: string | null;
}>;
