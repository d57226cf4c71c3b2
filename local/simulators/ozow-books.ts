import { JsonLines } from "../json-lines.ts";
import type { Courier, Notice, NoticeEntry } from "./courier.ts";

export type OzowPayment = {
  id: string;
  reference: string;
  amountCents: number;
  siteCode: string;
  returnUrl: string | null;
  expireAt: string;
  cancelled: boolean;
  at: string;
};
/** One attempt to pay; a payment may have several. */
export type OzowTransaction = {
  id: string;
  paymentId: string | null;
  reference: string;
  amountCents: number;
  siteCode: string;
  status: string;
  createdDate: string;
  completedDate: string | null;
};
export type OzowRefund = {
  id: string;
  transactionId: string;
  amountCents: number;
  status: string;
  reason: string;
  realTimePayment: boolean;
  requested: string;
  completed: string | null;
};
export type OzowNotice = Notice & { svixId: string; forged: boolean };
/** The payload that an `Idempotency-Key` was first used for, and the object it created. */
type KeyUse = { key: string; payload: string; id: string };

/** The entries of the file. A changed object is written again completely. */
export type OzowEntry =
  | { kind: "payment"; payment: OzowPayment }
  | { kind: "transaction"; transaction: OzowTransaction }
  | { kind: "refund"; refund: OzowRefund }
  | { kind: "key"; use: KeyUse }
  | NoticeEntry<OzowNotice>;

/** All payments, transactions and refunds at Ozow, oldest first. */
export class OzowBooks {
  readonly payments = new Map<string, OzowPayment>();
  readonly transactions = new Map<string, OzowTransaction>();
  readonly refunds = new Map<string, OzowRefund>();
  readonly keys = new Map<string, KeyUse>();
  readonly #log: JsonLines<OzowEntry>;
  readonly #courier: Courier<OzowNotice>;

  constructor(path: string | null, courier: Courier<OzowNotice>) {
    this.#courier = courier;
    this.#log = new JsonLines<OzowEntry>(path);
    for (const entry of this.#log.items) this.#apply(entry);
  }

  record(entry: OzowEntry): void {
    this.#log.append(entry);
    this.#apply(entry);
  }

  latestPayment(reference: string): OzowPayment | null {
    return [...this.payments.values()].findLast((payment) => payment.reference === reference) ?? null;
  }

  transactionsOf(paymentId: string): OzowTransaction[] {
    return [...this.transactions.values()].filter((transaction) => transaction.paymentId === paymentId);
  }

  refundsOf(transactionId: string): OzowRefund[] {
    return [...this.refunds.values()].filter((refund) => refund.transactionId === transactionId);
  }

  /** What of a transaction has not been given back, nor is on its way. */
  refundableCents({ id, amountCents }: OzowTransaction): number {
    const away = this.refundsOf(id).filter(({ status }) => status !== "failed" && status !== "returned");
    return away.reduce((left, refund) => left - refund.amountCents, amountCents);
  }

  #apply(entry: OzowEntry): void {
    if (entry.kind === "payment") this.payments.set(entry.payment.id, entry.payment);
    else if (entry.kind === "transaction") this.transactions.set(entry.transaction.id, entry.transaction);
    else if (entry.kind === "refund") this.refunds.set(entry.refund.id, entry.refund);
    else if (entry.kind === "key") this.keys.set(entry.use.key, entry.use);
    else this.#courier.apply(entry);
  }
}
