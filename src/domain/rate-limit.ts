import type { Lease, OpenLease } from "./rate-lease.ts";

/**
 * `fixed` windows begin at whole multiples of `windowMs` since 1970; a `sliding` one is the last `windowMs`. `stepMs`: a sliding
 * window keeps one number for each step instead of every instant, and what it counts leaves it up to a step late.
 */
export type RateRule = Readonly<{
  name: string;
  limit: number;
  windowMs: number;
  kind: "sliding" | "fixed";
  stepMs?: number;
}>;

/** `at`: ms since 1970, in a fixed window its start, in a window with steps the start of the step. `key`: what was counted, where repeating it must not count again. */
type Charge = Readonly<{ at: number; count: number; key: string | null }>;

/** What was counted under one rule, oldest first. */
export type Counter = readonly Charge[];

/** Everything held of one subject. `blockedUntil`: ms since 1970. `leases`: by id, those that were not ended. */
export type Subject = Readonly<{
  counters: ReadonlyMap<string, Counter>;
  blockedUntil: number | null;
  leases?: ReadonlyMap<string, OpenLease>;
}>;

/** How one rule stands. `resetAt`: when one more becomes free, or the fixed window ends; ms since 1970. */
export type Verdict = Readonly<{ name: string; limit: number; remaining: number; resetAt: number }>;

/** `retryAfterMs`: how long until every rule would allow it; 0 when allowed. `staleKey`: nothing was judged, see `KeyUse`. */
export type Taking = Readonly<{
  allowed: boolean;
  verdicts: readonly Verdict[];
  retryAfterMs: number;
  staleKey?: boolean;
  /** What was granted of the lease that was asked for; it is charged already. */
  lease?: Lease;
}>;

/** The API key that a request was made with, and when it was verified; ms since 1970. One that was changed since is stale. */
export type KeyUse = Readonly<{ id: string; verifiedAt: number }>;

/** For a request whose key is stale: it is to be verified anew. Nothing is charged. */
export const STALE_KEY: Taking = { allowed: false, verdicts: [], retryAfterMs: 0, staleKey: true };

/** How long a change of a key is remembered: far longer than anyone trusts what was verified before it. */
export const KEY_CHANGE_KEPT_MS = 3_600_000;

/** `changes`: when keys were changed, by id; ms since 1970. */
export function isStale(changes: ReadonlyMap<string, number>, { id, verifiedAt }: KeyUse): boolean {
  return changes.size > 0 && verifiedAt <= (changes.get(id) ?? Number.NEGATIVE_INFINITY);
}

/** `blockedNow`: it was this strike that blocked the subject. */
export type Strike = Readonly<{ blockedUntil: number | null; blockedNow: boolean }>;

type Planned<Outcome> = { outcome: Outcome; subject: Subject };

/** All rules must allow, and the subject must not be blocked; only then is each charged. What is refused costs nothing. */
export function planTake(subject: Subject, rules: readonly RateRule[], now: Date): Planned<Taking> {
  const judged = rules.map((rule) => judge(subject, rule, now));
  const refusing = judged.filter(({ remaining }) => remaining === 0);
  const freeAt = Math.max(blockOf(subject, now) ?? 0, ...refusing.map(({ resetAt }) => resetAt));
  if (freeAt > 0) {
    const retryAfterMs = Math.max(1, freeAt - now.getTime());
    return { outcome: { allowed: false, verdicts: judged, retryAfterMs }, subject };
  }
  const after = rules.reduce((held, rule) => charge(held, rule, null, now), subject);
  const verdicts = rules.map((rule) => judge(after, rule, now));
  return { outcome: { allowed: true, verdicts, retryAfterMs: 0 }, subject: after };
}

/** Takes back one charge of the rule's window, where what was charged turns out not to count. */
export function planGiveBack(subject: Subject, rule: RateRule, now: Date): Planned<Verdict> {
  const { live } = inWindow(subject, rule, now);
  const last = live.at(-1);
  if (!last) return { outcome: judge(subject, rule, now), subject };
  const counter = last.count > 1 ? [...live.slice(0, -1), { ...last, count: last.count - 1 }] : live.slice(0, -1);
  const after = { ...subject, counters: new Map(subject.counters).set(rule.name, counter) };
  return { outcome: judge(after, rule, now), subject: after };
}

/** Counts what happened, whatever the limit says, and each `key` once while it is in the window. */
export function planCount(subject: Subject, rule: RateRule, key: string, now: Date): Planned<Verdict> {
  const after = isCounted(subject, rule, key, now) ? subject : charge(subject, rule, key, now);
  return { outcome: judge(after, rule, now), subject: after };
}

/**
 * Counts one bad event, each `key` once; the one that reaches the limit blocks the subject for `blockMs`. A blocked
 * subject's strikes are not counted: the block is not prolonged, and what comes after it begins anew.
 */
export function planStrike(
  subject: Subject,
  rule: RateRule,
  { key, blockMs }: { key: string; blockMs: number },
  now: Date,
): Planned<Strike> {
  const blocked = blockOf(subject, now);
  if (blocked !== null) return { outcome: { blockedUntil: blocked, blockedNow: false }, subject };
  const { outcome, subject: after } = planCount(subject, rule, key, now);
  if (outcome.remaining > 0) return { outcome: { blockedUntil: null, blockedNow: false }, subject: after };
  const blockedUntil = now.getTime() + blockMs;
  const counters = new Map(after.counters).set(rule.name, []);
  return { outcome: { blockedUntil, blockedNow: true }, subject: { ...after, counters, blockedUntil } };
}

/** How the rule stands, without charging anything. */
export function judge(subject: Subject, rule: RateRule, now: Date): Verdict {
  const { name, limit, windowMs } = rule;
  const { live, at } = inWindow(subject, rule, now);
  const used = live.reduce((sum, { count }) => sum + count, 0);
  const resetAt =
    rule.kind === "fixed" ? startOf(rule, at) + windowMs : leavesAt(live, used - Math.min(used, limit) + 1, rule, at);
  return { name, limit, remaining: Math.max(0, limit - used), resetAt };
}

export function isCounted(subject: Subject, rule: RateRule, key: string, now: Date): boolean {
  return inWindow(subject, rule, now).live.some((charge) => charge.key === key);
}

/** Until when the subject is blocked; null when it is not, or no longer. */
export function blockOf({ blockedUntil }: Subject, now: Date): number | null {
  return blockedUntil !== null && now.getTime() < blockedUntil ? blockedUntil : null;
}

/** From when on nothing of the counter matters, in ms since 1970. */
export function runsOutAt(counter: Counter, rule: RateRule): number {
  return (counter.at(-1)?.at ?? 0) + keptMs(rule);
}

/** Charges that many calls to the rule. */
export function chargeCalls(subject: Subject, rule: RateRule, count: number, now: Date): Subject {
  return charge(subject, rule, null, now, count);
}

/** The instant under which a call at `at` is counted; both in ms since 1970. */
export function stampOf(rule: RateRule, at: number): number {
  return rule.kind === "fixed" ? startOf(rule, at) : at - (at % stepOf(rule));
}

/** `now` as the rule's counter sees it: never before what it has counted; ms since 1970. */
export function timeOf(subject: Subject, rule: RateRule, now: Date): number {
  return inWindow(subject, rule, now).at;
}

function charge(subject: Subject, rule: RateRule, key: string | null, now: Date, count = 1): Subject {
  const { live, at } = inWindow(subject, rule, now);
  const stamp = stampOf(rule, at);
  const last = live.at(-1);
  const joins = last?.at === stamp && last.key === null && key === null;
  const counter = joins
    ? [...live.slice(0, -1), { ...last, count: last.count + count }]
    : [...live, { at: stamp, count, key }];
  return { ...subject, counters: new Map(subject.counters).set(rule.name, counter) };
}

/** Callers' clocks differ a little: a counter's time never runs backwards, or a window could hold more than its limit. */
function inWindow({ counters }: Subject, rule: RateRule, now: Date): { live: Counter; at: number } {
  const counter = counters.get(rule.name) ?? [];
  const at = Math.max(now.getTime(), counter.at(-1)?.at ?? 0);
  const live = counter.filter((charge) => charge.at + keptMs(rule) > at);
  return { live, at };
}

/** When the first `count` of what is in the window have left it; at once when nothing is. */
function leavesAt(live: Counter, count: number, rule: RateRule, at: number): number {
  let left = 0;
  for (const charge of live) {
    left += charge.count;
    if (left >= count) return charge.at + keptMs(rule);
  }
  return at;
}

/** How long a charge counts from its stamp on: also one at the end of its step counts for the whole window. */
function keptMs(rule: RateRule): number {
  return rule.windowMs + stepOf(rule) - 1;
}

function stepOf({ stepMs = 1 }: RateRule): number {
  return stepMs;
}

function startOf({ windowMs }: RateRule, at: number): number {
  return at - (at % windowMs);
}
