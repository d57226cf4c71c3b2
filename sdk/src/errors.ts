import type { components } from "./api.ts";

type ErrorBody = components["schemas"]["Error"];

/** Why ChipIn refused a request. Decide by `code`; `message` is for people. */
export class ChipInError extends Error {
  override readonly name = "ChipInError";
  readonly status: number;
  /** `unknown` when the answer was none of ChipIn's: a proxy's, for example. */
  readonly code: ErrorBody["error"]["code"] | "unknown";
  /** Every wrong field with the reason; empty when it is not about fields. */
  readonly details: readonly { field: string; reason: string }[];
  /** Quote it when you write to us. */
  readonly requestId: string | null;
  /** In how many seconds the same request can succeed, where the answer says so. */
  readonly retryAfterSeconds: number | null;

  constructor(response: Response, body: unknown) {
    const { error, meta }: Partial<ErrorBody> = isErrorBody(body) ? body : {};
    super(error?.message ?? `The answer has status ${response.status} and is none of ChipIn's`);
    this.status = response.status;
    this.code = error?.code ?? "unknown";
    this.details = error?.details ?? [];
    this.requestId = meta?.request_id ?? response.headers.get("X-Request-Id");
    this.retryAfterSeconds = retryAfterSeconds(response);
  }
}

/** No answer came, after all attempts: `cause` says why. A write may have happened all the same; the same `idempotencyKey` makes it safe to repeat. */
export class ChipInConnectionError extends Error {
  override readonly name = "ChipInConnectionError";
}

/** `Retry-After`, which is seconds or a date. */
export function retryAfterSeconds({ headers }: Response, now = Date.now()): number | null {
  const value = headers.get("Retry-After")?.trim();
  if (!value) return null;
  if (/^\d+$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now) / 1_000));
}

function isErrorBody(body: unknown): body is ErrorBody {
  const error = typeof body === "object" && body !== null && "error" in body ? body.error : null;
  return typeof error === "object" && error !== null && "code" in error && "message" in error;
}
