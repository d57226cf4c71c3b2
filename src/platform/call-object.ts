const MAX_TRIES = 3;
const FIRST_PAUSE_MS = 50;

/**
 * Calls a small object beside the boards (a limiter, a switch), again with a new stub when the runtime says the call may
 * be repeated; it may then have run twice. @throws what the last try threw, or an Error once `patienceMs` are over.
 */
export function callObject<Stub, T>(
  stubOf: () => Stub,
  call: (stub: Stub) => T | Promise<T>,
  { patienceMs, tries = MAX_TRIES }: { patienceMs: number; tries?: number },
): Promise<T> {
  return within(patienceMs, tryAgain(stubOf, call, tries));
}

/** Whether the runtime, and not a bug of ours, kept the call from being answered. */
export function isOutOfReach(error: unknown): boolean {
  const { retryable, overloaded } = error as RuntimeTrouble;
  return error instanceof OutOfPatience || retryable === true || overloaded === true;
}

/** What the runtime says of an error between a caller and an object. */
type RuntimeTrouble = { retryable?: boolean; overloaded?: boolean };

class OutOfPatience extends Error {
  override readonly name = "OutOfPatience";
}

async function tryAgain<Stub, T>(stubOf: () => Stub, call: (stub: Stub) => T | Promise<T>, tries: number): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call(stubOf());
    } catch (error) {
      const { retryable, overloaded } = error as RuntimeTrouble;
      if (!retryable || overloaded || attempt >= tries) throw error;
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempt));
    }
  }
}

/** Whoever waits here holds up a guest: an object that hangs must not. */
async function within<T>(patienceMs: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OutOfPatience(`no answer within ${patienceMs} ms`)), patienceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
