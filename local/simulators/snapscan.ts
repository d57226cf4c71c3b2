import { randomInt, randomUUID } from "node:crypto";
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
import { type Scan, SnapscanBooks, type SnapscanNotice } from "./snapscan-books.ts";
import { type SnapscanPayment, snapscanPayment } from "./snapscan-payment.ts";
import { webhookAuthorization, webhookBody } from "./snapscan-signature.ts";

type SnapscanOptions = {
  snapCode: string;
  apiKey: string;
  webhookAuthKey: string;
  notifyUrl: string;
  path: string | null;
  findContribution: FindContribution;
};
type SnapscanMessage = { payment: SnapscanPayment; forged?: boolean };
type PaymentFacts = Omit<Parameters<typeof snapscanPayment>[0], "id" | "snapCode" | "authCode" | "at"> & { at?: Date };
/** A payment to enter with `vouch`. */
export type Vouched = { merchantReference: string; requiredAmount: number } & Partial<SnapscanPayment>;
/** The result of a button of the page. */
export type PaymentResult = { refused: string } | { payment: SnapscanPayment | null };

const LATE_MS = 5_000;
/** SnapScan retries for three minutes. */
const RETRY_DELAYS_MS = [2_000, 8_000, 20_000, 50_000, 90_000];
const MAX_OVERDUE_MS = 180_000;
const UNPAID: readonly Outcome[] = ["cancel", "fail", "bad_signature"];

/** SnapScan: the page of a code, the merchant API, and webhooks. It has no API for refunds. */
export class SnapscanSimulator implements ProviderSimulator {
  readonly api = new ApiSwitch();
  readonly books: SnapscanBooks;
  readonly options: SnapscanOptions;
  readonly #courier: Courier<SnapscanNotice>;
  #lastId: number;

  constructor(options: SnapscanOptions) {
    this.options = options;
    this.#courier = new Courier<SnapscanNotice>({
      keep: (entry) => this.books.record(entry),
      headersOf: ({ body, forged }) => ({
        "content-type": "application/x-www-form-urlencoded",
        authorization: webhookAuthorization(forged ? "a foreign key" : options.webhookAuthKey, body),
      }),
      isTaken: (status) => status === 200,
      retryDelaysMs: RETRY_DELAYS_MS,
      maxOverdueMs: MAX_OVERDUE_MS,
    });
    this.books = new SnapscanBooks(options.path, this.#courier);
    this.#lastId = [...this.books.payments.keys()].reduce((last, id) => Math.max(last, id), Date.now());
  }

  resume(): void {
    this.#courier.resume();
  }

  stop(): void {
    this.#courier.stop();
    this.api.stop();
  }

  flush(): Promise<number> {
    return this.#courier.flush();
  }

  noticesOf(token: string): SnapscanNotice[] {
    return this.#courier.of(token);
  }

  payments(): PaymentLine[] {
    return [...this.books.scans.values()].toReversed().map((scan) => ({
      provider: "snapscan",
      reference: scan.reference,
      amountCents: scan.amountCents,
      at: scan.at,
      page: `/snapscan/qr/${this.options.snapCode}?${new URLSearchParams(scan.query)}`,
      books: this.books.paymentsFor(scan.reference).map(({ status, totalAmount }) => `${status} ${rands(totalAmount)}`),
      notices: this.noticesOf(scan.token),
    }));
  }

  /** A guest scanned the code or followed its link. The same code opened again is the same scan. */
  open(query: Record<string, string>): Scan | { problem: string } {
    const { id: reference = "", amount = "", strict } = query;
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(reference)) return { problem: "id: 1 to 32 letters, digits, - and _" };
    if (!/^[1-9]\d{0,8}$/.test(amount)) return { problem: "amount: whole cents" };
    const known = this.books.latestScan(reference);
    if (known && new URLSearchParams(known.query).toString() === new URLSearchParams(query).toString()) return known;
    const of = { reference, amountCents: Number(amount), strict: strict === "true", query };
    const scan = { ...of, token: randomUUID(), at: new Date().toISOString() };
    this.books.record({ kind: "scan", scan });
    return scan;
  }

  /** Handles a button of the page. A strict code is paid once, except by `pay_twice`. */
  async finish(scan: Scan, outcome: Outcome, tipCents = 0): Promise<PaymentResult> {
    const again = this.books.isPaid(scan.reference) && !UNPAID.includes(outcome);
    if (again && scan.strict && outcome !== "pay_twice") return { refused: "This code has been paid already." };
    const late = outcome === "pay_late";
    const messages = this.#enter(scan, outcome, { tipCents, anew: again && !scan.strict });
    const notices = this.#noticesOf(scan, messages, late ? LATE_MS : 0);
    if (late) this.#courier.deliverLater(notices);
    else await this.#courier.deliver(notices);
    const paid = this.books.paymentsFor(scan.reference).findLast(({ status }) => status === "completed");
    return { payment: paid ?? null };
  }

  async simulate(reference: string, outcome: Outcome): Promise<CallbackResult[] | null> {
    const scan = this.books.latestScan(reference) ?? (await this.#openUnseen(reference));
    return scan && this.#courier.deliver(this.#noticesOf(scan, this.#enter(scan, outcome), 0));
  }

  /** Enters a payment into the books, so that the look-up of a hand-signed webhook finds it. */
  vouch(made: Vouched): SnapscanPayment {
    const { merchantReference: reference, requiredAmount: requiredCents } = made;
    const plain = this.#make({
      reference,
      requiredCents,
      tipCents: made.tipAmount ?? 0,
      status: "completed",
      extra: {},
    });
    const payment = { ...plain, ...made };
    this.#lastId = Math.max(this.#lastId, payment.id);
    this.books.record({ kind: "payment", payment });
    return payment;
  }

  async #openUnseen(reference: string): Promise<Scan | null> {
    const known = await this.options.findContribution(reference);
    if (!known) return null;
    const scan = this.open({ id: reference, amount: String(known.amountCents), strict: "true" });
    return "problem" in scan ? null : scan;
  }

  #noticesOf(scan: Scan, messages: readonly SnapscanMessage[], delayMs: number): SnapscanNotice[] {
    return messages.map(({ payment, forged = false }) => {
      const about = { token: scan.token, status: payment.status, body: webhookBody(payment) };
      return { ...newNotice({ ...about, notifyUrl: this.options.notifyUrl }, delayMs), forged };
    });
  }

  /** Enters an outcome into the books. @returns its messages in the order they are sent */
  #enter(scan: Scan, outcome: Outcome, { tipCents = 0, anew = false } = {}): SnapscanMessage[] {
    const { reference, amountCents, query } = scan;
    const facts = { reference, requiredCents: amountCents, tipCents, status: "completed", extra: query } as const;
    const paid = () => ({ payment: this.#payment(facts, anew) });
    switch (outcome) {
      case "pay":
      case "pay_late":
        return [paid()];
      case "pay_twice":
        return [paid(), { payment: this.#payment(facts, true) }];
      case "cancel":
      case "fail":
        return [{ payment: this.#payment({ ...facts, status: "error" }, false) }];
      case "wrong_amount":
        return [{ payment: this.#payment({ ...facts, requiredCents: Math.floor(amountCents / 2) }, anew) }];
      case "bad_signature":
        // A forged payment is not in the books.
        return [{ payment: this.#make(facts), forged: true }];
      case "silent":
        paid();
        return [];
      case "duplicate": {
        const message = paid();
        return [message, message, message];
      }
      case "reorder": {
        // The guest's first try failed. Its message is sent after that of the second try.
        const first = { payment: this.#payment({ ...facts, status: "error", at: minuteAgo() }, false) };
        return [paid(), first];
      }
      default:
        throw new RangeError(`unknown outcome ${outcome satisfies never}`);
    }
  }

  /** Simulating the same outcome of a code again gives the same payment, unless it is paid `anew`. */
  #payment(facts: PaymentFacts, anew: boolean): SnapscanPayment {
    const known = this.books
      .paymentsFor(facts.reference)
      .find(({ status, requiredAmount }) => status === facts.status && requiredAmount === facts.requiredCents);
    if (known && !anew) return known;
    const payment = this.#make(facts);
    this.books.record({ kind: "payment", payment });
    return payment;
  }

  #make(facts: PaymentFacts): SnapscanPayment {
    this.#lastId += 1;
    const authCode = String(randomInt(1_000_000)).padStart(6, "0");
    const { snapCode } = this.options;
    return snapscanPayment({ at: new Date(), ...facts, id: this.#lastId, snapCode, authCode });
  }
}

function minuteAgo(): Date {
  return new Date(Date.now() - 60_000);
}
