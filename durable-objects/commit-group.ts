/** A board that heard nothing for so long is not busy: what comes next has nothing to share a commit with. */
const QUIET_MS = 5;
/** A busy board gathers this long. Of 32 callbacks at a time each then writes 6.7 KB, and 9.4 KB when one turn is gathered. */
const GATHER_MS = 3;

/**
 * Lets the commands that reach a busy board within a few milliseconds share one commit. Each is still decided and
 * recorded by itself, one after the other with no `await` between them; they share the wait for the disk. On a board that
 * is not busy a command runs at once: waiting for company costs a timer.
 *
 * In production workerd merges commits of one turn itself and confirms them asynchronously, so there the gain is small, and the
 * wait is all that a busy board's command feels of it; in local workerd a commit is an fsync on the thread.
 */
export class CommitGroup {
  readonly #now: () => number;
  #waiting: (() => void)[] = [];
  #lastAt = Number.NEGATIVE_INFINITY;

  /** @param now in milliseconds */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Runs `work` now or a few milliseconds later, after everything that joined before it. @throws what `work` throws. */
  async join<T>(work: () => T): Promise<T> {
    const at = this.#now();
    const isQuiet = this.#waiting.length === 0 && at - this.#lastAt > QUIET_MS;
    this.#lastAt = at;
    return isQuiet ? work() : await this.#inGroup(work);
  }

  #inGroup<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      });
      if (this.#waiting.length === 1) setTimeout(() => this.#run(), GATHER_MS);
    });
  }

  #run(): void {
    const works = this.#waiting;
    this.#waiting = [];
    for (const work of works) work();
  }
}
