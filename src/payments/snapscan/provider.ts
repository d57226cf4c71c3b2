import type {
  CallbackRefusal,
  CallbackRequest,
  CallbackVerdict,
  PaymentProvider,
  PaymentToStart,
  ProviderDeps,
  StartedPayment,
} from "../provider.ts";
import { ProviderError, unavailableRefusal } from "../provider.ts";
import { snapscanApi } from "./api.ts";
import { paymentLink } from "./link.ts";
import { listPayments } from "./list-payments.ts";
import { lookUpPayments } from "./look-up.ts";
import { isNoticeSigned, malformed, parseNotice, signatureIn } from "./notice.ts";
import { parsePayment, reportOf, type SnapscanPayment } from "./payment.ts";
import type { SnapscanSettings } from "./settings.ts";

export function snapscan(settings: SnapscanSettings, deps: ProviderDeps): PaymentProvider {
  const { snapCode, webhookAuthKey, confirmWithApi } = settings;
  const limits = { minimum: settings.minCents, maximum: settings.maxCents };
  const api = snapscanApi(settings, deps);

  async function start(payment: PaymentToStart): Promise<StartedPayment> {
    if (payment.amount < limits.minimum || payment.amount > limits.maximum) {
      throw new RangeError(`SnapScan takes ${limits.minimum} to ${limits.maximum} cents, not ${payment.amount}`);
    }
    // SnapScan refuses a QR code with redirects. (payment-providers 3.1)
    const code = paymentLink({ ...settings, redirects: false }, payment);
    return { checkout: { kind: "qr", link: paymentLink(settings, payment), code }, requestId: null };
  }

  async function readCallback({ body, headers }: CallbackRequest): Promise<CallbackVerdict> {
    const signature = signatureIn(headers);
    if (signature === null) return { reason: "unsigned", detail: "authorization is not SnapScan signature=<64 hex>" };
    if (!isNoticeSigned(body, signature, webhookAuthKey)) return { reason: "signature_mismatch" };
    const notice = parseNotice(body);
    if ("reason" in notice) return notice;
    const payment = confirmWithApi ? await findPayment(notice.id) : parsePayment(notice.payload);
    if (!payment) return malformed("payload is not a payment");
    return "reason" in payment ? payment : reportOf(payment, snapCode);
  }

  /** A notice has no time, so an old one can be replayed. Only the current answer of the API counts. */
  async function findPayment(id: number): Promise<SnapscanPayment | CallbackRefusal> {
    try {
      const payment = await api.findPayment(id);
      return payment ?? { reason: "unusable_event", detail: `SnapScan's API does not know payment ${id}` };
    } catch (error) {
      if (error instanceof ProviderError) return unavailableRefusal(error);
      throw error;
    }
  }

  return {
    name: "snapscan",
    limits,
    start,
    readCallback,
    looksUpAtOnce: false,
    checkoutOrigins: [new URL(settings.baseUrl).origin],
    lookUp: (payments) => lookUpPayments(api, snapCode, payments),
    // SnapScan has no API for refunds. A person makes them in the merchant portal. (payment-providers 3.6)
    refund: null,
    listPayments: (days) => listPayments(api, snapCode, days, deps),
  };
}
