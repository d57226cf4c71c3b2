import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { Secrets } from "../local/environment.ts";
import { messageId, ozowInstant, svixSignature, thinMessage } from "../local/simulators/ozow-signature.ts";
import { noticeBody } from "../local/simulators/payfast-notice.ts";
import { webhookAuthorization, webhookBody } from "../local/simulators/snapscan-signature.ts";
import { GIFT_CENTS, snapscanPaymentOf } from "./outside.ts";

/** What a provider posts to us. */
export type Notice = { headers: Readonly<Record<string, string>>; body: string };

/** What a notice is about. `number`: SnapScan's own for it. */
export type Paid = { reference: string; number: number };

const FORM = "application/x-www-form-urlencoded";
/** One of those that PayFast publishes. (payment-providers 1.3) */
const PAYFAST_ADDRESS = "197.97.145.146";

/** The provider says that it was paid, signed now: some of them sign the time too. */
export function noticeOf(provider: PaymentProviderName, paid: Paid, secrets: Secrets): Notice {
  switch (provider) {
    case "payfast":
      return payfastNotice(paid, secrets);
    case "ozow":
      return ozowNotice(paid, secrets);
    case "snapscan":
      return snapscanNotice(paid, secrets);
    default:
      throw new RangeError(provider satisfies never);
  }
}

function payfastNotice({ reference }: Paid, secrets: Secrets): Notice {
  const { payfastMerchantId: id, payfastMerchantKey: key, payfastPassphrase: passphrase } = secrets;
  const checkout = { reference, amountCents: GIFT_CENTS, fields: { item_name: "ChipIn gift contribution" } };
  const content = { status: "COMPLETE", providerPaymentId: reference.slice(-10), forged: false } as const;
  const body = noticeBody(checkout, { ...content, grossCents: GIFT_CENTS }, { id, key, passphrase });
  return { headers: { "content-type": FORM, "cf-connecting-ip": PAYFAST_ADDRESS }, body };
}

/** The transaction is named after the reference it pays for. */
function ozowNotice({ reference: id }: Paid, { ozowWebhookSecret }: Secrets): Notice {
  const now = Date.now();
  const status = "Successful";
  const body = thinMessage("transaction.complete", ozowInstant(now), { id, status });
  const svixId = messageId(id, status);
  const timestamp = String(Math.floor(now / 1_000));
  const signature = svixSignature(ozowWebhookSecret, svixId, timestamp, body);
  const signed = { "svix-id": svixId, "svix-timestamp": timestamp, "svix-signature": signature };
  return { headers: { "content-type": "application/json", ...signed }, body };
}

function snapscanNotice(paid: Paid, { snapscanWebhookAuthKey }: Secrets): Notice {
  const body = webhookBody(snapscanPaymentOf(paid));
  return { headers: { "content-type": FORM, authorization: webhookAuthorization(snapscanWebhookAuthKey, body) }, body };
}
