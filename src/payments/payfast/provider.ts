import { cents } from "#domain/money";
import { isListedSource, parseIpv4Range } from "#platform/ip-ranges";
import type {
  CallbackRequest,
  CallbackVerdict,
  PaymentProvider,
  PaymentToStart,
  ProviderDeps,
  StartedPayment,
} from "../provider.ts";
import { payfastApi } from "./api.ts";
import { checkoutFields } from "./checkout.ts";
import { confirmWithPayfast } from "./confirmation.ts";
import { listPayments, lookUpPayments } from "./history.ts";
import { fieldText, isNotice, parseItn, reportOf } from "./itn.ts";
import { refundPayment } from "./refund.ts";
import type { PayfastSettings } from "./settings.ts";
import { isNotificationSigned } from "./signature.ts";

const LIVE_URL = "https://www.payfast.co.za";
const SANDBOX_URL = "https://sandbox.payfast.co.za";
/** The process page redirects to it, and form-action applies to redirects too. */
const PAYMENT_PAGE_URL = "https://payment.payfast.io";

const MINIMUM = cents(500);

/** @throws Error without a passphrase outside the sandbox, and for an unreadable source range. */
export function payfast(settings: PayfastSettings, deps: ProviderDeps): PaymentProvider {
  const { merchantId, passphrase, sourceCheck, validateBody } = settings;
  if (!settings.sandbox && !passphrase?.trim()) {
    throw new Error("PayFast needs a passphrase outside the sandbox: without one anyone can sign a notification");
  }
  const baseUrl = settings.baseUrl ?? (settings.sandbox ? SANDBOX_URL : LIVE_URL);
  const ranges = settings.sourceCidrs.map(parseIpv4Range);
  const limits = { minimum: MINIMUM, maximum: settings.maxCents };
  const { fetch } = deps; // Workers refuse a `fetch` that is called as a method of another object.

  async function start(payment: PaymentToStart): Promise<StartedPayment> {
    if (payment.amount < limits.minimum || payment.amount > limits.maximum) {
      throw new RangeError(`PayFast takes ${limits.minimum} to ${limits.maximum} cents, not ${payment.amount}`);
    }
    const checkout = {
      kind: "form",
      action: `${baseUrl}/eng/process`,
      fields: checkoutFields(settings, payment),
    } as const;
    return { checkout, requestId: null };
  }

  async function readCallback({ body, sourceAddress }: CallbackRequest): Promise<CallbackVerdict> {
    const itn = parseItn(body);
    if ("reason" in itn) return itn;
    if (!isNotificationSigned(itn.received, itn.signature, passphrase)) return { reason: "signature_mismatch" };
    if (!isNotice(itn))
      return { reason: "malformed", detail: "these are the fields of a form, not of a notice", signed: false };

    const unlisted = sourceCheck !== "off" && !isListedSource(sourceAddress, ranges);
    if (unlisted && sourceCheck === "enforce") return { reason: "source_refused", sourceAddress };
    if (fieldText(itn, "merchant_id") !== merchantId) return { reason: "foreign_merchant" };
    const read = reportOf(itn);
    if ("reason" in read) return read;

    const refusal = await confirmWithPayfast(`${baseUrl}/eng/query/validate`, itn, validateBody, fetch);
    if (refusal) return refusal;
    if (!unlisted) return read;
    return { ...read, notes: [...read.notes, `source ${sourceAddress ?? "unknown"} is not a listed PayFast address`] };
  }

  return {
    name: "payfast",
    limits,
    start,
    readCallback,
    looksUpAtOnce: true,
    checkoutOrigins: settings.baseUrl ? [new URL(settings.baseUrl).origin] : [LIVE_URL, SANDBOX_URL, PAYMENT_PAGE_URL],
    ...apiFunctions(settings, deps),
  };
}

/** The functions that use the API. All are null when the API is disabled or there is no passphrase to sign with. */
function apiFunctions(
  settings: PayfastSettings,
  deps: ProviderDeps,
): Pick<PaymentProvider, "lookUp" | "refund" | "listPayments"> {
  const passphrase = settings.passphrase?.trim();
  if (!settings.apiEnabled || !passphrase) return { lookUp: null, refund: null, listPayments: null };
  const api = payfastApi(settings, passphrase, deps);
  const { log } = deps;
  return {
    lookUp: (payments) => lookUpPayments(api, payments, deps),
    refund: (payment) => refundPayment(api, payment, { log, retrievePath: settings.refundRetrievePath }),
    listPayments: (days) => listPayments(api, days, deps),
  };
}
