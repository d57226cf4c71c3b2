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

/** One request to a callback door. */
export type Sent = Readonly<{ body: Uint8Array<ArrayBuffer>; headers: Readonly<Record<string, string>> }>;

/** What a provider says of one payment; good news unless `outcome` says otherwise. `amount` in cents. */
export type News = Readonly<{ reference: string; amount: number; outcome?: "paid" | "failed" | "pending" }>;

/** A provider's callbacks, as its sheet has them, from the point of view of whoever sends them. */
export type Door = Readonly<{
  name: "payfast" | "ozow" | "snapscan";
  /** what a callback that proves nothing is answered (payment-providers 0) */
  refusal: 400 | 401;
  /** what good news is answered */
  thanks: 200 | 204;
  /** The payment is made, and this is how we are told. */
  tell(far: FarSides, news: News): Sent;
  /** Any body, signed as this provider signs; another `secret` is another merchant's. */
  sign(body: string | Uint8Array, secret?: string): Sent;
}>;

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const WORDS = {
  payfast: { paid: "COMPLETE", failed: "FAILED", pending: "PENDING" },
  ozow: { paid: "Successful", failed: "Error", pending: "Pending" },
  snapscan: { paid: "completed", failed: "error", pending: "pending" },
} as const;
let lastId = 0;

const payfast: Door = {
  name: "payfast",
  refusal: 400,
  thanks: 200,
  tell(_far, { reference, amount, outcome = "paid" }) {
    lastId += 1;
    const changes = {
      m_payment_id: reference,
      pf_payment_id: String(2_577_000 + lastId),
      payment_status: WORDS.payfast[outcome],
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

const ozow: Door = {
  name: "ozow",
  refusal: 401,
  thanks: 200,
  tell(far, { reference, amount, outcome = "paid" }) {
    const money = { currency: "ZAR", value: cents(amount) / 100 };
    const { id } = far.ozow.pay({ merchantReference: reference, amount: money, status: WORDS.ozow[outcome] });
    return ozow.sign(JSON.stringify(thin("transaction.complete", id, WORDS.ozow[outcome])));
  },
  sign(body, secret = OZOW_SECRET) {
    lastId += 1;
    const [id, timestamp, raw] = [`msg_${lastId}`, String(NOW.getTime() / 1_000 - 12), bytes(body)];
    const signature = svixSignature(secret, id, timestamp, raw);
    const svix = { "svix-id": id, "svix-timestamp": timestamp, "svix-signature": signature };
    return { body: raw, headers: { "Content-Type": "application/json", ...svix } };
  },
};

const snapscan: Door = {
  name: "snapscan",
  refusal: 401,
  thanks: 200,
  tell(far, { reference, amount, outcome = "paid" }) {
    const said = { requiredAmount: amount, totalAmount: amount, status: WORDS.snapscan[outcome] };
    const payment = far.snapscan.pay({ merchantReference: reference, ...said });
    return snapscan.sign(snapscanForm(["payload", JSON.stringify(paymentObject(payment))]));
  },
  sign(body, secret = WEBHOOK_AUTH_KEY) {
    const raw = bytes(body);
    return { body: raw, headers: { ...FORM, Authorization: `SnapScan signature=${hmac(raw, secret)}` } };
  },
};

export const DOORS: readonly Door[] = [payfast, ozow, snapscan];

export function bytes(of: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(of));
}

export function textOf({ body }: Sent): string {
  return Buffer.from(body).toString("latin1");
}
