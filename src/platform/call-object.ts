/** Once more than the first time. */
const MAX_TRIES = 2;
const PAUSE_MS = 100;

/** What the runtime says of an error between a caller and an object. */
type RuntimeError = { retryable?: boolean; overloaded?: boolean; durableObjectReset?: boolean };

/** The runtime's sentences for an object that a deployment or a move has replaced. */
const REPLACED = /no longer active|code was updated/i;

class Timeout extends Error {
  override readonly name = "Timeout";
}

/**
 * The one way to call an object. It calls again, once and with a new stub, when the runtime broke the call off: a network
 * error, a reset, a deployment. The call may then have run twice, so everything an object can be asked may be repeated.
 * @throws what the last try threw, or an Error once `timeoutMs` are over; `isUnreachable` tells those from bugs.
 */
export async function callObject<Stub, T>(
  stubOf: () => Stub,
  call: (stub: Stub) => T | Promise<T>,
  { timeoutMs, tries = MAX_TRIES }: { timeoutMs: number; tries?: number },
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isLate = false;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      reject(new Timeout(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  const answer = (async () => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call(stubOf());
      } catch (error) {
        if (attempt >= tries || !mayBeRepeated(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        // Nobody waits for this any more.
        if (isLate) throw error;
      }
    }
  })();
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the runtime, and not a bug of ours, kept the call from being answered. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof Timeout || (error as RuntimeError).overloaded === true || isBrokenOff(error);
}

/** Asking an overloaded object again makes it worse. */
function mayBeRepeated(error: unknown): boolean {
  return (error as RuntimeError).overloaded !== true && isBrokenOff(error);
}

function isBrokenOff(error: unknown): boolean {
  const { retryable, durableObjectReset } = error as RuntimeError;
  return retryable === true || durableObjectReset === true || (error instanceof Error && REPLACED.test(error.message));
}
