/** What keeps the instant of an object's alarm: its storage. */
export type AlarmStore = Pick<DurableObjectStorage, "getAlarm" | "setAlarm" | "deleteAlarm">;

/** Work that is due already, such as a retry while Postgres is down, is tried this long from now: not at once, again and again. */
export const MIN_DELAY_MS = 500;

/**
 * The one alarm of a board's object, with its instant in memory so that most commands write nothing. Instants are in
 * milliseconds since 1970.
 */
export class BoardAlarm {
  readonly #store: AlarmStore;
  #at: number | null = null;

  constructor(store: AlarmStore) {
    this.#store = store;
  }

  /** Reads the instant from storage, after a wake-up. @returns whether an alarm is set */
  async load(): Promise<boolean> {
    this.#at = await this.#store.getAlarm();
    return this.#at !== null;
  }

  /** The alarm has fired. The runtime has removed it from storage. */
  fired(): void {
    this.#at = null;
  }

  /** The alarm fires at `at` or earlier. The write joins the commit under way, so a crash cannot lose one of the two. */
  noLaterThan(at: number): void {
    if (this.#at !== null && this.#at <= at) return;
    this.#at = at;
    this.#store.setAlarm(at);
  }

  /** The alarm fires at the earliest of `due`. Without any there is no alarm. */
  async setTo(due: readonly (number | null)[], now: number): Promise<void> {
    const instants = due.filter((at) => at !== null);
    this.#at = instants.length > 0 ? Math.max(Math.min(...instants), now + MIN_DELAY_MS) : null;
    if (this.#at === null) await this.#store.deleteAlarm();
    else await this.#store.setAlarm(this.#at);
  }
}
