import { ChipInConnectionError, retryAfterSeconds } from "./errors.ts";

export type Fetch = (request: Request) => Promise<Response>;

export type RetryOptions = Readonly<{
  fetch: Fetch;
  /** How often a request is sent again, at most. */
  maxRetries: number;
  /** How long one attempt may take. */
  timeoutMs: number;
  sleep: (ms: number) => Promise<void>;
  random: () => number;
}>;

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
/** Longer waits are the caller's to decide on: it gets the answer, with `retryAfterSeconds`. */
const LONGEST_RETRY_AFTER_SECONDS = 60;

/**
 * `fetch` that sends a request again after 429, 5xx, a time-out or a lost connection. Writes carry an `Idempotency-Key`, so one that
 * had happened does not happen again; while it still runs, its repetition is answered 409 with `Retry-After`.
 */
export function retryingFetch({ fetch, maxRetries, timeoutMs, sleep, random }: RetryOptions): Fetch {
  return async (request) => {
    for (let attempt = 0; ; attempt += 1) {
      const isLast = attempt >= maxRetries;
      const timeout = AbortSignal.timeout(timeoutMs);
      let waitSeconds = 0;
      try {
        const signal = AbortSignal.any([request.signal, timeout]);
        const response = await fetch(new Request(request.clone(), { signal }));
        waitSeconds = retryAfterSeconds(response) ?? 0;
        if (isLast || !mayBeRepeated(response) || waitSeconds > LONGEST_RETRY_AFTER_SECONDS) return response;
        // Not awaited: a body with a second reader ends only with that reader.
        response.body?.cancel().catch(() => {});
      } catch (error) {
        if (request.signal.aborted) throw error;
        if (isLast) throw noAnswer(error, timeout.aborted, timeoutMs);
      }
      const backoff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
      await sleep(Math.max(waitSeconds * 1_000, backoff / 2) + (random() * backoff) / 2);
    }
  };
}

function mayBeRepeated({ status, headers }: Response): boolean {
  return status === 429 || status >= 500 || (status === 409 && headers.has("Retry-After"));
}

function noAnswer(cause: unknown, isTimeout: boolean, timeoutMs: number): ChipInConnectionError {
  const why = isTimeout ? `none came within ${timeoutMs / 1_000} s` : "the connection failed";
  return new ChipInConnectionError(`No answer from ChipIn: ${why}`, { cause });
}
