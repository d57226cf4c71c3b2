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
