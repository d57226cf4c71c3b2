import { writeAudit } from "#audit/write-audit";
import { derivedId } from "#domain/ids";
import type { RateRule, Taking, Verdict } from "#domain/rate-limit";
import { BoundedMap } from "#platform/bounded-map";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { callLimiter } from "#rate-limits/call-limiter";
import type { ApiKey } from "./verify-api-key.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const BURST_STEP_MS = 1_000;
const LEAST_BURST = 100;
/** A minute's share of the hour: 500 of 10,000. */
const BURSTS_PER_HOUR = 20;
const MAX_REMEMBERED = 1_000;

/** The partner's requests. The two limits are counted for the partner, over all keys; the calling key says how high they are. (product-facts 12) */
export function quotaRules({ rateLimit }: Pick<ApiKey, "rateLimit">): readonly [hour: RateRule, burst: RateRule] {
  const burst = Math.max(LEAST_BURST, Math.ceil(rateLimit / BURSTS_PER_HOUR));
  return [
    { name: "hour", limit: rateLimit, windowMs: HOUR_MS, kind: "fixed" },
    { name: "burst", limit: burst, windowMs: MINUTE_MS, kind: "sliding", stepMs: BURST_STEP_MS },
  ];
}

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
 * the request goes on.
 */
export async function chargeRequest(services: Services, key: ApiKey): Promise<Charged | null> {
  const rules = quotaRules(key);
  const now = services.now();
  const taking = await callLimiter(services, `partner:${key.partnerId}`, (limiter) =>
    limiter.take(rules, now, { writeBehind: true }),
  );
  if (!taking) return null;
  const [hour, burst] = taking.verdicts;
  if (!hour || !burst) throw new Error("the limiter answered other rules than it was asked");
  const at = now.getTime();
  if (taking.allowed) return { hour, burst, at, refusedBy: null, refusal: null };
  refusedUntil.set(key.partnerId, at + taking.retryAfterMs);
  noteRefusal(services, key, now);
  const refusedBy = hour.remaining === 0 ? "hour" : "burst";
  const refusal = refusedBy === "hour" ? refusalOf(hour, "an hour", taking) : refusalOf(burst, "a minute", taking);
  return { hour, burst, at, refusedBy, refusal };
}

/** Whether this isolate was told that the partner has to wait, and its time is not over. */
export function wasRefused({ now }: Services, { partnerId }: ApiKey): boolean {
  return now().getTime() < (refusedUntil.get(partnerId) ?? 0);
}

function refusalOf({ limit }: Verdict, period: string, { retryAfterMs }: Taking): ChipInError {
  const retryAfterSeconds = Math.ceil(retryAfterMs / 1_000);
  const sentence = `Your partner account may make ${limit} requests ${period}; try again in ${retryAfterSeconds} seconds, or ask us for more`;
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
