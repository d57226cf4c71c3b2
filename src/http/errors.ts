import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { isUnavailable } from "#database/errors";
import { ChipInError, type ErrorCode } from "#platform/errors";
import { alert, messageOf, stackOf } from "#platform/log";

/** The one place where a refusal becomes an HTTP status. (product-facts 12) */
export const STATUS_OF = {
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  validation_error: 400,
  conflict: 409,
  rate_limited: 429,
  payload_too_large: 413,
  upstream_unavailable: 502,
  unavailable: 503,
  internal_error: 500,
} as const satisfies Record<ErrorCode, ContentfulStatusCode>;

/** Seconds a caller should wait before trying again, where trying again can help. */
export const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = {
  rate_limited: 60,
  upstream_unavailable: 60,
  unavailable: 5,
};

/** No body of a request to us is larger: boards, forms and callbacks are a few kilobytes. */
export const MAX_BODY_BYTES = 64 * 1024;

/** Anything thrown, as what the outside may be told. What we did not expect becomes one fixed sentence. */
export function refusalOf(thrown: unknown): ChipInError {
  if (thrown instanceof ChipInError && thrown.code !== "internal_error") return thrown;
  if (thrown instanceof HTTPException) return fromHono(thrown);
  if (isUnavailable(thrown)) {
    return new ChipInError("unavailable", "ChipIn cannot do this right now; try again shortly", [], { cause: thrown });
  }
  return new ChipInError("internal_error", "Something went wrong on our side", [], { cause: thrown });
}

/** As `refusalOf`, for the request of `c`: alerts when it is our fault, and says when trying again can help. */
export function refuse(c: Context, thrown: unknown): ChipInError {
  const refusal = refusalOf(thrown);
  const { code } = refusal;
  if (code === "internal_error") {
    const error = messageOf(refusal.cause ?? thrown);
    alert({ event: "internal_error", request_id: c.get("requestId"), error, stack: stackOf(thrown) });
  }
  const retryAfterSeconds = refusal.retryAfterSeconds ?? RETRY_AFTER_SECONDS[code];
  if (retryAfterSeconds !== undefined) c.header("Retry-After", String(retryAfterSeconds));
  return refusal;
}

export function payloadTooLarge(): ChipInError {
  return new ChipInError("payload_too_large", "The request body may hold at most 64 KB");
}

/** Hono's own refusals: a body it could not read as what it claims to be. */
function fromHono(exception: HTTPException): ChipInError {
  const refuse = (reason: string) =>
    new ChipInError("validation_error", "The request body could not be read", [{ field: "body", reason }], {
      cause: exception,
    });
  if (exception.status === 415) return refuse("must be sent as application/json");
  if (exception.status === 400) return refuse("is not valid JSON");
  return new ChipInError("internal_error", "Something went wrong on our side", [], { cause: exception });
}
