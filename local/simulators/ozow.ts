import { randomUUID } from "node:crypto";
import { ApiSwitch } from "./api-switch.ts";
import { Courier, newNotice } from "./courier.ts";
import {
  type CallbackResult,
  type FindContribution,
  type Outcome,
  type PaymentLine,
  type ProviderSimulator,
  rands,
} from "./outcomes.ts";
import { OzowBooks, type OzowNotice, type OzowPayment, type OzowRefund, type OzowTransaction } from "./ozow-books.ts";
import { OzowRefunds } from "./ozow-refunds.ts";
import { messageId, ozowInstant, svixSignature, thinMessage } from "./ozow-signature.ts";

export type OzowOptions = {
  clientId: string;
  clientSecret: string;
  siteCode: string;
  /** `whsec_` and Base64 */
  webhookSecret: string;
  /** the console, which serves API and payment pages */
  origin: string;
  notifyUrl: string;
  path: string | null;
  findContribution: FindContribution;
};

type OzowMessage = { transaction: Pick<OzowTransaction, "id" | "status" | "createdDate">; forged?: boolean };

const LATE_MS = 5_000;
const MINUTE_MS = 60_000;
/** Svix retries after 5 s, 5 min, 30 min, 2 h and more. Here the later delays are shorter. */
const RETRY_DELAYS_MS = [5_000, 30_000, 120_000, 600_000, 1_800_000];
const FOREIGN_SECRET = `whsec_${Buffer.from("a foreign secret").toString("base64")}`;

/** Ozow's One API: payments, a hosted page, webhooks through Svix, and refunds. */
export class OzowSimulator implements ProviderSimulator {
  readonly api = new ApiSwitch();
  readonly books: OzowBooks;
  readonly refunds: OzowRefunds;
  readonly options: OzowOptions;
  readonly #courier: Courier<OzowNotice>;

  constructor(options: OzowOptions) {
    this.options = options;
    this.#courier = new Courier<OzowNotice>({
      keep: (entry) => this.books.record(entry),
      headersOf: (notice) => this.#headersOf(notice),
      isTaken: (status) => status >= 200 && status < 300,
      retryDelaysMs: RETRY_DELAYS_MS,
    });
    this.books = new OzowBooks(options.path, this.#courier);
    this.refunds = new OzowRefunds(this.books, (refund) => this.#notifyRefund(refund));
  }

  resume(): void {
    this.#courier.resume();
    this.refunds.resume();
  }

  stop(): void {
    this.#courier.stop();
    this.refunds.stop();
    this.api.stop();
  }

  async flush(): Promise<number> {
    return (await this.#courier.flush()) + (await this.refunds.flush());
  }

  create(asked: Pick<OzowPayment, "reference" | "amountCents" | "returnUrl" | "expireAt">): OzowPayment {
    const { siteCode } = this.options;
    const payment = { ...asked, id: randomUUID(), siteCode, cancelled: false, at: new Date().toISOString() };
    this.books.record({ kind: "payment", payment });
    return payment;
  }

  pageOf({ id }: Pick<OzowPayment, "id">): string {
    return `${this.options.origin}/ozow/pay/${id}`;
  }

  noticesOf(paymentId: string): OzowNotice[] {
    return this.#courier.of(paymentId);
  }

  payments(): PaymentLine[] {
    return [...this.books.payments.values()].toReversed().map(({ id, reference, amountCents, at }) => ({
      provider: "ozow",
      reference,
      amountCents,
      at,
      page: `/ozow/pay/${id}`,
      books: this.books.transactionsOf(id).flatMap((transaction) => this.#bookLines(transaction)),
      notices: this.noticesOf(id),
    }));
  }

  /** Handles a button of the payment page. @returns where the browser goes, the same for every outcome */
  async finish(payment: OzowPayment, outcome: Outcome): Promise<string> {
    const late = outcome === "pay_late";
    const notices = this.#noticesFor(payment, outcome, late ? LATE_MS : 0);
    if (late) this.#courier.deliverLater(notices);
    else await this.#courier.deliver(notices);
    return payment.returnUrl ?? new URL("/", this.options.notifyUrl).href;
  }

  async simulate(reference: string, outcome: Outcome): Promise<CallbackResult[] | null> {
    const payment = this.books.latestPayment(reference) ?? (await this.#openUnseen(reference));
    return payment && this.#courier.deliver(this.#noticesFor(payment, outcome, 0));
  }

  /** Enters a transaction into the books, so that the look-up of a hand-signed webhook finds it. */
  vouch(made: Pick<OzowTransaction, "reference" | "amountCents"> & Partial<OzowTransaction>): OzowTransaction {
    const now = ozowInstant(Date.now());
    const transaction: OzowTransaction = {
      id: randomUUID(),
      siteCode: this.options.siteCode,
      status: "Successful",
      paymentId: this.books.latestPayment(made.reference)?.id ?? null,
      createdDate: now,
      completedDate: now,
      ...made,
    };
    this.books.record({ kind: "transaction", transaction });
    return transaction;
  }

  async #openUnseen(reference: string): Promise<OzowPayment | null> {
    const known = await this.options.findContribution(reference);
    if (!known) return null;
    const expireAt = ozowInstant(Date.now() + 60 * MINUTE_MS);
    return this.create({ reference, amountCents: known.amountCents, returnUrl: null, expireAt });
  }

  #noticesFor(payment: OzowPayment, outcome: Outcome, delayMs: number): OzowNotice[] {
    return this.#enter(payment, outcome).map(({ transaction, forged = false }) => {
      const svixId = messageId(transaction.id, transaction.status);
      const { id, status, createdDate } = transaction;
      const body = thinMessage("transaction.complete", createdDate, { id, status });
      const { notifyUrl } = this.options;
      return { ...newNotice({ token: payment.id, status, body, notifyUrl }, delayMs), svixId, forged };
    });
  }

  /** Enters an outcome into the books. @returns its messages in the order they are sent */
  #enter(payment: OzowPayment, outcome: Outcome): OzowMessage[] {
    const paid = () => ({ transaction: this.#transaction(payment, "Successful") });
    switch (outcome) {
      case "pay":
      case "pay_late":
        return [paid()];
      case "pay_twice":
        return [paid(), { transaction: this.#newTransaction(payment, "Successful", payment.amountCents) }];
      case "cancel":
        return [{ transaction: this.#transaction(payment, "Cancelled") }];
      case "fail":
        return [{ transaction: this.#transaction(payment, "Error") }];
      case "wrong_amount":
        return [{ transaction: this.#transaction(payment, "Successful", Math.floor(payment.amountCents / 2)) }];
      case "bad_signature":
        // A forger names a transaction that does not exist.
        return [
          {
            transaction: { id: randomUUID(), status: "Successful", createdDate: ozowInstant(Date.now()) },
            forged: true,
          },
        ];
      case "silent":
        paid();
        return [];
      case "duplicate": {
        const message = paid();
        return [message, message, message];
      }
      case "reorder": {
        // The guest left the bank's page in the first try. Its message is sent after that of the second try.
        const left = { transaction: this.#transaction(payment, "Incomplete", payment.amountCents, MINUTE_MS) };
        return [paid(), left];
      }
      default:
        throw new RangeError(`unknown outcome ${outcome satisfies never}`);
    }
  }

  /** Simulating the same outcome of a payment again gives the same transaction. */
  #transaction(payment: OzowPayment, status: string, amountCents = payment.amountCents, agoMs = 0): OzowTransaction {
    const known = this.books
      .transactionsOf(payment.id)
      .find((transaction) => transaction.status === status && transaction.amountCents === amountCents);
    return known ?? this.#newTransaction(payment, status, amountCents, agoMs);
  }

  #newTransaction({ id, reference, siteCode }: OzowPayment, status: string, amountCents: number, agoMs = 0) {
    const createdDate = ozowInstant(Date.now() - agoMs);
    const transaction: OzowTransaction = {
      id: randomUUID(),
      paymentId: id,
      reference,
      siteCode,
      amountCents,
      status,
      createdDate,
      completedDate: status === "Incomplete" ? null : createdDate,
    };
    this.books.record({ kind: "transaction", transaction });
    return transaction;
  }

  async #notifyRefund({ id, status, transactionId }: OzowRefund): Promise<void> {
    const body = thinMessage("refund.complete", ozowInstant(Date.now()), { id, status });
    const token = this.books.transactions.get(transactionId)?.paymentId ?? transactionId;
    const notice = newNotice({ token, status: `refund ${status}`, body, notifyUrl: this.options.notifyUrl }, 0);
    await this.#courier.deliver([{ ...notice, svixId: messageId(id, status), forged: false }]);
  }

  #headersOf({ svixId, body, forged }: OzowNotice): Record<string, string> {
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const secret = forged ? FOREIGN_SECRET : this.options.webhookSecret;
    return {
      "content-type": "application/json",
      "svix-id": svixId,
      "svix-timestamp": timestamp,
      "svix-signature": svixSignature(secret, svixId, timestamp, body),
    };
  }

  #bookLines({ id, status, amountCents }: OzowTransaction): string[] {
    const refunds = this.books.refundsOf(id).map((refund) => `refund ${refund.status} ${rands(refund.amountCents)}`);
    return [`${status} ${rands(amountCents)}`, ...refunds];
  }
}
