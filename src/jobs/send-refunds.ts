import type { PaymentProviderName } from "#domain/board/lifecycle";
import { paymentProviders } from "#payment-providers";
import { type DueRefund, dueRefunds } from "#refunds/refund-rows";
import { type SentRefund, sendRefund } from "#refunds/send-refund";
import { messageOf } from "../log.ts";
import type { Services } from "../services.ts";

/** Each costs a provider two or three requests and a board a commit. */
const MAX_PER_RUN = 200;

/**
 * Brings every due refund forward by one step: sends what is asked for, asks about what is under way. Two runs side by
 * side work on different refunds; providers are served side by side. One that is busy or refuses us is left alone for the
 * rest of the run.
 */
export async function sendRefunds(services: Services, now: Date): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const due = Map.groupBy(await dueRefunds(services, now, MAX_PER_RUN), ({ provider }) => provider);
  await Promise.all([...due].map(([provider, refunds]) => sendAt(services, provider, { refunds, now, counts })));
  return counts;
}

type Sending = { refunds: readonly DueRefund[]; now: Date; counts: Record<string, number> };

async function sendAt(services: Services, provider: PaymentProviderName, sending: Sending): Promise<void> {
  const { refunds, now, counts } = sending;
  const providers = paymentProviders(services.settings);
  for (const { id } of refunds) {
    let outcome: SentRefund | "not_recorded";
    try {
      outcome = await sendRefund(services, providers, { id, now });
    } catch (error) {
      services.log({ event: "refund_not_settled", refund_id: id, error: messageOf(error) });
      outcome = "not_recorded";
    }
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    if (outcome === "refuses_us") services.alert({ event: "refunds_refused", provider });
    if (outcome === "refuses_us" || outcome === "busy") return;
  }
}
