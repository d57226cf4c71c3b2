/*
 * No public specification of these three APIs exists. Product-facts 7 and 21.4 give the fields of requests and answers; the
 * paths, the methods, the authentication and the look-ups are assumptions. All of them are here and in `request-json.ts`.
 *
 * A payout is sent by `POST {base}{path}`, with our reference in the body and as `Idempotency-Key`. It is looked up by
 * `GET {base}{path}/{reference}`, which answers like the POST. An answer may repeat `reference` and `amountCents`; they
 * must be ours.
 */
export const PATHS = {
  giftCards: "/gift-cards",
  karriTopUps: "/top-ups",
  karriCardVerification: "/cards/verify",
  donations: "/donations",
} as const;

/**
 * The `errorCode` of a 404 that says that the counterparty does not know the reference. A 404 with anything else proves
 * nothing, because a wrong address or a proxy answers 404 too.
 */
export const UNKNOWN_REFERENCE = "unknown_reference";
