import { z } from "zod";
import { messageOf } from "#platform/log";
import type { Settings } from "#platform/settings";
import type { RenderedMail } from "./content.ts";

const TIMEOUT_MS = 10_000;
const MAX_ERROR_CHARACTERS = 500;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type Posted =
  /** `id` is null when an earlier attempt, whose answer we lost, was the one that was accepted. */
  | { kind: "accepted"; id: string | null }
  /** The same mail may be taken later. */
  | { kind: "try_later"; error: string }
  | { kind: "refused"; error: string };

export type Postable = RenderedMail & Readonly<{ to: readonly string[]; idempotencyKey: string }>;

const Accepted = z.object({ id: z.string() });
const Problem = z.object({ name: z.string().default(""), message: z.string().default("") });

/** Hands one mail to Resend, or to whatever speaks its API at `RESEND_BASE_URL`. Never throws for expected trouble. */
export async function postMail(settings: Settings, mail: Postable, fetch: Fetch): Promise<Posted> {
  const { to, subject, html, text, idempotencyKey } = mail;
  try {
    const response = await fetch(`${settings.RESEND_BASE_URL.replace(/\/+$/, "")}/emails`, {
      method: "POST",
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: `Bearer ${settings.RESEND_API_KEY ?? ""}`,
        "content-type": "application/json",
        "idempotency-key": idempotencyKey,
      },
      body: JSON.stringify({
        from: `${settings.RESEND_FROM_NAME} <${settings.RESEND_FROM_EMAIL}>`,
        ...{ to, subject, html, text },
      }),
    });
    return judge(response.status, await response.text());
  } catch (error) {
    return { kind: "try_later", error: messageOf(error) };
  }
}

// Wrong key or unverified domain is the operator's to mend, and no reason to lose the mail meanwhile.
const MAY_PASS = [401, 403, 408, 425, 429];

function judge(status: number, body: string): Posted {
  if (status >= 200 && status < 300) return { kind: "accepted", id: Accepted.safeParse(parse(body)).data?.id ?? null };
  const { name = "", message = "" } = Problem.safeParse(parse(body)).data ?? {};
  // Kept in the row and in the log, where nobody's address may be.
  const error = `${status} ${name} ${message.replace(/\S+@\S+/g, "[address]")}`.trim().slice(0, MAX_ERROR_CHARACTERS);
  // The key was accepted before with other words in the mail (an amount has moved since): that mail is on its way.
  if (status === 409 && name === "invalid_idempotent_request") return { kind: "accepted", id: null };
  const later = status >= 500 || status === 409 || MAY_PASS.includes(status);
  return { kind: later ? "try_later" : "refused", error };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
