import { findReceipt } from "#boards/read-board";
import type { PublicView, Receipt } from "#domain/board/public-view";
import type { RateRule } from "#domain/rate-limit";
import { paymentProviders } from "#payments/configure";
import type { Services } from "#platform/services";
import { callLimiter } from "#rate-limits/call-limiter";
import { lookUpPayment } from "#reconciliation/look-up-payments";

/** The provider is asked for one payment at most this often, and for all of them together. */
const PER_PAYMENT: readonly RateRule[] = [
  { name: "one_look", limit: 1, windowMs: 10_000, kind: "sliding" },
  { name: "looks", limit: 20, windowMs: 3_600_000, kind: "sliding" },
];
const PER_PROVIDER: readonly RateRule[] = [{ name: "looks", limit: 30, windowMs: 60_000, kind: "sliding" }];

/** "I have paid": asks the provider about one payment, not too often. `reference` is empty when there is no such payment. */
export async function checkPayment(
  services: Services,
  view: PublicView,
  reference: string,
): Promise<{ reference: string; answer: "news" | "no_news" | "not_looked_up" }> {
  const receipt = await findReceipt(services, view.slug, reference);
  if (!receipt) return { reference: "", answer: "not_looked_up" };
  const isOpen = receipt.status !== "completed" && receipt.status !== "refunded";
  if (!isOpen || !(await mayLookUp(services, receipt))) return { reference, answer: "not_looked_up" };
  return { reference, answer: await lookUpPayment(services, paymentProviders(services.settings), reference) };
}

/** When the limiter cannot be reached, the provider is not asked either: the guest only waits longer. */
async function mayLookUp(services: Services, { reference, provider }: Receipt): Promise<boolean> {
  const now = services.now();
  const one = await callLimiter(services, `payment:${reference}`, (limiter) => limiter.take(PER_PAYMENT, now));
  if (!one?.allowed) return false;
  const all = await callLimiter(services, `look-up:${provider}`, (limiter) => limiter.take(PER_PROVIDER, now));
  return all?.allowed ?? false;
}
