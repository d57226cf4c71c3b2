import {
  chargeCalls,
  judge,
  planTake,
  type RateRule,
  type Subject,
  stampOf,
  type Taking,
  timeOf,
} from "./rate-limit.ts";

/*
 * Leases: calls that are charged before they come, so that an isolate with many calls a second does not ask for each. A lease is
 * for one step of the windows it is charged in, so a leased call counts when it is used, exactly, and no window holds more than its
 * limit. What was not used is taken back once; until then the subject has that much less.
 */

/** For calls to come until `until`, ms since 1970. */
export type Lease = Readonly<{ granted: number; until: number }>;

/** `id`: of one isolate and one step. Several requests add up. */
export type LeaseRequest = Readonly<{ id: string; wanted: number }>;

/** A lease that its isolate uses no more; `used` of all it was granted under the id. */
export type EndedLease = Readonly<{ id: string; used: number }>;

/** `at`: when it was charged, ms since 1970. */
export type OpenLease = Readonly<{ granted: number; at: number }>;

/** What an isolate holds at most. */
export const MAX_LEASED = 128;
/** A lease is at most this part of what is left: a limit below it is never leased from. */
const LEAST_PARTS = 128;
/** The longest a lease lasts, whatever the steps of the rules. */
const MAX_LEASE_MS = 1_000;
/** A lease that was not ended by then stays used: its isolate is gone. */
const FORGOTTEN_AFTER_MS = 60_000;

/** `planTake`, and a lease for the calls to come. While half of a window or less would be left there is none, so each call is judged by itself. */
export function planTakeWithLease(
  subject: Subject,
  rules: readonly RateRule[],
  request: LeaseRequest,
  now: Date,
): { outcome: Taking; subject: Subject } {
  const taken = planTake(subject, rules, now);
  if (!taken.outcome.allowed) return taken;
  const granted = Math.min(request.wanted, ...rules.map((rule) => leasable(taken.subject, rule, now)));
  if (granted <= 0) return taken;
  const at = now.getTime();
  const charged = rules.reduce((held, rule) => chargeCalls(held, rule, granted, now), taken.subject);
  const open = [...(subject.leases ?? [])].filter(([, lease]) => lease.at + FORGOTTEN_AFTER_MS > at);
  const leases = new Map(open);
  leases.set(request.id, { granted: (leases.get(request.id)?.granted ?? 0) + granted, at });
  const until = Math.min(at + MAX_LEASE_MS, ...rules.map((rule) => stampOf(rule, at) + stepLength(rule)));
  return {
    outcome: {
      ...taken.outcome,
      verdicts: rules.map((rule) => judge(charged, rule, now)),
      lease: { granted, until },
    },
    subject: { ...charged, leases },
  };
}

/** Takes back what was not used of a lease, once: an id that is not open changes nothing. */
export function planEndLease(subject: Subject, rules: readonly RateRule[], { id, used }: EndedLease): Subject {
  const lease = subject.leases?.get(id);
  if (!lease) return subject;
  const leases = new Map(subject.leases);
  leases.delete(id);
  const unused = Math.max(0, lease.granted - used);
  const counters = new Map(subject.counters);
  for (const rule of rules) {
    const stamp = stampOf(rule, lease.at);
    const counter = counters.get(rule.name) ?? [];
    const left = counter.map((charge) =>
      charge.at === stamp && charge.key === null ? { ...charge, count: charge.count - unused } : charge,
    );
    counters.set(rule.name, left);
  }
  return { ...subject, counters, leases };
}

/** None for a caller whose clock is behind: its lease would last longer than the step it is charged in. */
function leasable(subject: Subject, rule: RateRule, now: Date): number {
  if (timeOf(subject, rule, now) > now.getTime()) return 0;
  const { remaining, limit } = judge(subject, rule, now);
  const most = Math.min(MAX_LEASED, Math.floor(remaining / LEAST_PARTS));
  return remaining - most > limit / 2 ? most : 0;
}

function stepLength({ kind, windowMs, stepMs = 1 }: RateRule): number {
  return kind === "fixed" ? windowMs : stepMs;
}
