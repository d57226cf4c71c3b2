import type { RateRule, Taking, Verdict } from "#domain/rate-limit";
import { networkOf, widerNetworksOf } from "#platform/network";
import type { Services } from "#platform/services";
import { callLimiter } from "#rate-limits/call-limiter";
import { auditHit } from "./audit-hit.ts";

const MINUTE_MS = 60_000;

const aMinute = (limit: number, name = "contribution_attempts"): RateRule => ({
  name,
  limit,
  windowMs: MINUTE_MS,
  kind: "sliding",
});

/**
 * Many phones share one carrier's address, so attempts are counted per address and board, and then wider. One limiter counts all of
 * an address: a stranger's first form would wake another for the board, and waking one is the dearest part of it. (product-facts 17.3)
 */
const onBoard = (boardCode: string) => aMinute(10, `contribution_attempts_${boardCode}`);
const OF_ADDRESS = aMinute(60);
/** Of IPv6, where a /48 has 65,536 networks. */
const OF_48 = aMinute(600);
const of56 = (network: string) => aMinute(300, `contribution_attempts_56_${network.split(":")[3]}`);
/** (product-facts 16) */
const contributionsOn = (boardCode: string): RateRule => ({
  name: `contributions_${boardCode}`,
  limit: 5,
  windowMs: 60 * MINUTE_MS,
  kind: "sliding",
});
const FAILED_CHALLENGES = aMinute(20, "failed_challenges");

export type AttemptVerdict =
  | { verdict: "go" }
  /** The guest must solve a challenge, and then sends the form again with its token. */
  | { verdict: "challenge" }
  | { verdict: "wait"; retryAfterSeconds: number };

type Origin = Readonly<{
  /** Null when unknown; nothing is counted then. */
  ipAddress: string | null;
  boardCode: string;
  /** The same when one form is sent again. */
  submission: string;
}>;

type Attempt = Origin &
  Readonly<{
    /** Another attempt at a contribution that is begun, which is no new one. */
    isRetry?: boolean;
    /** The form came with the token of a challenge. */
    hasToken?: boolean;
  }>;

/**
 * Whether this guest may go on now. An address is a crowd: beyond its limits on a board, over all boards or in an hour, and
 * while it is blocked for card testing, the guest solves a challenge. They wait only where no challenge is configured, or
 * too many were failed from there. A form that is counted already is no further contribution. When no limiter answers, the
 * guest goes on.
 */
export async function judgeAttempt(services: Services, attempt: Attempt): Promise<AttemptVerdict> {
  const { ipAddress, boardCode, submission, isRetry = false, hasToken = false } = attempt;
  const network = networkOf(ipAddress);
  if (!network) return { verdict: "go" };
  const now = services.now();
  const take = (subject: string, rules: readonly RateRule[]) =>
    callLimiter(services, subject, (limiter) => limiter.take(rules, now));
  const peek = (subject: string, rule: RateRule, key: string) =>
    callLimiter(services, subject, (limiter) => limiter.peek(rule, key, now));
  const wider = widerNetworksOf(network);
  const [ofAddress, ofWider, contributions, failures] = await Promise.all([
    take(addressSubject(network), [onBoard(boardCode), OF_ADDRESS]),
    wider && take(`ip:${wider.of48}`, [OF_48, of56(wider.of56)]),
    isRetry ? null : peek(addressSubject(network), contributionsOn(boardCode), submission),
    hasToken ? peek(challengeSubject(network), FAILED_CHALLENGES, "") : null,
  ]);
  const overMs = Math.max(waitOf(ofAddress), waitOf(ofWider), waitForContribution(contributions, now));
  const verdict = overMs === 0 ? await judgeCrowd(services) : challengeOrWait(services, { overMs, failures, now });
  if (verdict.verdict !== "go") {
    const { verdict: answer } = verdict;
    services.log({ event: "contribution_held_up", answer, board: boardCode, request_id: services.requestId });
    auditHit(services, answer === "challenge" ? "contribution.challenged" : "contribution.held_up", ipAddress);
  }
  return verdict;
}

/**
 * Counts a contribution that the board has recorded. A repeated call with the same submission counts nothing. Judging does
 * not count, so an attempt that the board refuses is no contribution; attempts that are judged at the same time can all go
 * on, at most as many as one minute allows.
 */
export async function countContribution(
  services: Services,
  { ipAddress, boardCode, submission }: Origin,
): Promise<void> {
  const network = networkOf(ipAddress);
  if (!network) return;
  const rule = contributionsOn(boardCode);
  await callLimiter(services, addressSubject(network), (limiter) => limiter.count(rule, submission, services.now()));
}

/** Counts a challenge that was not passed: each has us ask Turnstile. */
export async function countFailedChallenge(services: Services, ipAddress: string | null): Promise<void> {
  const network = networkOf(ipAddress);
  if (!network) return;
  const count = { rule: FAILED_CHALLENGES, key: services.requestId };
  await callLimiter(services, challengeSubject(network), (it) => it.count(count.rule, count.key, services.now()));
}

/** Very many attempts in one place, from wherever: nobody is refused for what others do, but people show that they are some. */
async function judgeCrowd(services: Services): Promise<AttemptVerdict> {
  if (!canChallenge(services)) return { verdict: "go" };
  const { success } = await services.floodLimits.allAttempts.limit({ key: "all" });
  return { verdict: success ? "go" : "challenge" };
}

/** For how long the limiter refuses; 0 when it does not, or does not answer. */
function waitOf(taking: Taking | null): number {
  return taking && !taking.allowed ? taking.retryAfterMs : 0;
}

function waitForContribution(contributions: (Verdict & { counted: boolean }) | null, now: Date): number {
  if (!contributions || contributions.counted || contributions.remaining > 0) return 0;
  return Math.max(1, contributions.resetAt - now.getTime());
}

function challengeOrWait(
  services: Services,
  { overMs, failures, now }: { overMs: number; failures: Verdict | null; now: Date },
): AttemptVerdict {
  if (!canChallenge(services)) return wait(overMs);
  return failures?.remaining === 0 ? wait(failures.resetAt - now.getTime()) : { verdict: "challenge" };
}

function wait(forMs: number): AttemptVerdict {
  return { verdict: "wait", retryAfterSeconds: Math.max(1, Math.ceil(forMs / 1_000)) };
}

/** Whether guests can be shown a challenge here. */
export function canChallenge({ settings }: Pick<Services, "settings">): boolean {
  return Boolean(settings.TURNSTILE_SITE_KEY && settings.TURNSTILE_SECRET_KEY);
}

function addressSubject(network: string): string {
  return `ip:${network}`;
}

function challengeSubject(network: string): string {
  return `challenge:${network}`;
}
