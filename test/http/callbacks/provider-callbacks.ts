import { cents } from "#domain/money";
import { NOW, sign as svixSignature, thin } from "../../payments/ozow-callbacks.ts";
import { formEncode, md5, noticePairs, PASSPHRASE, signText } from "../../payments/payfast-notices.ts";
import {
  hmac,
  paymentObject,
  formEncode as snapscanForm,
  WEBHOOK_AUTH_KEY,
} from "../../payments/snapscan-callbacks.ts";
import { type FarSides, OZOW_SECRET } from "../far-sides.ts";

/** A request to a callback route. */
export type CallbackRequest = Readonly<{ body: Uint8Array<ArrayBuffer>; headers: Readonly<Record<string, string>> }>;

/** A report about one payment, `paid` unless `outcome` is given. `amount` is in cents. */
export type PaymentReport = Readonly<{ reference: string; amount: number; outcome?: "paid" | "failed" | "pending" }>;

/** Makes callbacks as the provider sends them. */
export type ProviderCallbacks = Readonly<{
  name: "payfast" | "ozow" | "snapscan";
  /** The answer to a callback without a valid signature. (payment-providers 0) */
  refusedStatus: 400 | 401;
  /** The answer to a genuine report. */
  acceptedStatus: 200 | 204;
  /** Records the payment at the simulated provider and returns its callback. */
  report(far: FarSides, payment: PaymentReport): CallbackRequest;
  /** Signs any body as this provider does, with another `secret` if given. */
  sign(body: string | Uint8Array, secret?: string): CallbackRequest;
}>;

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const STATUSES = {
  payfast: { paid: "COMPLETE", failed: "FAILED", pending: "PENDING" },
  ozow: { paid: "Successful", failed: "Error", pending: "Pending" },
  snapscan: { paid: "completed", failed: "error", pending: "pending" },
} as const;
let lastId = 0;

const payfast: ProviderCallbacks = {
  name: "payfast",
  refusedStatus: 400,
  acceptedStatus: 200,
  report(_far, { reference, amount, outcome = "paid" }) {
    lastId += 1;
    const changes = {
      m_payment_id: reference,
      pf_payment_id: String(2_577_000 + lastId),
      payment_status: STATUSES.payfast[outcome],
      amount_gross: (amount / 100).toFixed(2),
    };
    return { body: bytes(signText(formEncode(noticePairs(changes)))), headers: FORM };
  },
  sign(body, secret = PASSPHRASE) {
    const text = Buffer.from(body);
    const signature = md5(Buffer.concat([text, Buffer.from(`&passphrase=${secret}`)]));
    return { body: bytes(Buffer.concat([text, Buffer.from(`&signature=${signature}`)])), headers: FORM };
  },
};

const ozow: ProviderCallbacks = {
  name: "ozow",
  refusedStatus: 401,
  acceptedStatus: 200,
  report(far, { reference, amount, outcome = "paid" }) {
    const money = { currency: "ZAR", value: cents(amount) / 100 };
    const { id } = far.ozow.pay({ merchantReference: reference, amount: money, status: STATUSES.ozow[outcome] });
    return ozow.sign(JSON.stringify(thin("transaction.complete", id, STATUSES.ozow[outcome])));
  },
  sign(body, secret = OZOW_SECRET) {
    lastId += 1;
    const [id, timestamp, raw] = [`msg_${lastId}`, String(NOW.getTime() / 1_000 - 12), bytes(body)];
    const signature = svixSignature(secret, id, timestamp, raw);
    const svix = { "svix-id": id, "svix-timestamp": timestamp, "svix-signature": signature };
    return { body: raw, headers: { "Content-Type": "application/json", ...svix } };
  },
};

const snapscan: ProviderCallbacks = {
  name: "snapscan",
  refusedStatus: 401,
  acceptedStatus: 200,
  report(far, { reference, amount, outcome = "paid" }) {
    const fields = { requiredAmount: amount, totalAmount: amount, status: STATUSES.snapscan[outcome] };
    const payment = far.snapscan.pay({ merchantReference: reference, ...fields });
    return snapscan.sign(snapscanForm(["payload", JSON.stringify(paymentObject(payment))]));
  },
  sign(body, secret = WEBHOOK_AUTH_KEY) {
    const raw = bytes(body);
    return { body: raw, headers: { ...FORM, Authorization: `SnapScan signature=${hmac(raw, secret)}` } };
  },
};

export const PROVIDERS: readonly ProviderCallbacks[] = [payfast, ozow, snapscan];

export function bytes(of: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(of));
}

export function textOf({ body }: CallbackRequest): string {
  return Buffer.from(body).toString("latin1");
}
