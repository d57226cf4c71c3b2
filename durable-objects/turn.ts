/**
 * Lets the commands that reached a busy board in the same turn of the event loop share one commit. Each is still decided
 * and recorded by itself, one after the other with no `await` between them; what they share is the wait for the disk,
 * which is what a payment costs.
 */
export class Turn {
  #waiting: (() => void)[] = [];

  /** Runs `work` at the end of this turn, after everything that joined before it. @throws what `work` throws. */
  join<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      });
      if (this.#waiting.length === 1) setTimeout(() => this.#run(), 0);
    });
  }

  #run(): void {
    const works = this.#waiting;
    this.#waiting = [];
    for (const work of works) work();
  }
}
