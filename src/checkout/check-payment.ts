import { findReceipt } from "#boards/read-board";
import { TEST_PAGE } from "#domain/board/lifecycle";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { codeOfReference } from "#domain/ids";
import type { RateRule } from "#domain/rate-limit";
import { paymentProviders } from "#payments/configure";
import { inTime } from "#platform/in-time";
import { messageOf } from "#platform/log";
import { networkOf } from "#platform/network";
import type { Services } from "#platform/services";
import { callLimiter } from "#rate-limits/call-limiter";
import { lookUpPayment } from "#reconciliation/look-up-payments";
import { hasReturned, noteReturn } from "#reconciliation/open-payments";

const MINUTE_MS = 60_000;

const aMinute = (limit: number): RateRule => ({ name: "looks", limit, windowMs: MINUTE_MS, kind: "sliding" });
/** The provider is asked for one payment at most this often. */
const PER_PAYMENT: readonly RateRule[] = [
  { name: "one_look", limit: 1, windowMs: 10_000, kind: "sliding" },
  { name: "looks", limit: 20, windowMs: 60 * MINUTE_MS, kind: "sliding" },
];
/** Nobody uses up what a provider allows: an address has a share of it, and so has a board. */
const PER_ADDRESS = [aMinute(3)];
const PER_BOARD = [aMinute(10)];
const PER_PROVIDER = [aMinute(30)];

/**
 * What became of "I have paid". `not_now`: the provider was not asked, or did not answer; reconciliation asks it, this payment
 * among the first. `not_looked_up`: it cannot be asked, or the payment has its end.
 */
export type Checked = "news" | "no_news" | "not_now" | "not_looked_up";

/** "I have paid": asks the provider about one payment, not too often. `reference` is empty when there is no such payment. */
export async function checkPayment(
  services: Services,
  view: PublicView,
  { reference, ipAddress }: { reference: string; ipAddress: string | null },
): Promise<{ reference: string; answer: Checked }> {
  const receipt = await findReceipt(services, view.slug, reference);
  if (!receipt) return { reference: "", answer: "not_looked_up" };
  return { reference, answer: await check(services, receipt, ipAddress) };
}

/** A guest waits no longer for the page that they come back to. The provider's answer is taken all the same. */
const PATIENCE_MS = 3_000;

/**
 * What is known of the payment of a guest who comes back from the provider without success, as its redirect has it: the board
 * is asked, and the provider while the payment has no end.
 */
export async function checkReturned(
  services: Services,
  view: PublicView,
  { reference, ipAddress }: { reference: string; ipAddress: string | null },
): Promise<{ receipt: Receipt | null; answer: Checked }> {
  const receipt = await findReceipt(services, view.slug, reference);
  if (!receipt) return { receipt, answer: "not_looked_up" };
  // Before the check, for which a guest who has not returned yet has never left.
  services.waitUntil(noteReturn(services, receipt));
  const checking = check(services, receipt, ipAddress).catch((error: unknown): Checked => {
    services.log({ event: "look_up_failed", provider: receipt.provider, error: messageOf(error) });
    return "not_now";
  });
  services.waitUntil(checking);
  const answer = await inTime(checking, PATIENCE_MS).catch((): Checked => "not_now");
  if (answer !== "news") return { receipt, answer };
  return { receipt: await findReceipt(services, view.slug, reference), answer };
}

async function check(services: Services, receipt: Receipt, ipAddress: string | null): Promise<Checked> {
  const { reference, status, provider } = receipt;
  if (status === "completed" || status === "refunded") return "not_looked_up";
  // No provider knows of a test payment.
  if (provider === TEST_PAGE) return "no_news";
  const isJunk = hasNeverLeft(services, receipt);
  services.waitUntil(noteReturn(services, receipt));
  if (isJunk || !(await mayLookUp(services, receipt, ipAddress))) return "not_now";
  return await lookUpPayment(services, paymentProviders(services.settings), reference);
}

/**
 * Whoever pays with PayFast or Ozow leaves our page and comes back to the thanks page. An attempt of the last minute of which
 * this isolate has seen no return is likelier a script's than a payment. A SnapScan guest never leaves.
 */
function hasNeverLeft(services: Services, { provider, reference, attemptedAt }: Receipt): boolean {
  if (provider === "snapscan" || hasReturned(reference)) return false;
  return services.now().getTime() - Date.parse(attemptedAt) < MINUTE_MS;
}

/** When a limiter cannot be reached, the provider is not asked either: the guest only waits longer. */
async function mayLookUp(
  services: Services,
  { reference, provider }: Receipt,
  ipAddress: string | null,
): Promise<boolean> {
  const now = services.now();
  const network = networkOf(ipAddress);
  const shares: (readonly [subject: string, rules: readonly RateRule[]])[] = [
    [`payment:${reference}`, PER_PAYMENT],
    ...(network === null ? [] : [[`look-up-ip:${network}`, PER_ADDRESS] as const]),
    [`look-up-board:${codeOfReference(reference)}`, PER_BOARD],
    [`look-up:${provider}`, PER_PROVIDER],
  ];
  // One after the other: what a narrow share refuses must not use up a wider one.
  for (const [subject, rules] of shares) {
    const taking = await callLimiter(services, subject, (limiter) => limiter.take(rules, now));
    if (!taking?.allowed) return false;
  }
  return true;
}
