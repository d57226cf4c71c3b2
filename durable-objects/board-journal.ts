import type { ActOrigin } from "#domain/board/actor";
import { ANONYMOUS } from "#domain/board/anonymise";
import type { StoredEvent } from "#domain/board/events";
import type { Journal, JournalEntry, ProfileWrites } from "#domain/board/journal";
import type { BoardProfile, ContributorProfile } from "#domain/board/profile";
import type { RestorePiece } from "#platform/objects";

/** How far the log has reached Postgres, and what stands in the way. Instants in milliseconds since 1970. */
export type ProjectionProgress = {
  projectedSeq: number;
  failedAttempts: number;
  retryAt: number | null;
  /** The event Postgres refuses for good; everything after it waits. */
  poisonedSeq: number | null;
};

const PROJECTION_START: ProjectionProgress = { projectedSeq: 0, failedAttempts: 0, retryAt: null, poisonedSeq: null };

/**
 * The object's schema, one step a version, oldest first. A step is never changed once it is released: a new version
 * appends one. A step only adds, so the release before it still works on what it finds.
 *
 * | table        | key             | holds                                                                   |
 * | ------------ | --------------- | ----------------------------------------------------------------------- |
 * | meta         | name            | `schema_version`; `restoring` while a log is being brought back         |
 * | events       | seq, from 1     | one stored event; `reference` of the payment it is about, if any         |
 * | profile      | the one board   | what the board says about a family, as JSON                             |
 * | contributors | contribution id | name, message and origin of one contribution, as JSON                   |
 * | projection   | the one board   | how far the log has reached Postgres, as JSON                           |
 * | origins      | seq, last_seq   | e-mail and address of the person whose command recorded these events,   |
 * |              |                 | as JSON, until they are projected                                       |
 */
export const SCHEMA_MIGRATIONS: readonly string[] = [
  `CREATE TABLE events (
     seq INTEGER PRIMARY KEY, at TEXT NOT NULL, by TEXT NOT NULL, v INTEGER NOT NULL, type TEXT NOT NULL,
     data TEXT NOT NULL, hash TEXT NOT NULL, reference TEXT);
   CREATE INDEX events_by_reference ON events (reference) WHERE reference IS NOT NULL;
   CREATE TABLE profile (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL);
   CREATE TABLE contributors (id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE projection (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL);`,
  "CREATE TABLE origins (seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, json TEXT NOT NULL)",
];

/** Events kept in memory for the projection, about a kilobyte each. A board that records more between two flushes reads them. */
const MAX_TAIL_EVENTS = 200;

/** The columns of `events` that make a stored event, in this order. */
const COLUMNS = "seq, at, by, v, type, data, hash";
type EventRow = [seq: number, at: string, by: string, v: number, type: string, data: string, hash: string];

/** The board's log in its object's SQLite. */
export class BoardJournal implements Journal {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  /** 0 until something is recorded: asking for a board that does not exist must not leave a database behind. */
  #version: number;
  #isRestoring: boolean;
  #hasOrigins: boolean;
  /** Further than what is stored. */
  #noted: ProjectionProgress | null = null;
  /** The last events of the log, without a gap, of those that this object has recorded itself and not projected yet. */
  #tail: StoredEvent[] = [];

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#version = this.#readVersion();
    if (this.#version > 0) storage.transactionSync(() => this.#migrate());
    this.#isRestoring =
      this.#version > 0 && this.#sql.exec("SELECT 1 FROM meta WHERE name = 'restoring'").toArray().length > 0;
    this.#hasOrigins = this.#version > 0 && this.#sql.exec("SELECT 1 FROM origins LIMIT 1").toArray().length > 0;
  }

  append(entries: readonly JournalEntry[], profiles: ProfileWrites): void {
    const [only] = entries;
    const isOneStatement = entries.length === 1 && !this.#noted && this.#version > 0 && isEmpty(profiles);
    // A statement is a transaction of its own. The savepoint around it would cost more than half as much again.
    if (isOneStatement && only) this.#insert(only);
    else {
      this.#atomically(() => {
        for (const entry of entries) this.#insert(entry);
        this.#writeProfiles(profiles);
        if (profiles.anonymised) this.#anonymise();
        if (profiles.origin) this.#writeOrigin(entries, profiles.origin);
        if (this.#noted) this.#writeProgress(this.#noted);
      });
      this.#noted = null;
      if (profiles.origin) this.#hasOrigins = true;
    }
    for (const { stored } of entries) this.#tail.push(stored);
    if (this.#tail.length > MAX_TAIL_EVENTS) this.#tail = this.#tail.slice(-MAX_TAIL_EVENTS / 2);
  }

  read(seq: number): Iterable<StoredEvent> {
    return this.readSome(seq, Number.MAX_SAFE_INTEGER);
  }

  /** At most `limit` events after `seq`, in order: from memory where it has them, else one row at a time. */
  *readSome(seq: number, limit: number): Generator<StoredEvent> {
    if (this.#version === 0) return;
    const [oldest] = this.#tail;
    if (oldest && oldest.seq <= seq + 1) {
      const from = seq + 1 - oldest.seq;
      yield* this.#tail.slice(from, from + limit);
      return;
    }
    const query = `SELECT ${COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT ?`;
    const read = eventReader();
    for (const row of this.#sql.exec(query, seq, limit).raw<EventRow>()) yield read(row);
  }

  readAbout(reference: string): StoredEvent[] {
    if (this.#version === 0) return [];
    const query = `SELECT ${COLUMNS} FROM events WHERE reference = ? ORDER BY seq`;
    return [...this.#sql.exec(query, reference).raw<EventRow>()].map(eventReader());
  }

  boardProfile(): BoardProfile | null {
    return this.#json("SELECT json FROM profile");
  }

  contributorProfile(contributionId: string): ContributorProfile | null {
    return this.#json("SELECT json FROM contributors WHERE id = ?", contributionId);
  }

  /** By contribution id; one that has none is left out. */
  contributorProfiles(contributionIds: readonly string[]): Map<string, ContributorProfile> {
    const query = "SELECT id, json FROM contributors WHERE id IN (SELECT value FROM json_each(?))";
    const rows =
      this.#version === 0 ? [] : this.#sql.exec(query, JSON.stringify(contributionIds)).raw<[string, string]>();
    return new Map(Array.from(rows, ([id, json]) => [id, JSON.parse(json)]));
  }

  /**
   * Erases address and browser from the profiles of contributions that were begun before `before`, ISO 8601 in UTC: the
   * instant that Postgres has as `created_at`. @returns how many profiles had one
   */
  scrubOrigins(before: string): number {
    if (this.#version === 0) return 0;
    const scrub = `
      UPDATE contributors SET json = json_set(json, '$.ipAddress', NULL, '$.userAgent', NULL)
      WHERE coalesce(json ->> '$.ipAddress', json ->> '$.userAgent') IS NOT NULL AND id IN (
        SELECT data ->> '$.contributionId' FROM events WHERE type = 'contribution_opened' AND at < ?)
      RETURNING id`;
    return this.#sql.exec(scrub, before).toArray().length;
  }

  /** Null once the event is projected. */
  origin(seq: number): ActOrigin | null {
    return this.#json("SELECT json FROM origins WHERE seq <= ? AND last_seq >= ?", seq, seq);
  }

  /** Some pieces of a restored log are here, and the last one is not: the board cannot be used yet. */
  get isRestoring(): boolean {
    return this.#isRestoring;
  }

  /**
   * Writes one piece of a log brought from elsewhere, whose chain the caller has checked. A first piece that begins with
   * event 1 replaces everything. What comes from Postgres needs no projecting.
   */
  restore(entries: readonly JournalEntry[], { first, last: isLast, profile, contributors }: RestorePiece): void {
    this.#tail = [];
    this.#atomically(() => {
      if (first) {
        this.#noted = null;
        if (entries[0]?.stored.seq === 1)
          for (const table of ["events", "profile", "contributors", "projection", "origins"])
            this.#sql.exec(`DELETE FROM ${table}`);
        this.#sql.exec("INSERT OR REPLACE INTO meta (name, value) VALUES ('restoring', '1')");
      }
      for (const entry of entries) this.#insert(entry);
      if (profile) this.#writeProfiles({ board: profile });
      for (const contributor of contributors) this.#writeProfiles({ contributor });
      if (isLast) this.#sql.exec("DELETE FROM meta WHERE name = 'restoring'");
      const last = entries.at(-1)?.stored.seq;
      if (last !== undefined) this.saveProgress({ ...PROJECTION_START, projectedSeq: last });
    });
    this.#isRestoring = !isLast;
  }

  progress(): ProjectionProgress {
    return this.#noted ?? this.#json("SELECT json FROM projection") ?? { ...PROJECTION_START };
  }

  /**
   * Remembers how far a flush has come; `append` stores it with the next events, else `keepProgress`. A commit for each flush
   * would cost as much as one for a payment. An object that ends before has the stretch projected again, which changes nothing.
   * Whatever is more than a step forward is stored at once, and so is a step by which origins are forgotten.
   */
  noteProgress(progress: ProjectionProgress): void {
    this.#tail = this.#tail.filter(({ seq }) => seq > progress.projectedSeq);
    const before = this.progress();
    const isStep = before.failedAttempts + progress.failedAttempts === 0 && progress.projectedSeq > before.projectedSeq;
    if (isStep && !this.#hasOrigins) this.#noted = progress;
    else this.saveProgress(progress);
  }

  /** Stores what was noted. */
  keepProgress(): void {
    if (this.#noted) this.saveProgress(this.#noted);
  }

  /**
   * Also forgets the origins of what is projected: the audit rows have them. Projecting an event again leaves its row as it
   * is, because rows that exist are not written. If Postgres has lost the row, the new one names the person by id only.
   */
  saveProgress(progress: ProjectionProgress): void {
    if (this.#version === 0) return;
    this.#writeProgress(progress);
    this.#noted = null;
    if (this.#hasOrigins) this.#hasOrigins = this.#sql.exec("SELECT 1 FROM origins LIMIT 1").toArray().length > 0;
  }

  #writeProgress(progress: ProjectionProgress): void {
    this.#sql.exec("INSERT OR REPLACE INTO projection (one, json) VALUES (1, ?)", JSON.stringify(progress));
    this.#sql.exec("DELETE FROM origins WHERE last_seq <= ?", progress.projectedSeq);
  }

  #atomically(write: () => void): void {
    const before = this.#version;
    try {
      this.#storage.transactionSync(() => {
        if (before === 0) this.#migrate();
        write();
      });
    } catch (error) {
      // The rollback has also removed the tables.
      this.#version = before;
      throw error;
    }
  }

  #readVersion(): number {
    const known = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'meta'").toArray().length > 0;
    if (!known) return 0;
    return Number(
      this.#sql.exec<{ value: string }>("SELECT value FROM meta WHERE name = 'schema_version'").one().value,
    );
  }

  #migrate(): void {
    if (this.#version >= SCHEMA_MIGRATIONS.length) return;
    this.#sql.exec("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
    for (const step of SCHEMA_MIGRATIONS.slice(this.#version)) this.#sql.exec(step);
    this.#version = SCHEMA_MIGRATIONS.length;
    this.#sql.exec("INSERT OR REPLACE INTO meta (name, value) VALUES ('schema_version', ?)", String(this.#version));
  }

  #insert({ stored: { seq, at, by, v, type, data, hash }, reference }: JournalEntry): void {
    this.#sql.exec(
      "INSERT INTO events (seq, at, by, v, type, data, hash, reference) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      seq,
      at,
      JSON.stringify(by),
      v,
      type,
      JSON.stringify(data),
      hash,
      reference,
    );
  }

  #writeProfiles({ board, contributor }: ProfileWrites): void {
    if (board) this.#sql.exec("INSERT OR REPLACE INTO profile (one, json) VALUES (1, ?)", JSON.stringify(board));
    if (!contributor) return;
    const json = JSON.stringify(contributor.profile);
    this.#sql.exec("INSERT OR REPLACE INTO contributors (id, json) VALUES (?, ?)", contributor.id, json);
  }

  #anonymise(): void {
    this.#sql.exec("UPDATE contributors SET json = ?", JSON.stringify(ANONYMOUS));
    this.#sql.exec("DELETE FROM origins");
  }

  #writeOrigin(entries: readonly JournalEntry[], origin: ActOrigin): void {
    const [first, last] = [entries.at(0)?.stored.seq, entries.at(-1)?.stored.seq];
    if (first === undefined || last === undefined) return;
    const insert = "INSERT INTO origins (seq, last_seq, json) VALUES (?, ?, ?)";
    this.#sql.exec(insert, first, last, JSON.stringify(origin));
  }

  #json<T>(query: string, ...bindings: (string | number)[]): T | null {
    if (this.#version === 0) return null;
    const [row] = this.#sql.exec<{ json: string }>(query, ...bindings).toArray();
    return row ? JSON.parse(row.json) : null;
  }
}

/** Whether there is nothing to write beside the events. */
function isEmpty({ board, contributor, origin, anonymised }: ProfileWrites): boolean {
  return !board && !contributor && !origin && !anonymised;
}

/** Parses rows. A long log names the same few actors again and again, so the last one is kept. */
function eventReader(): (row: EventRow) => StoredEvent {
  let lastBy = "";
  let actor: StoredEvent["by"] = { kind: "system" };
  return ([seq, at, by, v, type, data, hash]) => {
    if (by !== lastBy) {
      lastBy = by;
      actor = JSON.parse(by);
    }
    return { seq, at, by: actor, v, type, data: JSON.parse(data), hash };
  };
}
