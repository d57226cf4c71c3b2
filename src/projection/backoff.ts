const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 20_000;

/** How long to leave Postgres alone after the n-th failure in a row: 1 s, doubling, at most 20 s. */
export function backoffMs(failedAttempts: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, failedAttempts - 1));
}
