const MAX_TRIES = 3;
const FIRST_PAUSE_MS = 50;

/** What the runtime says of an error between a caller and an object. */
type RuntimeError = { retryable?: boolean; overloaded?: boolean; durableObjectReset?: boolean };

/** The runtime's sentences for an object that a deployment or a move has replaced. */
const REPLACED = /no longer active|code was updated/i;

class Timeout extends Error {
  override readonly name = "Timeout";
}

/**
 * Calls an object, again with a new stub when the runtime broke the call off: a network error, a reset, a deployment. The
 * call may then have run twice, so everything an object can be asked may be repeated.
 * @throws what the last try threw, or an Error once `timeoutMs` are over.
 */
export function callObject<Stub, T>(
  stubOf: () => Stub,
  call: (stub: Stub) => T | Promise<T>,
  { timeoutMs, tries = MAX_TRIES }: { timeoutMs?: number; tries?: number } = {},
): Promise<T> {
  const answer = callWithRetries(stubOf, call, tries);
  return timeoutMs === undefined ? answer : within(timeoutMs, answer);
}

/** Whether the runtime, and not a bug of ours, kept the call from being answered. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof Timeout || (error as RuntimeError).overloaded === true || isBrokenOff(error);
}

function isBrokenOff(error: unknown): boolean {
  const { retryable, durableObjectReset } = error as RuntimeError;
  return retryable === true || durableObjectReset === true || (error instanceof Error && REPLACED.test(error.message));
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
      // Asking an overloaded object again makes it worse.
      if ((error as RuntimeError).overloaded || !isBrokenOff(error) || attempt >= tries) throw error;
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempt));
    }
  }
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Timeout(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
