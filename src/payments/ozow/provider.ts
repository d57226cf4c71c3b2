import { parseWebhookSecret } from "#platform/webhook-secret";
import type {
  CallbackRequest,
  CallbackVerdict,
  PaymentProvider,
  PaymentToStart,
  ProviderDeps,
  StartedPayment,
} from "../provider.ts";
import { ozowApi } from "./api.ts";
import { readEvent } from "./event.ts";
import { listPayments } from "./list-payments.ts";
import { lookUpPayments } from "./look-up.ts";
import { createPayment, trustedRedirect } from "./payment.ts";
import { refundPayment } from "./refund.ts";
import type { OzowSettings } from "./settings.ts";
import { verifyWebhook } from "./webhook.ts";

/** @throws RangeError for an invalid webhook secret. */
export function ozow(settings: OzowSettings, deps: ProviderDeps): PaymentProvider {
  const { baseUrl, redirectHostSuffix, webhookToleranceS: toleranceS } = settings;
  const limits = { minimum: settings.minCents, maximum: settings.maxCents };
  const keys = settings.webhookSecrets.map(parseWebhookSecret);
  const api = ozowApi(settings, deps);

  async function start(payment: PaymentToStart): Promise<StartedPayment> {
    if (payment.amount < limits.minimum || payment.amount > limits.maximum) {
      throw new RangeError(`Ozow takes ${limits.minimum} to ${limits.maximum} cents, not ${payment.amount}`);
    }
    const created = await createPayment(api, settings, payment);
    if ("refused" in created) throw new Error(`Ozow POST /payments answered ${created.refused}`);
    const url = trustedRedirect(created.redirectUrl, redirectHostSuffix);
    return { checkout: { kind: "redirect", url }, requestId: created.id };
  }

  async function readCallback(request: CallbackRequest): Promise<CallbackVerdict> {
    const signed = verifyWebhook(request, { keys, toleranceS });
    return "reason" in signed ? signed : await readEvent(api, settings, signed);
  }

  return {
    name: "ozow",
    limits,
    start,
    readCallback,
    looksUpAtOnce: false,
    checkoutOrigins:
      redirectHostSuffix === null
        ? [new URL(baseUrl).origin]
        : [`https://${redirectHostSuffix.slice(1)}`, `https://*${redirectHostSuffix}`],
    lookUp: (payments) => lookUpPayments(api, settings, payments, deps),
    refund: (payment) => refundPayment(api, payment, deps),
    listPayments: (days) => listPayments(api, settings, days, deps),
  };
}
