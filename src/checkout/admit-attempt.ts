import { canChallenge, judgeAttempt } from "#fraud/contribution-attempts";
import { verifyTurnstile } from "#fraud/turnstile";
import type { Services } from "#platform/services";
import type { Guest } from "./guest.ts";

export type Admission =
  | { admitted: true; challengePassed: boolean }
  | { admitted: false; challenge: { failed: boolean } }
  | { admitted: false; waitSeconds: number };

/** Too many attempts from one connection meet a challenge first, and only then have to wait. (product-facts 16) */
export async function admitAttempt(
  services: Services,
  { ipAddress, challengeToken }: Guest,
  attempt: { boardCode: string; submission: string },
): Promise<Admission> {
  const origin = { ipAddress, ...attempt };
  const judged = await judgeAttempt(services, { ...origin, solved: false });
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
  origin: { ipAddress: string | null; boardCode: string; submission: string },
  token: string | null,
): Promise<boolean> {
  if (token === null || !canChallenge(services)) return false;
  const { settings, log } = services;
  return (await verifyTurnstile(settings, { token, ...origin }, { fetch, note: log })) !== "failed";
}
