import type { RateRule, Taking, Verdict } from "#domain/rate-limit";
import type { Services } from "#platform/services";
import { askLimiter } from "#rate-limits/ask-limiter";
import { networkOf } from "./network.ts";

const MINUTE_MS = 60_000;

/** (product-facts 17.3) */
const ATTEMPTS: RateRule = { name: "contribution_attempts", limit: 10, windowMs: MINUTE_MS, kind: "sliding" };
/** Many phones share one carrier's address, so contributions are counted per address and board. (product-facts 16) */
const VELOCITY: RateRule = { name: "contributions", limit: 5, windowMs: 60 * MINUTE_MS, kind: "sliding" };

export type AttemptVerdict =
  | { verdict: "go" }
  /** the guest must solve a challenge first, and may then send the form with `solved` */
  | { verdict: "challenge" }
  | { verdict: "wait"; retryAfterSeconds: number };

type Origin = Readonly<{
  /** null: not known, and then nothing is counted */
  ipAddress: string | null;
  boardCode: string;
  /** the same for the same form sent again */
  submission: string;
}>;

/**
 * May this guest contribute now? Ten attempts a minute an address; an address blocked for card testing waits; more than
 * five contributions an hour from one address to one board meet a challenge, or wait where none is configured. A form
 * that was counted already goes on: sending it again is the same contribution. Goes when nobody can be asked.
 */
export async function judgeAttempt(
  services: Services,
  { ipAddress, boardCode, submission, solved }: Origin & { solved: boolean },
): Promise<AttemptVerdict> {
  const network = networkOf(ipAddress);
  if (!network) return { verdict: "go" };
  const now = services.now();
  const [taking, velocity] = await Promise.all([
    askLimiter(services, `ip:${network}`, (limiter) => limiter.take([ATTEMPTS], now)),
    solved
      ? null
      : askLimiter(services, velocitySubject(network, boardCode), (limiter) => limiter.peek(VELOCITY, submission, now)),
  ]);
  const verdict = verdictOn(taking, velocity, { now, canChallenge: canChallenge(services) });
  if (verdict.verdict !== "go") {
    const { verdict: answer } = verdict;
    services.log({ event: "contribution_held_up", answer, board: boardCode, request_id: services.requestId });
  }
  return verdict;
}

/**
 * Counts a contribution the board has recorded. Calling it again for the same submission counts nothing, so it may
 * follow every receipt. It is not part of judging, so that what was never recorded is no contribution; two that are
 * judged at once can both go, as many as the attempts of one minute at most.
 */
export async function countContribution(
  services: Services,
  { ipAddress, boardCode, submission }: Origin,
): Promise<void> {
  const network = networkOf(ipAddress);
  if (!network) return;
  const subject = velocitySubject(network, boardCode);
  await askLimiter(services, subject, (limiter) => limiter.count(VELOCITY, submission, services.now()));
}

function verdictOn(
  taking: Taking | null,
  velocity: (Verdict & { counted: boolean }) | null,
  { now, canChallenge }: { now: Date; canChallenge: boolean },
): AttemptVerdict {
  if (taking && !taking.allowed) return wait(taking.retryAfterMs);
  if (!velocity || velocity.counted || velocity.remaining > 0) return { verdict: "go" };
  return canChallenge ? { verdict: "challenge" } : wait(velocity.resetAt - now.getTime());
}

function wait(forMs: number): AttemptVerdict {
  return { verdict: "wait", retryAfterSeconds: Math.max(1, Math.ceil(forMs / 1_000)) };
}

/** Whether guests can be shown a challenge here. */
export function canChallenge({ settings }: Services): boolean {
  return Boolean(settings.TURNSTILE_SITE_KEY && settings.TURNSTILE_SECRET_KEY);
}

function velocitySubject(network: string, boardCode: string): string {
  return `ip-board:${network}:${boardCode}`;
}
