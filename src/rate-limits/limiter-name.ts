import { BoundedMap } from "#platform/bounded-map";
import { hmacOf } from "#platform/hmac";
import type { Settings } from "#platform/settings";

const DIGEST_LENGTH = 32;
const MAX_REMEMBERED = 1_000;

/** Names of partners' limiters, which each request of the API needs. Addresses and references are not kept in memory. */
const remembered = new BoundedMap<string, string>(MAX_REMEMBERED);

/**
 * The name of a subject's limiter: its kind and a keyed digest (`ip:203.0.113.7` is `ip:5f0c…`). Cloudflare keeps the names of
 * objects and shows them in its dashboard, and a subject may be an address or a payment reference. Another pepper gives other
 * names, so every count begins anew with it.
 */
export function limiterName({ API_KEY_PEPPER }: Pick<Settings, "API_KEY_PEPPER">, subject: string): string {
  const kind = kindOf(subject);
  const key = `${API_KEY_PEPPER}\n${subject}`;
  const known = kind === "partner" ? remembered.get(key) : undefined;
  if (known !== undefined) return known;
  const digest = hmacOf(API_KEY_PEPPER).update(`limiter\n${subject}`).digest("hex");
  const name = `${kind}:${digest.slice(0, DIGEST_LENGTH)}`;
  if (kind === "partner") remembered.set(key, name);
  return name;
}

/** `ip` of `ip:203.0.113.7`: the part that a log may hold. */
export function kindOf(subject: string): string {
  return subject.slice(0, subject.indexOf(":"));
}
