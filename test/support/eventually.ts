const DEADLINE_MS = 15_000;
const PAUSE_MS = 25;

/** Repeats `check` until it returns a truthy value. @throws the last error of `check` after the deadline. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  deadlineMs = DEADLINE_MS,
): Promise<Exclude<T, null | undefined | false>> {
  const until = Date.now() + deadlineMs;
  for (;;) {
    try {
      const value = await check();
      if (value) return value as Exclude<T, null | undefined | false>;
      if (Date.now() > until) throw new Error("it did not happen in time");
    } catch (error) {
      if (Date.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
