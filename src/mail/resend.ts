import { z } from "zod";
import { untilTimeout } from "#platform/in-time";
import { messageOf } from "#platform/log";
import type { Settings } from "#platform/settings";
import type { RenderedMail } from "./content.ts";

const TIMEOUT_MS = 10_000;
const MAX_ERROR_CHARACTERS = 500;
const BATCH_PATH = "/emails/batch";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type PostResult =
  /** `id` is null when an earlier attempt was accepted and its answer was lost. */
  | { kind: "accepted"; id: string | null }
  /** A later attempt may be accepted. Whether this one was is not known. */
  | { kind: "try_later"; error: string }
  /** Too many calls (429), or the quota of the day or month is used up. Nothing was accepted. */
  | { kind: "limited"; error: string; retryAfter: string | null; isQuota: boolean }
  | { kind: "refused"; error: string };

export type OutgoingMail = RenderedMail & Readonly<{ to: readonly string[] }>;

const Accepted = z.object({ id: z.string() });
const AcceptedCall = z.object({
  data: z.array(Accepted),
  /** Mails of the call that were refused, by their place in it. */
  errors: z.array(z.object({ index: z.number(), message: z.string().default("") })).default([]),
});
const Problem = z.object({ name: z.string().default(""), message: z.string().default("") });

/**
 * Sends one mail by Resend's API at `RESEND_BASE_URL`. A failed request is a result, not an exception.
 * @param isSecret the text holds a gift-card code, and an error may repeat the text: only its code is kept.
 */
export async function postMail(
  settings: Settings,
  { isSecret = false, idempotencyKey, ...mail }: OutgoingMail & { idempotencyKey: string; isSecret?: boolean },
  fetch: Fetch,
): Promise<PostResult> {
  const answer = await post(
    settings,
    { path: "/emails", body: bodyOf(settings, mail), idempotencyKey, isSecret },
    fetch,
  );
  if ("kind" in answer) return answer;
  return { kind: "accepted", id: Accepted.safeParse(answer.json).data?.id ?? null };
}

/**
 * Sends up to 100 mails by one call, which has one key: the same mails under the same key are accepted once. The results are those of
 * the mails, in their order. In permissive mode Resend refuses single mails and takes the others. Attachments and a time to send at
 * are not possible here; we have neither.
 */
export async function postMails(
  settings: Settings,
  mails: readonly OutgoingMail[],
  { idempotencyKey, fetch }: { idempotencyKey: string; fetch: Fetch },
): Promise<PostResult[]> {
  const body = mails.map((mail) => bodyOf(settings, mail));
  const call = { path: BATCH_PATH, body, idempotencyKey, isSecret: false };
  const answer = await post(settings, call, fetch);
  if ("kind" in answer) return mails.map(() => answer);
  const { data = [], errors = [] } = AcceptedCall.safeParse(answer.json).data ?? {};
  const refusals = new Map(errors.map(({ index, message }) => [index, message]));
  const ids = data.map(({ id }) => id).values();
  return mails.map((_, index): PostResult => {
    const message = refusals.get(index);
    return message === undefined
      ? { kind: "accepted", id: ids.next().value ?? null }
      : { kind: "refused", error: `refused in a call: ${withoutAddresses(message)}`.slice(0, MAX_ERROR_CHARACTERS) };
  });
}

type Call = Readonly<{ path: string; body: unknown; idempotencyKey: string; isSecret: boolean }>;

async function post(
  settings: Settings,
  { path, body, idempotencyKey, isSecret }: Call,
  fetch: Fetch,
): Promise<{ json: unknown } | PostResult> {
  try {
    const init = {
      method: "POST",
      redirect: "manual",
      headers: {
        authorization: `Bearer ${settings.RESEND_API_KEY ?? ""}`,
        "content-type": "application/json",
        "idempotency-key": idempotencyKey,
        ...(path === BATCH_PATH ? { "x-batch-validation": "permissive" } : {}),
      },
      body: JSON.stringify(body),
    } as const;
    return await untilTimeout(TIMEOUT_MS, async (signal) => {
      const response = await fetch(`${settings.RESEND_BASE_URL.replace(/\/+$/, "")}${path}`, { ...init, signal });
      const text = await response.text();
      return response.ok ? { json: parse(text) } : refusalOf(response, text, isSecret);
    });
  } catch (error) {
    return { kind: "try_later", error: isSecret ? "no answer" : messageOf(error) };
  }
}

function bodyOf(settings: Settings, { to, subject, html, text }: OutgoingMail) {
  return { from: `${settings.RESEND_FROM_NAME} <${settings.RESEND_FROM_EMAIL}>`, to, subject, html, text };
}

const ERROR_NAME = /^[a-z_]{1,50}$/;
const QUOTA_NAME = /quota_exceeded$/;
// An operator can correct a wrong key or an unverified domain, so the mail is retried meanwhile.
const RETRIED_STATUSES = [401, 403, 408, 425];

function refusalOf({ status, headers }: Response, body: string, isSecret: boolean): PostResult {
  const { name = "", message = "" } = Problem.safeParse(parse(body)).data ?? {};
  const words = isSecret ? (ERROR_NAME.test(name) ? name : "") : `${name} ${withoutAddresses(message)}`;
  const error = `${status} ${words}`.trim().slice(0, MAX_ERROR_CHARACTERS);
  if (status === 429) {
    return { kind: "limited", error, retryAfter: headers.get("retry-after"), isQuota: QUOTA_NAME.test(name) };
  }
  // The key was used with another text, for example another amount: that mail has been accepted. Whether its text had the
  // secret is for a person to find out.
  if (status === 409 && name === "invalid_idempotent_request") {
    return isSecret ? { kind: "refused", error } : { kind: "accepted", id: null };
  }
  const isRetried = status >= 500 || status === 409 || RETRIED_STATUSES.includes(status);
  return { kind: isRetried ? "try_later" : "refused", error };
}

/** The row and the log hold this text, so no address and no secret may be in it. */
const withoutAddresses = (message: string) => message.replace(/\S+@\S+/g, "[address]");

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
