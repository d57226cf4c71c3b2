const MAX_TRIES = 3;
const FIRST_PAUSE_MS = 50;

/**
 * Calls a small object that is no board (a limiter, a switch). When the runtime says a call may be repeated, it is repeated
 * with a new stub and may then have run twice. @throws what the last try threw, or an Error after `timeoutMs`.
 */
export function callObject<Stub, T>(
  stubOf: () => Stub,
  call: (stub: Stub) => T | Promise<T>,
  { timeoutMs, tries = MAX_TRIES }: { timeoutMs: number; tries?: number },
): Promise<T> {
  return withTimeout(timeoutMs, callWithRetries(stubOf, call, tries));
}

/** Whether the call failed because of the runtime, not because of a bug in the object. */
export function isOutOfReach(error: unknown): boolean {
  const { retryable, overloaded } = error as RuntimeErrorFlags;
  return error instanceof ObjectTimeout || retryable === true || overloaded === true;
}

/** What the runtime sets on an error between a caller and an object. */
type RuntimeErrorFlags = { retryable?: boolean; overloaded?: boolean };

class ObjectTimeout extends Error {
  override readonly name = "ObjectTimeout";
}

async function callWithRetries<Stub, T>(
  stubOf: () => Stub,
  call: (stub: Stub) => T | Promise<T>,
  tries: number,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call(stubOf());
    } catch (error) {
      const { retryable, overloaded } = error as RuntimeErrorFlags;
      if (!retryable || overloaded || attempt >= tries) throw error;
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempt));
    }
  }
}

/** A guest waits for the result, so an object that hangs must not be waited for. */
async function withTimeout<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ObjectTimeout(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
