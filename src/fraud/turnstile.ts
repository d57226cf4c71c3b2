import { z } from "zod";
import { derivedId } from "#domain/ids";
import { type Log, messageOf } from "#platform/log";
import type { Settings } from "#platform/settings";

const TURNSTILE_URL = "https://challenges.cloudflare.com/turnstile";
const TIMEOUT_MS = 5_000;
const MAX_TOKEN_LENGTH = 2_048;
/** The widget on the form carries it; a token made for another form does not count. */
export const TURNSTILE_ACTION = "contribute";

/** Says nothing about the guest: Turnstile's own trouble, or our secret. */
const NOT_THE_GUESTS_FAULT = ["internal-error", "missing-input-secret", "invalid-input-secret", "bad-request"];

const Answer = z.object({
  success: z.boolean(),
  hostname: z.string().optional(),
  action: z.string().optional(),
  "error-codes": z.array(z.string()).default([]),
});

/** Where the widget's script and the check live, without a trailing slash. */
export function turnstileUrl({ TURNSTILE_BASE_URL }: Pick<Settings, "TURNSTILE_BASE_URL">): string {
  return TURNSTILE_BASE_URL ?? TURNSTILE_URL;
}

export type TurnstileSettings = Pick<
  Settings,
  "ENVIRONMENT" | "PUBLIC_ORIGIN" | "TURNSTILE_SECRET_KEY" | "TURNSTILE_BASE_URL"
>;

export type SolvedChallenge = Readonly<{
  /** the form's `cf-turnstile-response` */
  token: string | null;
  ipAddress: string | null;
  /** a token counts once; the same form sent again asks the same question and gets the same answer */
  submission: string;
}>;

/**
 * Whether Turnstile vouches for the guest. `unavailable` when it could not be asked, or does not take our secret: it
 * says nothing about the guest, and the caller decides whether they go on or try again later. `note` says why.
 */
export async function verifyTurnstile(
  settings: TurnstileSettings,
  challenge: SolvedChallenge,
  { fetch, note }: { fetch: typeof globalThis.fetch; note: Log },
): Promise<"passed" | "failed" | "unavailable"> {
  const { token } = challenge;
  if (!token || token.length > MAX_TOKEN_LENGTH) return "failed";
  const secret = settings.TURNSTILE_SECRET_KEY;
  const unavailable = (why: string) => {
    note({ event: "turnstile_unavailable", error: why });
    return "unavailable" as const;
  };
  if (!secret) return unavailable("no secret key is set");
  try {
    const response = await fetch(`${turnstileUrl(settings)}/v0/siteverify`, {
      method: "POST",
      body: question(secret, token, challenge),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // A refusal may come as 200 or 4xx; what counts is what it says.
    const answer = Answer.safeParse(await response.json().catch(() => null));
    if (!answer.success) return unavailable(`siteverify answered ${response.status} with something else`);
    const codes = answer.data["error-codes"].filter((code) => NOT_THE_GUESTS_FAULT.includes(code));
    if (codes.length > 0) return unavailable(codes.join(", "));
    return answer.data.success && isOurs(settings, answer.data) ? "passed" : "failed";
  } catch (error) {
    return unavailable(messageOf(error));
  }
}

function question(secret: string, token: string, { ipAddress, submission }: SolvedChallenge): URLSearchParams {
  const form = new URLSearchParams({ secret, response: token });
  if (ipAddress) form.set("remoteip", ipAddress);
  form.set("idempotency_key", derivedId(new Date(0), "turnstile", token, submission));
  return form;
}

/** Turnstile's dummy keys for development vouch for a host and an action of their own. */
function isOurs({ ENVIRONMENT, PUBLIC_ORIGIN }: TurnstileSettings, answer: z.output<typeof Answer>): boolean {
  if (ENVIRONMENT === "development") return true;
  return answer.hostname === new URL(PUBLIC_ORIGIN).hostname && answer.action === TURNSTILE_ACTION;
}
