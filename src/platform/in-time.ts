/** @throws Error when `work` takes longer than `limitMs`. The work goes on, unheard. */
export async function inTime<Result>(work: Promise<Result>, limitMs: number): Promise<Result> {
  const timer = Promise.withResolvers<never>();
  const handle = setTimeout(() => timer.reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([work, timer.promise]);
  } finally {
    clearTimeout(handle);
  }
}

/**
 * Runs `work` with a signal that is aborted after `limitMs`, as `AbortSignal.timeout` would: with a `TimeoutError`. This timer
 * ends with the work. That one runs on until it fires: it keeps its request in memory, where the garbage collector then moves
 * it about, and a Durable Object awake and billed.
 */
export async function untilTimeout<Result>(
  limitMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const overdue = new AbortController();
  const abort = () => overdue.abort(new DOMException(`no answer within ${limitMs} ms`, "TimeoutError"));
  const timer = setTimeout(abort, limitMs);
  try {
    return await work(overdue.signal);
  } finally {
    clearTimeout(timer);
  }
}
