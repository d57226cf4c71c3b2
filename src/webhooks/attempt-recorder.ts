import { isUnavailable } from "#database/errors";
import type { RecordedAttempt } from "./record-attempts.ts";

const RECORD_EVERY_MS = 1_000;
/** So many are recorded at once, beside what is still sent: half a batch, so that its end waits for the other half only. */
const RECORD_AT = 50;
const MAX_LAST_TRIES = 3;

/** Runs `work` after `ms`; the returned function calls it off. */
export type After = (ms: number, work: () => void) => () => void;

/**
 * Records what a batch has done so far once a second or at every fiftieth attempt, so no delivery's record waits for another one's time-out. One recording is under
 * way at a time. While Postgres is away the attempts are kept and recorded with the next ones.
 */
export class AttemptRecorder {
  readonly #write: (attempts: readonly RecordedAttempt[]) => Promise<void>;
  readonly #after: After;
  #waiting: RecordedAttempt[] = [];
  #underWay: Promise<void> = Promise.resolve();
  #callOff: (() => void) | null = null;
  #failure: { error: unknown } | null = null;

  constructor(write: (attempts: readonly RecordedAttempt[]) => Promise<void>, after: After) {
    this.#write = write;
    this.#after = after;
  }

  add(attempt: RecordedAttempt): void {
    this.#waiting.push(attempt);
    if (this.#waiting.length === RECORD_AT) this.#flush();
    this.#callOff ??= this.#after(RECORD_EVERY_MS, () => {
      this.#callOff = null;
      this.#flush();
    });
  }

  /** Records the rest. @throws what the database threw, after three tries while it was away. */
  async finish(): Promise<void> {
    this.#callOff?.();
    for (let tries = 1; ; tries += 1) {
      await this.#flush();
      if (this.#waiting.length === 0 || tries === MAX_LAST_TRIES) break;
      await new Promise<void>((resolve) => void this.#after(RECORD_EVERY_MS, resolve));
    }
    if (this.#failure) throw this.#failure.error;
  }

  #flush(): Promise<void> {
    this.#underWay = this.#underWay.then(async () => {
      const attempts = this.#waiting.splice(0);
      if (attempts.length === 0) return;
      try {
        await this.#write(attempts);
        if (this.#failure && isUnavailable(this.#failure.error)) this.#failure = null;
      } catch (error) {
        this.#failure = { error };
        if (isUnavailable(error)) this.#waiting.unshift(...attempts);
      }
    });
    return this.#underWay;
  }
}
