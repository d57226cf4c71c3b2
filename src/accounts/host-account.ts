import type { Asking, Device, FoundLogin } from "#domain/host-account";
import { callObject, isUnreachable } from "#platform/call-object";
import { ChipInError } from "#platform/errors";
import { hmacOf } from "#platform/hmac";
import type { HostAccountObject } from "#platform/objects";
import type { Services } from "#platform/services";
import type { Settings } from "#platform/settings";
import { linkTokenDigest, mintLinkToken } from "./link-token.ts";

/** A host who waits longer than this is told to try again. */
const TIMEOUT_MS = 5_000;
const NAME_LENGTH = 32;

type Secrets = Pick<Settings, "SESSION_SECRET">;

/**
 * The name of the account object of an e-mail address: a keyed digest, because Cloudflare keeps the names of objects and shows them.
 * Another `SESSION_SECRET` gives other names, so it signs everybody out and loses the drafts.
 */
export function accountName({ SESSION_SECRET }: Secrets, email: string): string {
  return keyed(SESSION_SECRET, "account", email.trim().toLowerCase());
}

/** What a browser is known again by: a keyed digest of its kind, without versions, which change by themselves. */
export function deviceOf({ SESSION_SECRET }: Secrets, userAgent: string | null): Device {
  return keyed(SESSION_SECRET, "device", (userAgent ?? "").replace(/[\d._]+/g, ""));
}

/** The token of the forms that a login may send. */
export function formToken({ SESSION_SECRET }: Secrets, cookie: string): string {
  return keyed(SESSION_SECRET, "form", cookie);
}

function keyed(secret: string, purpose: string, text: string): string {
  return hmacOf(secret).update(`${purpose}\n${text}`).digest("hex").slice(0, NAME_LENGTH);
}

/** A new secret of 32 random bytes behind the name of its account: `5f0c….QmFz…`. It is in a link or a cookie, and nowhere else. */
export function newKey(account: string): string {
  return `${account}.${mintLinkToken()}`;
}

const KEY = /^([0-9a-f]{32})\.(.*)$/;

/** The account that a link or a cookie names, and the digest by which it is known there. Null for any other text. */
export function readKey(key: string | undefined): Readonly<{ account: string; digest: string }> | null {
  const [, account = "", secret = ""] = KEY.exec(key ?? "") ?? [];
  const digest = linkTokenDigest(secret);
  return digest === null ? null : { account, digest };
}

/** Calls an account object. @throws ChipInError `unavailable` when it cannot be reached. */
export async function callAccount<T>(
  { objects }: Pick<Services, "objects">,
  account: string,
  call: (account: HostAccountObject) => T | Promise<T>,
): Promise<T> {
  try {
    return await callObject(() => objects.hostAccount(account), call, { timeoutMs: TIMEOUT_MS });
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    throw new ChipInError("unavailable", "Your account cannot be reached right now; try again shortly", [], {
      cause: error,
    });
  }
}

/** The login of a cookie, in its account, with what is asked for beside it. */
export async function findLogin(
  services: Services,
  cookie: string | undefined,
  userAgent: string | null,
  asking: Asking = {},
): Promise<FoundLogin & { account: string }> {
  const key = readKey(cookie);
  if (!key) return { state: "none", account: "" };
  const { account, digest } = key;
  const login = { digest, device: deviceOf(services.settings, userAgent) };
  return { ...(await callAccount(services, account, (it) => it.findLogin(login, services.now(), asking))), account };
}
