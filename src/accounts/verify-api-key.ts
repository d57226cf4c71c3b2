import { and, eq, gt, isNull, lt, or, sql } from "drizzle-orm";
import { isUnavailable } from "#database/errors";
import { apiKeyTerms, partnerSandboxes, verifiedApiKeys } from "#database/own-tables";
import { apiKeys } from "#database/schema";
import { type AddressList, addressList } from "#platform/address-list";
import { BoundedMap } from "#platform/bounded-map";
import { ChipInError } from "#platform/errors";
import { messageOf } from "#platform/log";
import { isFlooding } from "#platform/network";
import { sameSecret } from "#platform/same-secret";
import type { Services } from "#platform/services";
import { isToken, keyHashDigest, tokenDigest, tokenPrefix } from "./api-key-token.ts";
import { compareToken } from "./compare-token.ts";
import { chargeKeyless, giveBackKeyless } from "./keyless-quota.ts";

/** How long an isolate trusts a verified key, and again while one request checks it anew: revocation takes 10 s. (design 6) */
const FRESH_MS = 5_000;
/** While Postgres is away, a key verified this recently is trusted, so a partner can still read a board. */
const TRUSTED_WITHOUT_POSTGRES_MS = 5 * 60_000;
/** During an outage Postgres is queried only this often, so not every request waits for a timeout. */
const QUERY_AGAIN_MS = 5_000;
const REFUSAL_KEPT_MS = 10_000;
const MAX_WAIT_MS = 5_000;
const WAIT_POLL_MS = 20;
const TOUCH_EVERY_MS = 60_000;
const MAX_REMEMBERED = 5_000;
/** Of no key, at the cost of real ones: a token whose prefix no key has is refused as late as one whose prefix is known. */
export const DECOY_HASH = "$2b$10$3ShGoKksoYdAtct/Jle.GuOfERbXQjjvpa7PQPnExYPswgUSHBiq2";

export type ApiKey = Readonly<{
  id: string;
  partnerId: string;
  scopes: readonly string[];
  /** Requests per hour. */
  rateLimit: number;
  /** Requests in a minute; null where they follow from the hour's. */
  burstLimit: number | null;
  /** Whether its partner is a sandbox. */
  sandbox: boolean;
  /** The first key of its line: what must not change when a key is rotated goes by it. */
  lineId: string;
  /** Null for anywhere. */
  usableFrom: AddressList | null;
  /** In ms since 1970, as `verifiedAt`. Null for never. */
  expiresAt: number | null;
  verifiedAt: number;
}>;

type CachedKey = { key: ApiKey; freshUntil: number };
type Candidate = Awaited<ReturnType<typeof candidatesFor>>[number];

// Keyed by digest, never by token. One of each per isolate.
const verified = new BoundedMap<string, CachedKey>(MAX_REMEMBERED);
const refusedUntil = new BoundedMap<string, number>(MAX_REMEMBERED);
const checking = new Set<string>();
const touchedAt = new BoundedMap<string, number>(MAX_REMEMBERED);

/**
 * The key behind a bearer token.
 * @param network where the request came from (`limitKeyOf`). What an isolate does not know is charged to it before any query.
 * @throws ChipInError `unauthorized`, `forbidden` (the key is not for the sender's address), `rate_limited` (too many requests without
 * a usable key), `unavailable` (Postgres is away).
 */
export async function verifyApiKey(services: Services, token: string, network: string | null): Promise<ApiKey> {
  const digest = isToken(token) ? tokenDigest(services.settings.API_KEY_PEPPER, token) : null;
  let cached = digest && cachedKey(services, digest);
  // Of several concurrent requests with one key, the first checks it and the others wait for the result.
  if (digest && !cached && checking.has(digest)) cached = await resultOfCheck(services, digest);
  if (!cached && (digest === null || wasRefused(services, digest))) {
    await chargeKeyless(services, network);
    throw unauthorized();
  }
  const key = cached || (await checkAlone(services, { token, digest: digest ?? "", network }));
  const { ipAddress } = services.origin;
  if (key.usableFrom && !key.usableFrom.includes(ipAddress)) {
    await chargeKeyless(services, network);
    const from = ipAddress ?? "an unknown address";
    throw new ChipInError("forbidden", `This API key may not be used from ${from}; ask us to add it.`);
  }
  return noteUse(services, key);
}

/** Has this isolate check a key anew that was changed after it was verified. */
export function forgetVerification({ settings }: Services, token: string, key: ApiKey): void {
  const digest = tokenDigest(settings.API_KEY_PEPPER, token);
  if (verified.get(digest)?.key === key) verified.delete(digest);
}

async function checkAlone(services: Services, presented: Presented): Promise<ApiKey> {
  checking.add(presented.digest);
  try {
    return await check(services, presented);
  } finally {
    checking.delete(presented.digest);
  }
}

/** The key when this isolate has verified it recently, else null. */
function cachedKey({ now }: Services, digest: string): ApiKey | null {
  const remembered = verified.get(digest);
  const at = now().getTime();
  return remembered && at < remembered.freshUntil && !hasExpired(remembered.key, at) ? remembered.key : null;
}

function hasExpired({ expiresAt }: ApiKey, at: number): boolean {
  return expiresAt !== null && expiresAt <= at;
}

/** Whether this isolate has refused the token recently. */
function wasRefused({ now }: Services, digest: string): boolean {
  return now().getTime() < (refusedUntil.get(digest) ?? 0);
}

/** The key that a running check finds, else null. Polls, because the runtime forbids awaiting a promise of another request. */
async function resultOfCheck(services: Services, digest: string): Promise<ApiKey | null> {
  for (let waitedMs = 0; checking.has(digest) && waitedMs < MAX_WAIT_MS; waitedMs += WAIT_POLL_MS) {
    await new Promise((resolve) => setTimeout(resolve, WAIT_POLL_MS));
  }
  return cachedKey(services, digest);
}

async function check(services: Services, presented: Presented): Promise<ApiKey> {
  const { digest, network } = presented;
  const now = services.now().getTime();
  const remembered = verified.get(digest);
  // Other requests use the previous result meanwhile, so a Postgres that hangs does not hold all of them up.
  if (remembered) verified.set(digest, { ...remembered, freshUntil: now + QUERY_AGAIN_MS });
  else await admitLookUp(services, network);
  try {
    const key = await findVerified(services, presented);
    if (key) {
      verified.set(digest, { key, freshUntil: now + FRESH_MS });
      if (!remembered) giveBackKeyless(services, network);
      return key;
    }
  } catch (cause) {
    if (!isUnavailable(cause)) throw cause;
    const isTrusted = remembered && now - remembered.key.verifiedAt <= TRUSTED_WITHOUT_POSTGRES_MS;
    if (!isTrusted || hasExpired(remembered.key, now)) {
      throw new ChipInError("unavailable", "API keys cannot be checked right now; try again shortly.", [], { cause });
    }
    verified.set(digest, { ...remembered, freshUntil: services.now().getTime() + QUERY_AGAIN_MS });
    return remembered.key;
  }
  verified.delete(digest);
  refusedUntil.set(digest, now + REFUSAL_KEPT_MS);
  throw unauthorized();
}

/** Of a key that this isolate does not know. @throws ChipInError `rate_limited`. */
async function admitLookUp(services: Services, network: string | null): Promise<void> {
  if (await isFlooding(services, "keyLookUps", network)) throw tooManyUnknownKeys();
  await chargeKeyless(services, network);
}

type Presented = { token: string; digest: string; network: string | null };

/**
 * Null when no active key has this token. One read; bcrypt only for a token that no isolate has verified before, and then
 * always once, so that the time says nothing of which prefixes exist.
 */
async function findVerified(services: Services, { token, digest, network }: Presented): Promise<ApiKey | null> {
  const verifiedAt = services.now().getTime();
  const candidates = await candidatesFor(services, token, digest);
  for (const candidate of candidates) {
    const { keyHash, verifiedHashDigest } = candidate;
    // A key whose hash has changed must pass bcrypt again.
    if (verifiedHashDigest && sameSecret(verifiedHashDigest, keyHashDigest(keyHash)))
      return keyOf(candidate, verifiedAt);
  }
  if (await isFlooding(services, "unknownKeys", network)) throw tooManyUnknownKeys();
  if (candidates.length === 0) await compareToken(token, DECOY_HASH);
  for (const candidate of candidates) {
    const { id, keyHash } = candidate;
    if (!(await compareToken(token, keyHash))) continue;
    services.waitUntil(shareVerification(services, id, digest, keyHashDigest(keyHash)));
    return keyOf(candidate, verifiedAt);
  }
  return null;
}

function keyOf(candidate: Candidate, verifiedAt: number): ApiKey {
  const { keyHash: _, verifiedHashDigest: __, lineId, allowedAddresses, expiresAt, ...key } = candidate;
  return {
    ...key,
    lineId: lineId ?? key.id,
    usableFrom: allowedAddresses && allowedAddresses.length > 0 ? addressList(allowedAddresses) : null,
    expiresAt: expiresAt?.getTime() ?? null,
    verifiedAt,
  };
}

function candidatesFor({ database, now }: Services, token: string, digest: string) {
  return database
    .select({
      id: apiKeys.id,
      partnerId: apiKeys.partnerId,
      scopes: apiKeys.scopes,
      rateLimit: apiKeys.rateLimit,
      burstLimit: apiKeyTerms.burstLimit,
      lineId: apiKeyTerms.lineId,
      allowedAddresses: apiKeyTerms.allowedAddresses,
      expiresAt: apiKeyTerms.expiresAt,
      sandbox: sql<boolean>`${partnerSandboxes.partnerId} IS NOT NULL`,
      keyHash: apiKeys.keyHash,
      verifiedHashDigest: verifiedApiKeys.keyHashDigest,
    })
    .from(apiKeys)
    .leftJoin(verifiedApiKeys, and(eq(verifiedApiKeys.apiKeyId, apiKeys.id), eq(verifiedApiKeys.digest, digest)))
    .leftJoin(apiKeyTerms, eq(apiKeyTerms.apiKeyId, apiKeys.id))
    .leftJoin(partnerSandboxes, eq(partnerSandboxes.sandboxPartnerId, apiKeys.partnerId))
    .where(
      and(
        eq(apiKeys.keyPrefix, tokenPrefix(token)),
        eq(apiKeys.isActive, true),
        or(isNull(apiKeyTerms.expiresAt), gt(apiKeyTerms.expiresAt, now())),
      ),
    );
}

/** Saves every other isolate the bcrypt. A failure costs one more bcrypt and is only logged. */
async function shareVerification(
  { database, log, now }: Services,
  apiKeyId: string,
  digest: string,
  hashDigest: string,
) {
  try {
    await database
      .insert(verifiedApiKeys)
      .values({ apiKeyId, digest, keyHashDigest: hashDigest, verifiedAt: now() })
      .onConflictDoUpdate({
        target: [verifiedApiKeys.apiKeyId, verifiedApiKeys.digest],
        set: { keyHashDigest: sql`excluded.key_hash_digest`, verifiedAt: sql`excluded.verified_at` },
      });
  } catch (error) {
    log({ event: "verified_key_not_stored", api_key_id: apiKeyId, error: messageOf(error) });
  }
}

function noteUse(services: Services, key: ApiKey): ApiKey {
  const now = services.now();
  if (now.getTime() - (touchedAt.get(key.id) ?? 0) < TOUCH_EVERY_MS) return key;
  touchedAt.set(key.id, now.getTime());
  services.waitUntil(touch(services, key.id, now));
  return key;
}

async function touch({ database, log }: Services, apiKeyId: string, now: Date): Promise<void> {
  try {
    await database
      .update(apiKeys)
      .set({ lastUsedAt: now })
      .where(and(eq(apiKeys.id, apiKeyId), or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, now))));
  } catch (error) {
    log({ event: "key_use_not_stored", api_key_id: apiKeyId, error: messageOf(error) });
  }
}

function tooManyUnknownKeys(): ChipInError {
  return new ChipInError("rate_limited", "Too many unknown API keys from this network; wait a minute.");
}

// One message for every reason, so that it does not reveal which keys exist.
function unauthorized(): ChipInError {
  return new ChipInError("unauthorized", "Send a valid API key as: Authorization: Bearer cpk_live_…");
}
