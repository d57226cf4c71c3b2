import { PAYMENT_PROVIDERS, type PaymentProviderName } from "#domain/board/lifecycle";
import { type Providers, paymentProviders } from "#payments/configure";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { dueRefunds } from "#refunds/refund-rows";
import { type SentRefund, sendRefund } from "#refunds/send-refund";

/** Each costs a provider two or three requests and a board a commit. */
const MAX_PER_RUN = 200;
/** The next run comes after five minutes; what is left is first then. */
const LONGEST_RUN_MS = 4 * 60_000;

/**
 * Brings every due refund forward by one step: sends what is asked for, asks about what is under way. Two runs side by
 * side work on different refunds; providers are served side by side. One that is busy or refuses us is left alone for the
 * rest of the run.
 */
export async function sendRefunds(
  services: Services,
  now: Date,
  providers = paymentProviders(services.settings),
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  await Promise.all(PAYMENT_PROVIDERS.map((provider) => sendAt(services, provider, { now, providers, counts })));
  return counts;
}

type Sending = { now: Date; providers: Providers; counts: Record<string, number> };

async function sendAt(
  services: Services,
  provider: PaymentProviderName,
  { now, providers, counts }: Sending,
): Promise<void> {
  const startedAt = services.now().getTime();
  for (const id of await dueRefunds(services, provider, { now, limit: MAX_PER_RUN })) {
    if (services.now().getTime() - startedAt > LONGEST_RUN_MS) return;
    let outcome: SentRefund | "not_recorded";
    try {
      outcome = await sendRefund(services, providers, { id, now });
    } catch (error) {
      services.log({ event: "refund_not_recorded", refund_id: id, error: messageOf(error) });
      outcome = "not_recorded";
    }
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    if (outcome === "refuses_us") services.alert({ event: "refunds_refused", provider });
    if (outcome === "refuses_us" || outcome === "busy") return;
  }
}
