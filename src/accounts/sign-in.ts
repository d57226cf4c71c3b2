import { z } from "zod";
import { LINK_MS } from "#domain/host-account";
import { newId } from "#domain/ids";
import type { RateRule } from "#domain/rate-limit";
import { sendMagicLink } from "#mail/magic-link";
import type { MailDeps } from "#mail/send-now";
import { messageOf } from "#platform/log";
import { networkOf, widerNetworksOf } from "#platform/network";
import type { Services } from "#platform/services";
import { callLimiter } from "#rate-limits/call-limiter";
import { browserOf } from "./browser-of.ts";
import { accountName, callAccount, deviceOf, newKey, readKey } from "./host-account.ts";
import { findOrCreateHost } from "./hosts.ts";

const MINUTE_MS = 60_000;

/** (product-facts 17.3) */
const PER_ADDRESS: readonly RateRule[] = [
  { name: "links_a_minute", limit: 1, windowMs: MINUTE_MS, kind: "sliding" },
  { name: "links", limit: 5, windowMs: 15 * MINUTE_MS, kind: "sliding" },
];
const PER_NETWORK: readonly RateRule[] = [{ name: "links", limit: 10, windowMs: 60 * MINUTE_MS, kind: "sliding" }];
/** An IPv6 /48 has 65,536 networks. */
const PER_WIDE_NETWORK: readonly RateRule[] = [
  { name: "links", limit: 100, windowMs: 60 * MINUTE_MS, kind: "sliding" },
];

export type LinkAsked =
  | Readonly<{ outcome: "sent" }>
  | Readonly<{ outcome: "limited"; retryAfterMs: number }>
  /** A limiter or the account cannot be reached. */
  | Readonly<{ outcome: "unavailable" }>
  /** The provider did not take the mail. */
  | Readonly<{ outcome: "not_sent" }>;

type Asking = Readonly<{
  /** Trimmed and in lower case. */
  email: string;
  /** A path of ours. */
  next: string | null;
  userAgent: string | null;
}>;

/** What KV holds of a link. It saves a call of the account; the account alone decides. */
const KeptLink = z.object({ account: z.string(), email: z.string(), device: z.string() });

/**
 * Sends a link that signs in, to any address: what is answered does not tell whether there is a host. Without limiters no mail goes
 * out, because anyone could have it sent.
 */
export async function askForLink(
  services: Services,
  { email, next, userAgent }: Asking,
  deps?: MailDeps,
): Promise<LinkAsked> {
  const { settings, magicLinks, now, requestId } = services;
  const refused = await takeLimits(services, email);
  if (refused) return refused;

  const account = accountName(settings, email);
  const token = newKey(account);
  const { digest } = readKey(token) ?? unreadable();
  const device = deviceOf(settings, userAgent);
  try {
    await callAccount(services, account, (it) => it.issueLink({ digest, email, next, device }, now()));
  } catch (error) {
    services.alert({ event: "account_unreachable", request_id: requestId, error: messageOf(error) });
    return { outcome: "unavailable" };
  }
  try {
    const kept: z.input<typeof KeptLink> = { account, email, device };
    await magicLinks.put(digest, JSON.stringify(kept), { expirationTtl: LINK_MS / 1_000 });
  } catch (error) {
    services.log({ event: "magic_link_not_kept", request_id: requestId, error: messageOf(error) });
  }
  const url = `${settings.PUBLIC_ORIGIN}/auth/verify?token=${token}`;
  const isSent = await sendMagicLink(services, { to: email, url, idempotencyKey: `link-${digest}` }, deps);
  return { outcome: isSent ? "sent" : "not_sent" };
}

/** The network first: one that has used its share up must not use up that of an address. */
async function takeLimits(services: Services, email: string): Promise<LinkAsked | null> {
  const network = networkOf(services.origin.ipAddress) ?? "unknown";
  const wide = widerNetworksOf(network)?.of48;
  const subjects: (readonly [subject: string, rules: readonly RateRule[]])[] = [
    ...(wide === undefined ? [] : [[`sign_in_wide:${wide}`, PER_WIDE_NETWORK] as const]),
    [`sign_in_network:${network}`, PER_NETWORK],
    [`sign_in:${email}`, PER_ADDRESS],
  ];
  for (const [subject, rules] of subjects) {
    const taking = await callLimiter(services, subject, (limiter) => limiter.take(rules, services.now()));
    if (taking === null) return { outcome: "unavailable" };
    if (!taking.allowed) return { outcome: "limited", retryAfterMs: taking.retryAfterMs };
  }
  return null;
}

export type LinkFound =
  /** `isOtherDevice`: it was asked for by another kind of browser. */
  Readonly<{ state: "open"; email: string; isOtherDevice: boolean }> | Readonly<{ state: "used" | "unknown" }>;

/**
 * What a link leads to. Uses nothing up. KV answers where it has the link; elsewhere, and for a minute after it was sent also in
 * other places, its account does.
 * @throws what `callObject` throws.
 */
export async function findLink(services: Services, token: string, userAgent: string | null): Promise<LinkFound> {
  const key = readKey(token);
  if (!key) return { state: "unknown" };
  const device = deviceOf(services.settings, userAgent);
  const kept = await readKept(services, key.digest);
  if (kept?.account === key.account) {
    return { state: "open", email: kept.email, isOtherDevice: kept.device !== device };
  }
  const link = await callAccount(services, key.account, (it) => it.findLink(key.digest, services.now()));
  return link.state === "open" ? { ...link, isOtherDevice: link.device !== device } : link;
}

async function readKept({ magicLinks, log, requestId }: Services, digest: string) {
  try {
    const text = await magicLinks.get(digest);
    return text === null ? null : KeptLink.parse(JSON.parse(text));
  } catch (error) {
    log({ event: "magic_link_not_read", request_id: requestId, error: messageOf(error) });
    return null;
  }
}

export type SignInOutcome =
  /** `cookie`: to be kept by the browser. `isNew`: the host was created now. `next`: a path of ours, or null. */
  | Readonly<{
      outcome: "signed_in";
      cookie: string;
      hostId: string;
      email: string;
      isNew: boolean;
      next: string | null;
    }>
  | Readonly<{ outcome: "used" | "unknown" }>;

/**
 * Uses a link up and begins a login. Of concurrent calls one succeeds. The host is created if missing.
 * @throws what the account or the database throws.
 */
export async function signIn(services: Services, token: string, userAgent: string | null): Promise<SignInOutcome> {
  const key = readKey(token);
  if (!key) return { outcome: "unknown" };
  const { account, digest } = key;
  const { settings, database, magicLinks, now } = services;
  const link = await callAccount(services, account, (it) => it.findLink(digest, now()));
  if (link.state !== "open") return { outcome: link.state };

  const { id, email, name, isNew } = await findOrCreateHost(database, link.email);
  const cookie = newKey(account);
  const login = {
    digest: (readKey(cookie) ?? unreadable()).digest,
    loginId: newId(now()),
    device: deviceOf(settings, userAgent),
    browser: browserOf(userAgent),
  };
  const signed = await callAccount(services, account, (it) => it.signIn(digest, login, { id, email, name }, now()));
  if (signed.outcome !== "signed_in") return signed;
  services.waitUntil(
    magicLinks.delete(digest).catch((error: unknown) => {
      services.log({ event: "magic_link_not_deleted", request_id: services.requestId, error: messageOf(error) });
    }),
  );
  return { outcome: "signed_in", cookie, hostId: id, email, isNew, next: link.next };
}

function unreadable(): never {
  throw new Error("a key that was made here cannot be read");
}
