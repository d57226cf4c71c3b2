import type { RateRule } from "#domain/rate-limit";
import { BoundedMap } from "#platform/bounded-map";
import { ChipInError } from "#platform/errors";
import { widerNetworksOf } from "#platform/network";
import type { Services } from "#platform/services";
import { callLimiter } from "#rate-limits/call-limiter";
import { limiterName } from "#rate-limits/limiter-name";

/** What a network may send without a usable key. (product-facts 12) */
const CALLS: RateRule = { name: "keyless", limit: 1_000, windowMs: 3_600_000, kind: "fixed" };
const MAX_REMEMBERED = 5_000;

/** By the name of the network's limiter, in ms since 1970: what this isolate was told costs no further call. */
const refusedUntil = new BoundedMap<string, number>(MAX_REMEMBERED);

/**
 * Charges one request to the network it came from, before anything is queried for it. A network that is not known is not
 * charged, and neither is anything while the limiter cannot be reached.
 * @throws ChipInError `rate_limited`.
 */
export async function chargeKeyless(services: Services, network: string | null): Promise<void> {
  if (network === null) return;
  const subject = subjectOf(network);
  const name = limiterName(services.settings, subject);
  const now = services.now();
  const waitMs = (refusedUntil.get(name) ?? 0) - now.getTime();
  if (waitMs > 0) throw tooManyCalls(waitMs);
  // Each network has an object of its own, and an IPv6 /48, which one sender can rent, has 65,536 of them.
  const wider = widerNetworksOf(network);
  if (wider && !(await services.floodLimits.wideNetworks.limit({ key: `keyless ${wider.of48}` })).success) {
    throw new ChipInError(
      "rate_limited",
      "Too many requests without a valid API key from your network; wait a minute.",
    );
  }
  const taking = await callLimiter(services, subject, (limiter) => limiter.take([CALLS], now, { writeBehind: true }));
  if (!taking || taking.allowed) return;
  refusedUntil.set(name, now.getTime() + taking.retryAfterMs);
  throw tooManyCalls(taking.retryAfterMs);
}

/** Takes the charge back, after the answer, for a key that turned out to be usable. */
export function giveBackKeyless(services: Services, network: string | null): void {
  if (network === null) return;
  const now = services.now();
  services.waitUntil(callLimiter(services, subjectOf(network), (limiter) => limiter.giveBack(CALLS, now)));
}

function subjectOf(network: string): string {
  return `keyless:${network}`;
}

function tooManyCalls(waitMs: number): ChipInError {
  const retryAfterSeconds = Math.ceil(waitMs / 1_000);
  const sentence = `Your network has made ${CALLS.limit} requests without a valid API key within this hour; try again in ${retryAfterSeconds} seconds.`;
  return new ChipInError("rate_limited", sentence, [], { retryAfterSeconds });
}
