import { canChallenge, countFailedChallenge, judgeAttempt } from "#fraud/contribution-attempts";
import { isCrowded } from "#fraud/crowded-boards";
import { verifyTurnstile } from "#fraud/turnstile";
import type { Services } from "#platform/services";
import type { Guest } from "./guest.ts";

export type Admission =
  | { admitted: true; challengePassed: boolean }
  | { admitted: false; challenge: { failed: boolean } }
  | { admitted: false; waitSeconds: number };

/** `isRetry`: another attempt at a contribution that is begun; `submission` is its reference then. */
type Attempt = Readonly<{ boardCode: string; submission: string; isRetry?: boolean }>;

/** Too many attempts from one connection meet a challenge first, and only then have to wait. (product-facts 16) */
export async function admitAttempt(
  services: Services,
  { ipAddress, challengeToken }: Guest,
  attempt: Attempt,
): Promise<Admission> {
  const origin = { ipAddress, ...attempt };
  // The board refuses it, unless it knows the form already. No limiter could say more, and each would be an object to wake.
  const isUpToTheBoard = challengeToken === null && !attempt.isRetry && isCrowded(services, attempt.boardCode);
  if (isUpToTheBoard && canChallenge(services)) return { admitted: true, challengePassed: false };
  const judged = await judgeAttempt(services, { ...origin, hasToken: challengeToken !== null });
  switch (judged.verdict) {
    case "wait":
      return { admitted: false, waitSeconds: judged.retryAfterSeconds };
    case "go":
      return { admitted: true, challengePassed: await hasPassed(services, origin, challengeToken) };
    case "challenge":
      return (await hasPassed(services, origin, challengeToken))
        ? { admitted: true, challengePassed: true }
        : { admitted: false, challenge: { failed: challengeToken !== null } };
    default:
      return judged satisfies never;
  }
}

/** An unreachable challenge service is not the guest's fault. Without one a token proves nothing. */
async function hasPassed(
  services: Services,
  { ipAddress, submission }: Attempt & { ipAddress: string | null },
  token: string | null,
): Promise<boolean> {
  if (token === null || !canChallenge(services)) return false;
  const { settings, log } = services;
  const verdict = await verifyTurnstile(settings, { token, ipAddress, submission }, { fetch, note: log });
  if (verdict === "failed") services.waitUntil(countFailedChallenge(services, ipAddress));
  return verdict !== "failed";
}
