import { z } from "zod";
import { derivedId } from "#domain/ids";
import { untilTimeout } from "#platform/in-time";
import { type Log, messageOf } from "#platform/log";
import type { Settings } from "#platform/settings";

const TURNSTILE_URL = "https://challenges.cloudflare.com/turnstile";
const TIMEOUT_MS = 5_000;
const MAX_TOKEN_LENGTH = 2_048;
/** Set on the widget of the form. A token made for another form is refused. */
export const TURNSTILE_ACTION = "contribute";

/** Error codes about Turnstile or our secret, not about the guest. `bad-request` is not one: the token is part of the request. */
const NOT_ABOUT_THE_GUEST = ["internal-error", "missing-input-secret", "invalid-input-secret"];

const VerifyResponse = z.object({
  success: z.boolean(),
  hostname: z.string().optional(),
  action: z.string().optional(),
  "error-codes": z.array(z.string()).default([]),
});

/** The base URL of the widget's script and of the check, without a trailing slash. */
export function turnstileUrl({ TURNSTILE_BASE_URL }: Pick<Settings, "TURNSTILE_BASE_URL">): string {
  return TURNSTILE_BASE_URL ?? TURNSTILE_URL;
}

export type TurnstileSettings = Pick<
  Settings,
  "ENVIRONMENT" | "PUBLIC_ORIGIN" | "TURNSTILE_SECRET_KEY" | "TURNSTILE_BASE_URL"
>;

export type SolvedChallenge = Readonly<{
  /** The form's `cf-turnstile-response`. */
  token: string | null;
  ipAddress: string | null;
  /** A token is valid once. The same form sent again makes the same request, which Turnstile answers the same. */
  submission: string;
}>;

/**
 * Whether the guest has solved the challenge. `unavailable` when Turnstile cannot be reached or refuses our secret: that is
 * no verdict about the guest, so the caller decides whether they go on. `note` logs the reason.
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
    const url = `${turnstileUrl(settings)}/v0/siteverify`;
    const init = { method: "POST", body: verifyRequest(secret, token, challenge), redirect: "manual" } as const;
    const { status, json } = await untilTimeout(TIMEOUT_MS, async (signal) => {
      const response = await fetch(url, { ...init, signal });
      return { status: response.status, json: await response.json().catch(() => null) };
    });
    // A refusal comes with 200 or 4xx. Only the body counts.
    const answer = VerifyResponse.safeParse(json);
    if (!answer.success) return unavailable(`siteverify answered ${status} with something else`);
    const codes = answer.data["error-codes"].filter((code) => NOT_ABOUT_THE_GUEST.includes(code));
    if (codes.length > 0) return unavailable(codes.join(", "));
    return answer.data.success && isForThisForm(settings, answer.data) ? "passed" : "failed";
  } catch (error) {
    return unavailable(messageOf(error));
  }
}

function verifyRequest(secret: string, token: string, { ipAddress, submission }: SolvedChallenge): URLSearchParams {
  const form = new URLSearchParams({ secret, response: token });
  if (ipAddress) form.set("remoteip", ipAddress);
  form.set("idempotency_key", derivedId(new Date(0), "turnstile", token, submission));
  return form;
}

/** Turnstile's test keys for development answer with a host and an action of their own. */
function isForThisForm(
  { ENVIRONMENT, PUBLIC_ORIGIN }: TurnstileSettings,
  answer: z.output<typeof VerifyResponse>,
): boolean {
  if (ENVIRONMENT === "development") return true;
  return answer.hostname === new URL(PUBLIC_ORIGIN).hostname && answer.action === TURNSTILE_ACTION;
}
