import { DurableObject } from "cloudflare:workers";
import { type EndedLease, type OpenLease, planEndLease, planTakeWithLease } from "../src/domain/rate-lease.ts";
import {
  blockOf,
  type Counter,
  isCounted,
  isStale,
  judge,
  KEY_CHANGE_KEPT_MS,
  planCount,
  planGiveBack,
  planStrike,
  planTake,
  type RateRule,
  runsOutAt,
  STALE_KEY,
  type Strike,
  type Subject,
  type Taking,
  type Verdict,
} from "../src/domain/rate-limit.ts";
import type { RateLimiterObject, TakeOptions } from "../src/platform/objects.ts";

const COUNTER = "counter:";
const BLOCKED_UNTIL = "blocked_until";
const KEY = "key:";

/** What is kept so much longer than the alarm sets it anew: waking an object for nothing costs more than setting its alarm. */
const ALARM_MOVED_BY_MS = 600_000;
/** Never an alarm for this very moment again, should the clock of the one that fired be a little ahead. */
const ALARM_PAUSE_MS = 1_000;
/** How long a charge may be in memory only, where its caller allows that. */
const WRITE_BEHIND_MS = 1_000;

type Stored = { counter: Counter; runsOutAt: number };

/**
 * The counters of one subject. A keyed digest of the subject names the object (`limiterName`). Exact, because between reading, judging and
 * writing there is no `await`. Only charges of a `take` that allows it, and what is given back, are in memory alone, for a second; the storage is deleted
 * once nothing in it matters any more.
 *
 * | key            | holds                                                                     |
 * | -------------- | ------------------------------------------------------------------------- |
 * | counter:{rule} | what was counted under the rule, and from when on none of it matters       |
 * | blocked_until  | in ms since 1970; absent when the subject was never blocked                |
 * | key:{id}       | when the API key was changed, for an hour; ms since 1970                   |
 */
export class RateLimiter extends DurableObject<Env> implements RateLimiterObject {
  readonly #kv = this.ctx.storage.kv;
  /** By rule: what this instance has counted. Of other rules the storage knows. */
  readonly #counters = new Map<string, Counter>();
  #blockedUntil: number | null | undefined;
  /** Those of this instance only: what an earlier one has leased stays used. */
  #leases: ReadonlyMap<string, OpenLease> = new Map();
  /** Null until they were read. */
  #changes: Map<string, number> | null = null;
  /** In ms since 1970; null also when this instance does not know yet: setting it once more costs nothing. */
  #alarmAt: number | null = null;
  /** By rule: what storage lacks. */
  readonly #unwritten = new Map<string, Stored>();
  #writesLater = false;

  take(rules: readonly RateRule[], now = new Date(), options: TakeOptions = {}): Taking {
    const { key, lease, endedLease } = options;
    if (endedLease) this.endLease(rules, endedLease);
    if (key && isStale(this.#keyChanges(), key)) return STALE_KEY;
    return this.#apply(
      rules,
      (subject) => (lease ? planTakeWithLease(subject, rules, lease, now) : planTake(subject, rules, now)),
      options,
    );
  }

  endLease(rules: readonly RateRule[], ended: EndedLease): void {
    const plan = (subject: Subject) => ({ outcome: undefined, subject: planEndLease(subject, rules, ended) });
    this.#apply(rules, plan, { writeBehind: true });
  }

  giveBack(rule: RateRule, now = new Date()): Verdict {
    return this.#apply([rule], (subject) => planGiveBack(subject, rule, now), { writeBehind: true });
  }

  peek(rule: RateRule, key: string, now = new Date()): Verdict & { counted: boolean } {
    const subject = this.#read([rule]);
    return { ...judge(subject, rule, now), counted: isCounted(subject, rule, key, now) };
  }

  count(rule: RateRule, key: string, now = new Date()): Verdict {
    return this.#apply([rule], (subject) => planCount(subject, rule, key, now));
  }

  strike(rule: RateRule, block: { key: string; blockMs: number }, now = new Date()): Strike {
    return this.#apply([rule], (subject) => planStrike(subject, rule, block, now));
  }

  blockedUntil(now = new Date()): number | null {
    return blockOf(this.#read([]), now);
  }

  noteKeyChange(keyId: string, now = new Date()): void {
    this.#changes = this.#keyChanges().set(keyId, now.getTime());
    this.ctx.storage.transactionSync(() => {
      this.#kv.put(KEY + keyId, now.getTime());
      this.#extendAlarm(now.getTime() + KEY_CHANGE_KEPT_MS);
    });
  }

  /** Forgets what has run out, and comes back for the rest. */
  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    this.#forget();
    const now = Date.now();
    for (const [key, { runsOutAt }] of this.#stored()) if (runsOutAt <= now) this.#kv.delete(key);
    if ((this.#kv.get<number>(BLOCKED_UNTIL) ?? 0) <= now) this.#kv.delete(BLOCKED_UNTIL);
    for (const [id, changedAt] of this.#keyChanges()) {
      if (changedAt + KEY_CHANGE_KEPT_MS <= now) this.#kv.delete(KEY + id);
    }
    this.#changes = null;
    const lastMatters = this.#lastMatters();
    if (lastMatters === null) await this.ctx.storage.deleteAll();
    else this.#setAlarm(Math.max(lastMatters, now + ALARM_PAUSE_MS));
  }

  #apply<Outcome>(
    rules: readonly RateRule[],
    plan: (subject: Subject) => { outcome: Outcome; subject: Subject },
    { writeBehind = false } = {},
  ): Outcome {
    const before = this.#read(rules);
    const { outcome, subject } = plan(before);
    if (subject === before) return outcome;
    if (writeBehind) this.#writeLater(subject, rules);
    else this.ctx.storage.transactionSync(() => this.#write(subject, rules));
    for (const [name, counter] of subject.counters) this.#counters.set(name, counter);
    this.#blockedUntil = subject.blockedUntil;
    if (subject.leases) this.#leases = subject.leases;
    return outcome;
  }

  #writeLater(subject: Subject, rules: readonly RateRule[]): void {
    for (const [name, stored] of toStore(subject, rules)) this.#unwritten.set(name, stored);
    if (this.#writesLater) return;
    this.#writesLater = true;
    // The pending timer keeps the object in memory until it has fired.
    setTimeout(() => {
      this.#writesLater = false;
      this.ctx.storage.transactionSync(() => this.#put([...this.#unwritten]));
      this.#unwritten.clear();
    }, WRITE_BEHIND_MS);
  }

  #read(rules: readonly RateRule[]): Subject {
    const counterOf = ({ name }: RateRule) =>
      this.#counters.get(name) ?? (this.#unwritten.get(name) ?? this.#kv.get<Stored>(COUNTER + name))?.counter ?? [];
    if (this.#blockedUntil === undefined) this.#blockedUntil = this.#kv.get<number>(BLOCKED_UNTIL) ?? null;
    return {
      counters: new Map(rules.map((rule) => [rule.name, counterOf(rule)])),
      blockedUntil: this.#blockedUntil,
      leases: this.#leases,
    };
  }

  /** Reads again what comes next. */
  #forget(): void {
    this.#counters.clear();
    this.#blockedUntil = undefined;
  }

  #write(subject: Subject, rules: readonly RateRule[]): void {
    if (subject.blockedUntil !== null) this.#kv.put(BLOCKED_UNTIL, subject.blockedUntil);
    for (const { name } of rules) this.#unwritten.delete(name);
    this.#put(toStore(subject, rules));
  }

  #put(counters: readonly (readonly [name: string, stored: Stored])[]): void {
    for (const [name, stored] of counters) this.#kv.put<Stored>(COUNTER + name, stored);
    this.#extendAlarm(Math.max(...counters.map(([, { runsOutAt }]) => runsOutAt)));
  }

  /** An alarm write joins the same commit. One that comes too early for what was counted since sets itself anew. */
  #extendAlarm(until: number): void {
    if (this.#alarmAt !== null && until - this.#alarmAt < ALARM_MOVED_BY_MS) return;
    const lastMatters = this.#lastMatters();
    if (lastMatters !== null) this.#setAlarm(lastMatters);
  }

  #keyChanges(): Map<string, number> {
    this.#changes ??= new Map(
      [...this.#kv.list<number>({ prefix: KEY })].map(([key, changedAt]) => [key.slice(KEY.length), changedAt]),
    );
    return this.#changes;
  }

  #stored(): [string, Stored][] {
    return [...this.#kv.list<Stored>({ prefix: COUNTER })];
  }

  /** When the last thing kept here runs out, in ms since 1970; null when nothing is kept. */
  #lastMatters(): number | null {
    const instants = this.#stored().map(([, { runsOutAt }]) => runsOutAt);
    const blockedUntil = this.#kv.get<number>(BLOCKED_UNTIL);
    if (blockedUntil !== undefined) instants.push(blockedUntil);
    for (const changedAt of this.#keyChanges().values()) instants.push(changedAt + KEY_CHANGE_KEPT_MS);
    return instants.length > 0 ? Math.max(...instants) : null;
  }

  #setAlarm(at: number): void {
    this.#alarmAt = at;
    this.ctx.storage.setAlarm(at);
  }
}

function toStore({ counters }: Subject, rules: readonly RateRule[]): [name: string, stored: Stored][] {
  return rules.map((rule) => {
    const counter = counters.get(rule.name) ?? [];
    return [rule.name, { counter, runsOutAt: runsOutAt(counter, rule) }];
  });
}
