import { randomUUID } from "node:crypto";
import type { OzowBooks, OzowRefund, OzowTransaction } from "./ozow-books.ts";
import { ozowInstant } from "./ozow-signature.ts";

/**
 * How a refund ends: paid out after two seconds, paid out only by `flush`, refused by the bank, or paid out and then
 * returned by the bank.
 */
export const REFUND_MODES = ["complete", "hold", "fail", "return"] as const;
export type RefundMode = (typeof REFUND_MODES)[number];

/** The batches of the real Ozow run twice a day. */
const BATCH_MS = 2_000;
const ENDINGS: Record<RefundMode, readonly string[]> = {
  complete: ["complete"],
  hold: ["complete"],
  fail: ["failed"],
  return: ["complete", "returned"],
};

/** The refunds: pending first, carried out later, and reported then. */
export class OzowRefunds {
  mode: RefundMode = "complete";
  readonly #books: OzowBooks;
  readonly #notify: (refund: OzowRefund) => Promise<void>;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #stopped = false;

  constructor(books: OzowBooks, notify: (refund: OzowRefund) => Promise<void>) {
    this.#books = books;
    this.#notify = notify;
  }

  request(
    transaction: OzowTransaction,
    asked: Pick<OzowRefund, "amountCents" | "reason" | "realTimePayment">,
  ): OzowRefund {
    const refund: OzowRefund = {
      id: randomUUID(),
      transactionId: transaction.id,
      ...asked,
      status: "pending",
      requested: ozowInstant(Date.now()),
      completed: null,
    };
    this.#books.record({ kind: "refund", refund });
    this.#schedule(refund.id);
    return refund;
  }

  resume(): void {
    for (const { id } of this.#pending()) this.#schedule(id);
  }

  /** Carries out all pending refunds now. */
  async flush(): Promise<number> {
    const pending = this.#pending();
    for (const { id } of pending) await this.#carryOut(id);
    return pending.length;
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #pending(): OzowRefund[] {
    return [...this.#books.refunds.values()].filter(({ status }) => status === "pending");
  }

  #schedule(id: string): void {
    if (this.#stopped) return;
    const run = () => void (this.mode === "hold" ? undefined : this.#carryOut(id));
    this.#timers.set(id, setTimeout(run, BATCH_MS));
  }

  async #carryOut(id: string): Promise<void> {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    if (this.#books.refunds.get(id)?.status !== "pending") return;
    for (const status of ENDINGS[this.mode]) {
      const refund = this.#books.refunds.get(id);
      if (!refund) return;
      const completed = status === "failed" ? null : ozowInstant(Date.now());
      this.#books.record({ kind: "refund", refund: { ...refund, status, completed } });
      this.#restate(refund.transactionId);
      await this.#notify({ ...refund, status, completed });
    }
  }

  /** A completely refunded transaction has the status `Refunded`. */
  #restate(transactionId: string): void {
    const transaction = this.#books.transactions.get(transactionId);
    if (!transaction) return;
    const paidOut = this.#books.refundsOf(transactionId).filter(({ status }) => status === "complete");
    const whole = paidOut.reduce((sum, { amountCents }) => sum + amountCents, 0) >= transaction.amountCents;
    this.#books.record({
      kind: "transaction",
      transaction: { ...transaction, status: whole ? "Refunded" : "Successful" },
    });
  }
}
