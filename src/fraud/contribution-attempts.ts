import type { RateRule, Taking, Verdict } from "#domain/rate-limit";
import { networkOf } from "#platform/network";
import type { Services } from "#platform/services";
import { callLimiter } from "#rate-limits/call-limiter";
import { auditHit } from "./audit-hit.ts";

const MINUTE_MS = 60_000;

/** (product-facts 17.3) */
const ATTEMPTS: RateRule = { name: "contribution_attempts", limit: 10, windowMs: MINUTE_MS, kind: "sliding" };
/** Many phones share one carrier's address, so contributions are counted per address and board. (product-facts 16) */
const CONTRIBUTIONS: RateRule = { name: "contributions", limit: 5, windowMs: 60 * MINUTE_MS, kind: "sliding" };

export type AttemptVerdict =
  | { verdict: "go" }
  /** The guest must solve a challenge, and then sends the form again with `solved`. */
  | { verdict: "challenge" }
  | { verdict: "wait"; retryAfterSeconds: number };

type Origin = Readonly<{
  /** Null when unknown; nothing is counted then. */
  ipAddress: string | null;
  boardCode: string;
  /** The same when one form is sent again. */
  submission: string;
}>;

/**
 * Whether this guest may contribute now. An address may make ten attempts a minute, and waits while it is blocked for card
 * testing. Beyond five contributions an hour from one address to one board, the guest solves a challenge, or waits where
 * no challenge is configured. A form that is counted already may be sent again. When no limiter answers, the guest goes on.
 */
export async function judgeAttempt(
  services: Services,
  { ipAddress, boardCode, submission, solved }: Origin & { solved: boolean },
): Promise<AttemptVerdict> {
  const network = networkOf(ipAddress);
  if (!network) return { verdict: "go" };
  const now = services.now();
  const [attempts, contributions] = await Promise.all([
    callLimiter(services, `ip:${network}`, (limiter) => limiter.take([ATTEMPTS], now)),
    solved
      ? null
      : callLimiter(services, boardSubject(network, boardCode), (limiter) =>
          limiter.peek(CONTRIBUTIONS, submission, now),
        ),
  ]);
  const verdict = verdictOn(attempts, contributions, { now, canChallenge: canChallenge(services) });
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
  const subject = boardSubject(network, boardCode);
  await callLimiter(services, subject, (limiter) => limiter.count(CONTRIBUTIONS, submission, services.now()));
}

function verdictOn(
  attempts: Taking | null,
  contributions: (Verdict & { counted: boolean }) | null,
  { now, canChallenge }: { now: Date; canChallenge: boolean },
): AttemptVerdict {
  if (attempts && !attempts.allowed) return wait(attempts.retryAfterMs);
  if (!contributions || contributions.counted || contributions.remaining > 0) return { verdict: "go" };
  return canChallenge ? { verdict: "challenge" } : wait(contributions.resetAt - now.getTime());
}

function wait(forMs: number): AttemptVerdict {
  return { verdict: "wait", retryAfterSeconds: Math.max(1, Math.ceil(forMs / 1_000)) };
}

/** Whether guests can be shown a challenge here. */
export function canChallenge({ settings }: Services): boolean {
  return Boolean(settings.TURNSTILE_SITE_KEY && settings.TURNSTILE_SECRET_KEY);
}

function boardSubject(network: string, boardCode: string): string {
  return `ip-board:${network}:${boardCode}`;
}
