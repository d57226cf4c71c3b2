/** The error codes of responses; `src/http/errors.ts` maps each to its HTTP status. (product-facts 12) */
export const ERROR_CODES = [
  "unauthorized",
  "forbidden",
  "not_found",
  "method_not_allowed",
  "validation_error",
  "conflict",
  "rate_limited",
  "payload_too_large",
  "upstream_unavailable",
  "unavailable",
  "internal_error",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export type ErrorDetail = { field: string; reason: string };

/** An expected refusal: a message for the caller and the fields to correct. Any other error is a bug of ours. */
export class ChipInError extends Error {
  override readonly name = "ChipInError";
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];
  /** When trying again can help, where the code's usual wait (`http/errors.ts`) is not it. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    details: readonly ErrorDetail[] = [],
    { retryAfterSeconds, ...options }: ErrorOptions & { retryAfterSeconds?: number } = {},
  ) {
    super(message, options);
    this.code = code;
    this.details = details;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
