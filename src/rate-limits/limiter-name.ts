import { hmacOf } from "#platform/hmac";
import type { Settings } from "#platform/settings";

const DIGEST_LENGTH = 32;

/**
 * The name of a subject's limiter: its kind and a keyed digest (`ip:203.0.113.7` is `ip:5f0c…`). Cloudflare keeps the names of
 * objects and shows them in its dashboard, and a subject may be an address or a payment reference. Another pepper gives other
 * names, so every count begins anew with it.
 */
export function limiterName({ API_KEY_PEPPER }: Pick<Settings, "API_KEY_PEPPER">, subject: string): string {
  const digest = hmacOf(API_KEY_PEPPER).update(`limiter\n${subject}`).digest("hex");
  return `${kindOf(subject)}:${digest.slice(0, DIGEST_LENGTH)}`;
}

/** `ip` of `ip:203.0.113.7`: the part that a log may hold. */
export function kindOf(subject: string): string {
  return subject.slice(0, subject.indexOf(":"));
}
