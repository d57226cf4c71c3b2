import type { StoredEvent } from "#domain/board/events";
import type { ProjectionProgress } from "./board-journal.ts";

/** Events in one flush: several hundred callbacks travel in one round trip of about a megabyte. */
const MAX_BATCH_EVENTS = 400;
/** A busy board gathers this long between flushes; a quiet one flushes at once, as does one with a waiting caller. */
const FLUSH_INTERVAL_MS = 250;
/** One that stays busy gathers longer. With the flush itself and the delivery, a webhook stays below two seconds. */
const LONGEST_FLUSH_INTERVAL_MS = 1_000;
/** Events a second: many boards that are this busy at once would keep Postgres busy with small flushes. They gather longer still. */
const FEW_A_SECOND = { from: 4, below: 25 } as const;
const LONGEST_INTERVAL_OF_FEW_MS = 3_000;
/** Of a busy board's time a flush may take one part in so many: while Postgres is slow, fewer and larger flushes relieve it. */
const FLUSH_SHARE = 4;
const LONGEST_INTERVAL_WHILE_SLOW_MS = 3_000;
/** A poisoned event is tried again, at first soon and then this often; an operator can have it tried any time. */
const FIRST_POISON_RETRY_MS = 60_000;
const LAST_POISON_RETRY_MS = 3_600_000;
/** `waitFor` returns false after this long, however long the backlog. */
const MAX_WAIT_MS = 10_000;

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 20_000;

/** How long to leave Postgres alone after the n-th failure in a row: 1 s, doubling, at most 20 s. */
export function backoffMs(failedAttempts: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, failedAttempts - 1));
}

/** `intervalMs`: the interval before. `hadToWait`: the flush had to wait for it, so the board is busy. `last`: the flush before. */
type Pace = Readonly<{ intervalMs: number; hadToWait: boolean; last: Readonly<{ events: number; tookMs: number }> }>;

/** The interval until the next flush. What a flush costs, here and in Postgres, hardly depends on how many events it carries. */
export function flushIntervalMs({ intervalMs, hadToWait, last }: Pace): number {
  if (!hadToWait) return FLUSH_INTERVAL_MS;
  const aSecond = (last.events / intervalMs) * 1_000;
  const hasFew =
    intervalMs >= LONGEST_FLUSH_INTERVAL_MS && aSecond >= FEW_A_SECOND.from && aSecond < FEW_A_SECOND.below;
  const longest = hasFew ? LONGEST_INTERVAL_OF_FEW_MS : LONGEST_FLUSH_INTERVAL_MS;
  const gathering = Math.min(longest, intervalMs * 2);
  return Math.max(gathering, Math.min(LONGEST_INTERVAL_WHILE_SLOW_MS, last.tookMs * FLUSH_SHARE));
}

export interface ProjectorDeps {
  /** The last event that may be projected. */
  headSeq(): number;
  since(seq: number, limit: number): StoredEvent[];
  load(): ProjectionProgress;
  save(progress: ProjectionProgress): void;
  /** Writes the events to Postgres in one transaction; throws what Postgres or the way to it said. */
  write(batch: StoredEvent[]): Promise<void>;
  /** Is the error the outage of Postgres (time heals it), rather than its verdict on what we sent? */
  isOutage(error: unknown): boolean;
  onOutage(error: unknown, attempts: number): void;
  onPoison(entry: StoredEvent, error: unknown): Promise<void>;
  /** The event that was refused has gone through. */
  onHealed(seq: number): Promise<void>;
  now(): number;
}

/**
 * Carries the log to Postgres, in order, one flush in flight at a time. An outage is the normal path, only later: the log
 * waits, and the object's alarm tries again. Knows neither SQL nor Durable Objects.
 */
export class BoardProjector {
  readonly #deps: ProjectorDeps;
  #progress: ProjectionProgress;
  #running: Promise<void> | null = null;
  #lastFlushAt = 0;
  #flushIntervalMs = FLUSH_INTERVAL_MS;
  #lastFlush = { events: 0, tookMs: 0 };
  #waiters: { seq: number; release: (projected: boolean) => void }[] = [];
  #hurry: (() => void) | null = null;

  constructor(deps: ProjectorDeps) {
    this.#deps = deps;
    this.#progress = this.#load();
  }

  get progress(): Readonly<ProjectionProgress> {
    return this.#progress;
  }

  get isBehind(): boolean {
    return this.#progress.projectedSeq < this.#deps.headSeq();
  }

  /** Something is being carried, or waits to be; what is recorded meanwhile goes with it. */
  get isCarrying(): boolean {
    return this.#running !== null;
  }

  /** When the alarm should come by: null when everything has reached Postgres. */
  get wakeAt(): number | null {
    return this.isBehind ? (this.#progress.retryAt ?? this.#deps.now()) : null;
  }

  /** Starts carrying unless that is under way or a retry is not due yet. */
  kick(): Promise<void> {
    if (this.#running) return this.#running;
    const { retryAt } = this.#progress;
    if (!this.isBehind || (retryAt !== null && this.#deps.now() < retryAt)) return Promise.resolve();
    this.#running = this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Tries again now, before the back-off ends: for operators and for callers that wait. */
  retryNow(): Promise<void> {
    this.#progress = { ...this.#progress, retryAt: null };
    return this.kick();
  }

  /** Resolves true once `seq` is in Postgres, false as soon as it is known that this takes longer. */
  async waitFor(seq: number): Promise<boolean> {
    if (this.#progress.projectedSeq >= seq) return true;
    const { promise: arrived, resolve: release } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => release(false), MAX_WAIT_MS);
    this.#waiters.push({ seq, release });
    this.#hurry?.();
    const carrying = this.retryNow().finally(() => this.#releaseWaiters(false));
    try {
      return await Promise.race([arrived, carrying.then(() => arrived)]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Goes back to `seq`, so that everything after it is written again. Never forward: that would skip events. */
  async rewind(seq: number): Promise<void> {
    // A flush under way would note its own progress over ours.
    while (this.#running) await this.#running.catch(() => {});
    const projectedSeq = Math.min(seq, this.#progress.projectedSeq);
    this.#save({ projectedSeq, failedAttempts: 0, retryAt: null, poisonedSeq: null });
    await this.kick();
  }

  /** Reads its progress again after the log was replaced. */
  reload(): void {
    this.#progress = this.#load();
  }

  /** Nothing beyond the log can have been projected. */
  #load(): ProjectionProgress {
    const progress = this.#deps.load();
    return { ...progress, projectedSeq: Math.min(progress.projectedSeq, this.#deps.headSeq()) };
  }

  async #run(): Promise<void> {
    // After failures smaller pieces get through where a large one takes too long.
    let batchSize = Math.max(1, MAX_BATCH_EVENTS >> Math.min(this.#progress.failedAttempts, 8));
    let oneByOneUpTo = 0;
    while (this.isBehind) {
      const { projectedSeq, poisonedSeq } = this.#progress;
      if (projectedSeq < oneByOneUpTo) batchSize = 1;
      else await this.#collect();
      const batch = this.#deps.since(projectedSeq, batchSize);
      const last = batch.at(-1)?.seq ?? projectedSeq;
      const startedAt = this.#deps.now();
      try {
        await this.#deps.write(batch);
        this.#lastFlush = { events: batch.length, tookMs: this.#deps.now() - startedAt };
      } catch (error) {
        if (this.#deps.isOutage(error) || batch.length === 1) return await this.#giveUp(batch, error);
        // Postgres refuses the batch for good: find the one event it means by sending them one by one.
        oneByOneUpTo = last;
        continue;
      }
      this.#save({ projectedSeq: last, failedAttempts: 0, retryAt: null, poisonedSeq: null });
      this.#releaseWaiters(true);
      batchSize = MAX_BATCH_EVENTS;
      if (poisonedSeq !== null && poisonedSeq <= last) await this.#deps.onHealed(last);
    }
  }

  async #giveUp(batch: StoredEvent[], error: unknown): Promise<void> {
    const failedAttempts = this.#progress.failedAttempts + 1;
    const [first] = batch;
    if (this.#deps.isOutage(error) || !first) {
      const retryAt = this.#deps.now() + backoffMs(failedAttempts);
      this.#save({ ...this.#progress, failedAttempts, retryAt, poisonedSeq: null });
      this.#deps.onOutage(error, failedAttempts);
      return;
    }
    const wait = Math.min(LAST_POISON_RETRY_MS, FIRST_POISON_RETRY_MS * 2 ** (failedAttempts - 1));
    this.#save({ ...this.#progress, failedAttempts, retryAt: this.#deps.now() + wait, poisonedSeq: first.seq });
    await this.#deps.onPoison(first, error);
  }

  /** Lets a burst gather, unless a caller waits for the answer. */
  async #collect(): Promise<void> {
    const rest = this.#lastFlushAt + this.#flushIntervalMs - this.#deps.now();
    const pace = { intervalMs: this.#flushIntervalMs, hadToWait: rest > 0, last: this.#lastFlush };
    this.#flushIntervalMs = flushIntervalMs(pace);
    if (rest > 0 && this.#waiters.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, rest);
        this.#hurry = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#hurry = null;
    }
    this.#lastFlushAt = this.#deps.now();
  }

  #save(progress: ProjectionProgress): void {
    this.#progress = progress;
    this.#deps.save(progress);
  }

  /** `waitFor` of a projected event returns true; of a later one, false once no flush will project it. */
  #releaseWaiters(stillGoing: boolean): void {
    const { projectedSeq } = this.#progress;
    const arrived = this.#waiters.filter(({ seq }) => seq <= projectedSeq);
    const waiting = this.#waiters.filter(({ seq }) => seq > projectedSeq);
    for (const { release } of arrived) release(true);
    if (stillGoing || this.#running) {
      this.#waiters = waiting;
      return;
    }
    this.#waiters = [];
    for (const { release } of waiting) release(false);
  }
}
