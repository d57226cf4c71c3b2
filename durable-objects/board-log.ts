import type { BoardAbout, ContributorAbout } from "../src/domain/board/about.ts";
import { chainHash, GENESIS_HASH } from "../src/domain/board/chain.ts";
import type { BoardEvent, RecordedEvent } from "../src/domain/board/events.ts";
import { evolve } from "../src/domain/board/evolve.ts";
import { type BoardState, unopenedBoard } from "../src/domain/board/state.ts";

/** How far the log has reached Postgres, and what stands in the way. Instants in milliseconds since 1970. */
export type ProjectionProgress = {
  projectedSeq: number;
  failedAttempts: number;
  retryAt: number | null;
  /** The event Postgres refuses for good; everything after it waits. */
  poisonedSeq: number | null;
};

const PROJECTION_START: ProjectionProgress = { projectedSeq: 0, failedAttempts: 0, retryAt: null, poisonedSeq: null };

/** What one recording brings beside its events: rows that anonymisation can wipe without touching the log. */
export type Beside = { about?: BoardAbout; contributor?: { id: string; about: ContributorAbout } };

/**
 * The board's log in its object's SQLite.
 *
 * | table        | key             | holds                                                     |
 * | ------------ | --------------- | --------------------------------------------------------- |
 * | events       | seq, from 1     | one event as JSON, its instant, the hash that chains it    |
 * | about        | the one board   | what the board says about a family, as JSON               |
 * | contributors | contribution id | name, message and origin of one contribution, as JSON     |
 * | projection   | the one board   | how far the log has reached Postgres                      |
 */
export class BoardLog {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  /** False until something is recorded: asking for a board that does not exist must not leave a database behind. */
  #exists: boolean;
  #head: { seq: number; hash: string; at: string | null } = { seq: 0, hash: GENESIS_HASH, at: null };

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#exists = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'events'").toArray().length > 0;
  }

  get headSeq(): number {
    return this.#head.seq;
  }

  get headHash(): string {
    return this.#head.hash;
  }

  /** The instant of the newest event; null in an empty log. */
  get lastAt(): Date | null {
    return this.#head.at === null ? null : new Date(this.#head.at);
  }

  /** The whole log, folded. */
  replay(): BoardState {
    let state = unopenedBoard();
    for (const { seq, at, event, hash } of this.since(0)) {
      state = evolve(state, event, at);
      this.#head = { seq, hash, at };
    }
    return state;
  }

  /** Records `events` and what comes beside them in one transaction: all of it, or none of it and an error. */
  append(events: readonly BoardEvent[], at: Date, beside: Beside = {}): void {
    const instant = at.toISOString();
    let head = this.#head;
    this.#atomically(() => {
      for (const event of events) {
        const seq = head.seq + 1;
        const hash = chainHash(head.hash, { seq, at: instant, event });
        this.#insert({ seq, at: instant, event, hash });
        head = { seq, hash, at: instant };
      }
      this.#write(beside);
    });
    this.#head = head;
  }

  /** At most `limit` events after `seq`, in order. */
  since(seq: number, limit = Number.MAX_SAFE_INTEGER): RecordedEvent[] {
    if (!this.#exists) return [];
    return this.#sql
      .exec<{ seq: number; at: string; event: string; hash: string }>(
        "SELECT seq, at, event, hash FROM events WHERE seq > ? ORDER BY seq LIMIT ?",
        ...[seq, limit],
      )
      .toArray()
      .map(({ seq, at, event, hash }) => ({ seq, at, event: JSON.parse(event), hash }));
  }

  /** Replaces everything by a log brought from elsewhere, whose chain the caller has checked. */
  restore(log: readonly RecordedEvent[], about: BoardAbout, contributors: ReadonlyMap<string, ContributorAbout>): void {
    this.#atomically(() => {
      for (const table of ["events", "about", "contributors", "projection"]) this.#sql.exec(`DELETE FROM ${table}`);
      for (const entry of log) this.#insert(entry);
      this.#write({ about });
      for (const [id, contributor] of contributors) this.#write({ contributor: { id, about: contributor } });
      this.saveProgress({ ...PROJECTION_START, projectedSeq: log.at(-1)?.seq ?? 0 });
    });
  }

  about(): BoardAbout | null {
    if (!this.#exists) return null;
    const [row] = this.#sql.exec<{ json: string }>("SELECT json FROM about").toArray();
    return row ? JSON.parse(row.json) : null;
  }

  contributor(id: string): ContributorAbout | null {
    if (!this.#exists) return null;
    const [row] = this.#sql.exec<{ json: string }>("SELECT json FROM contributors WHERE id = ?", id).toArray();
    return row ? JSON.parse(row.json) : null;
  }

  progress(): ProjectionProgress {
    if (!this.#exists) return { ...PROJECTION_START };
    const [row] = this.#sql.exec<{ json: string }>("SELECT json FROM projection").toArray();
    return row ? { ...PROJECTION_START, ...JSON.parse(row.json) } : { ...PROJECTION_START };
  }

  saveProgress(progress: ProjectionProgress): void {
    if (!this.#exists) return;
    this.#sql.exec("INSERT OR REPLACE INTO projection (one, json) VALUES (1, ?)", JSON.stringify(progress));
  }

  #atomically(write: () => void): void {
    const existed = this.#exists;
    try {
      this.#storage.transactionSync(() => {
        if (!existed) this.#create();
        write();
      });
    } catch (error) {
      // Whatever was created has been taken back with the rest.
      this.#exists = existed;
      throw error;
    }
  }

  #create(): void {
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, at TEXT NOT NULL, event TEXT NOT NULL, hash TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS about (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS contributors (id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS projection (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL);
    `);
    this.#exists = true;
  }

  #insert({ seq, at, event, hash }: RecordedEvent): void {
    const row = [seq, at, JSON.stringify(event), hash];
    this.#sql.exec("INSERT INTO events (seq, at, event, hash) VALUES (?, ?, ?, ?)", ...row);
  }

  #write({ about, contributor }: Beside): void {
    if (about) this.#sql.exec("INSERT OR REPLACE INTO about (one, json) VALUES (1, ?)", JSON.stringify(about));
    if (!contributor) return;
    const row = [contributor.id, JSON.stringify(contributor.about)];
    this.#sql.exec("INSERT OR REPLACE INTO contributors (id, json) VALUES (?, ?)", ...row);
  }
}
