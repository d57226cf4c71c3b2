import { z } from "zod";
import { messageOf } from "#platform/log";
import type { Settings } from "#platform/settings";
import type { RenderedMail } from "./content.ts";

const TIMEOUT_MS = 10_000;
const MAX_ERROR_CHARACTERS = 500;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type PostResult =
  /** `id` is null when an earlier attempt was accepted and its answer was lost. */
  | { kind: "accepted"; id: string | null }
  /** A later attempt may be accepted. */
  | { kind: "try_later"; error: string }
  | { kind: "refused"; error: string };

export type OutgoingMail = RenderedMail &
  Readonly<{
    to: readonly string[];
    idempotencyKey: string;
    /** The text holds a gift-card code, and an error may repeat the text: only its code is kept. */
    isSecret?: boolean;
  }>;

const Accepted = z.object({ id: z.string() });
const Problem = z.object({ name: z.string().default(""), message: z.string().default("") });

/** Sends one mail by Resend's API at `RESEND_BASE_URL`. A failed request is a result, not an exception. */
export async function postMail(settings: Settings, mail: OutgoingMail, fetch: Fetch): Promise<PostResult> {
  const { to, subject, html, text, idempotencyKey, isSecret = false } = mail;
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
        to,
        subject,
        html,
        text,
      }),
    });
    return resultOf(response.status, await response.text(), isSecret);
  } catch (error) {
    return { kind: "try_later", error: isSecret ? "no answer" : messageOf(error) };
  }
}

const ERROR_NAME = /^[a-z_]{1,50}$/;
// An operator can correct a wrong key or an unverified domain, so the mail is retried meanwhile.
const RETRIED_STATUSES = [401, 403, 408, 425, 429];

function resultOf(status: number, body: string, isSecret: boolean): PostResult {
  if (status >= 200 && status < 300) return { kind: "accepted", id: Accepted.safeParse(parse(body)).data?.id ?? null };
  const { name = "", message = "" } = Problem.safeParse(parse(body)).data ?? {};
  // The row and the log hold this text, so no address and no secret may be in it.
  const words = isSecret ? (ERROR_NAME.test(name) ? name : "") : `${name} ${message.replace(/\S+@\S+/g, "[address]")}`;
  const error = `${status} ${words}`.trim().slice(0, MAX_ERROR_CHARACTERS);
  // The key was used with another text, for example another amount: that mail has been accepted. Whether its text had the
  // secret is for a person to find out.
  if (status === 409 && name === "invalid_idempotent_request") {
    return isSecret ? { kind: "refused", error } : { kind: "accepted", id: null };
  }
  const isRetried = status >= 500 || status === 409 || RETRIED_STATUSES.includes(status);
  return { kind: isRetried ? "try_later" : "refused", error };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
