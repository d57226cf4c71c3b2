/**
 * Lets the commands that reach a busy board in one turn of the event loop share one commit. Each is still decided and
 * recorded by itself, one after the other with no `await` between them; they share the wait for the disk.
 *
 * In production workerd merges commits of one turn itself and confirms them asynchronously, so there the gain is small;
 * in local workerd a commit is an fsync on the thread.
 */
export class CommitGroup {
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
