/** What the outside may be told went wrong; `src/http/errors.ts` gives each its HTTP status. (product-facts 12) */
export const ERROR_CODES = [
  "unauthorized",
  "forbidden",
  "not_found",
  "validation_error",
  "conflict",
  "rate_limited",
  "payload_too_large",
  "unavailable",
  "internal_error",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export type ErrorDetail = { field: string; reason: string };

/** A refusal we expect: a sentence for the caller, and what to mend. Anything else thrown is our own fault. */
export class ChipInError extends Error {
  override readonly name = "ChipInError";
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];

  constructor(code: ErrorCode, sentence: string, details: readonly ErrorDetail[] = [], options?: ErrorOptions) {
    super(sentence, options);
    this.code = code;
    this.details = details;
  }
}
