import { writeAudit } from "#audit/write-audit";
import { derivedId } from "#domain/ids";
import type { RateRule, Taking, Verdict } from "#domain/rate-limit";
import { BoundedMap } from "#platform/bounded-map";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { callLimiter } from "#rate-limits/call-limiter";
import { LeaseHolder } from "#rate-limits/lease-holder";
import { burstOf, type Rates } from "./tiers.ts";
import type { ApiKey } from "./verify-api-key.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const BURST_STEP_MS = 1_000;
const MAX_REMEMBERED = 1_000;

/** The partner's requests. The two limits are counted for the partner, over all keys; the calling key says how high they are. (product-facts 12) */
function quotaRules(rates: Rates): readonly [hour: RateRule, burst: RateRule] {
  return [
    { name: "hour", limit: rates.rateLimit, windowMs: HOUR_MS, kind: "fixed" },
    { name: "burst", limit: burstOf(rates), windowMs: MINUTE_MS, kind: "sliding", stepMs: BURST_STEP_MS },
  ];
}

/** A lease that no later call has given back is, so long after its end. */
const END_AFTER_MS = 100;

/** By the key's id: a key that was changed must not go on by another key's lease. */
const holders = new BoundedMap<string, LeaseHolder>(MAX_REMEMBERED);

/** By partner, in ms since 1970. */
const refusedUntil = new BoundedMap<string, number>(MAX_REMEMBERED);

/** How the partner's two limits stand, as of `at` in ms since 1970. `refusedBy`: the one that refused the request. */
export type Charged = Readonly<{
  hour: Verdict;
  burst: Verdict;
  at: number;
  refusedBy: "hour" | "burst" | null;
  refusal: ChipInError | null;
}>;

/**
 * Charges one request to the partner of `key`; one that is refused costs nothing. Null when the limiter cannot be reached: then
 * the request goes on. `stale_key`: nothing was charged, because the key was changed after it was verified. Reads of a key with many
 * are let through by calls that are charged already, so their limiter is asked once a second or more often; a write always asks.
 */
export async function chargeRequest(
  services: Services,
  key: ApiKey,
  { isRead }: { isRead: boolean },
): Promise<Charged | "stale_key" | null> {
  const now = services.now();
  const at = now.getTime();
  const holder = holderOf(key);
  const leased = isRead && holder.spend(at);
  if (leased) return chargedBy(leased, at);
  const rules = quotaRules(key);
  const asked = holder.ask(at);
  const options = { writeBehind: true, key: { id: key.id, verifiedAt: key.verifiedAt }, ...asked };
  const taking = await callLimiter(services, subjectOf(key), (limiter) => limiter.take(rules, now, options));
  const leasedUntil = holder.answered(asked.lease, taking);
  if (asked.lease && leasedUntil !== null) {
    services.waitUntil(
      endLater(services, key, { holder, id: asked.lease.id, afterMs: leasedUntil - at + END_AFTER_MS }),
    );
  }
  if (!taking) return null;
  if (taking.staleKey) {
    holder.expire();
    return "stale_key";
  }
  if (taking.allowed) return chargedBy(holder.show(taking.verdicts), at);
  const charged = chargedBy(taking.verdicts, at);
  const { hour, burst } = charged;
  refusedUntil.set(key.partnerId, at + taking.retryAfterMs);
  noteRefusal(services, key, now);
  const refusedBy = hour.remaining === 0 ? "hour" : "burst";
  const refusal = refusedBy === "hour" ? refusalOf(hour, "an hour", taking) : refusalOf(burst, "a minute", taking);
  return { ...charged, refusedBy, refusal };
}

function chargedBy([hour, burst]: readonly Verdict[], at: number): Charged {
  if (!hour || !burst) throw new Error("the limiter answered other rules than it was asked");
  return { hour, burst, at, refusedBy: null, refusal: null };
}

function holderOf({ id }: ApiKey): LeaseHolder {
  const known = holders.get(id);
  if (known) return known;
  const holder = new LeaseHolder();
  holders.set(id, holder);
  return holder;
}

type Ending = Readonly<{ holder: LeaseHolder; id: string; afterMs: number }>;

/** Gives back what is left of a lease, unless a later call did. The runtime may cut it short: then that counts as used. */
async function endLater(services: Services, key: ApiKey, { holder, id, afterMs }: Ending): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const ended = holder.end(id);
  if (ended) await callLimiter(services, subjectOf(key), (limiter) => limiter.endLease(quotaRules(key), ended));
}

/**
 * Tells the partner's limiter that a key was changed, so that no isolate goes on with what it verified before: at its next
 * request, or at its next second where it has leased calls. While the limiter cannot be reached, isolates find out by themselves,
 * within ten seconds.
 */
export async function forgetVerifications(services: Services, key: Pick<ApiKey, "id" | "partnerId">): Promise<void> {
  const now = services.now();
  holders.get(key.id)?.expire();
  await callLimiter(services, subjectOf(key), (limiter) => limiter.noteKeyChange(key.id, now));
}

function subjectOf({ partnerId }: Pick<ApiKey, "partnerId">): string {
  return `partner:${partnerId}`;
}

/** Whether this isolate was told that the partner has to wait, and its time is not over. */
export function wasRefused({ now }: Services, { partnerId }: ApiKey): boolean {
  return now().getTime() < (refusedUntil.get(partnerId) ?? 0);
}

function refusalOf({ limit }: Verdict, period: string, { retryAfterMs }: Taking): ChipInError {
  const retryAfterSeconds = Math.ceil(retryAfterMs / 1_000);
  const sentence = `Your partner account may make ${limit} requests ${period}; try again in ${retryAfterSeconds} seconds, or ask us for more.`;
  return new ChipInError("rate_limited", sentence, [], { retryAfterSeconds });
}

/** The rows that this isolate has written, so that a flood costs no queries. */
const noted = new BoundedMap<string, true>(MAX_REMEMBERED);

/** One audit row for each key and hour, after the answer. */
function noteRefusal(services: Services, { id: apiKeyId, partnerId }: ApiKey, now: Date): void {
  const id = derivedId(new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS), "partner.quota_refused", apiKeyId);
  if (noted.get(id)) return;
  noted.set(id, true);
  const entry = { id, action: "partner.quota_refused", target: { type: "partner", id: partnerId } };
  services.waitUntil(writeAudit(services, entry));
}
