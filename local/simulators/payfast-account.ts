import { payfastFeeCents } from "./payfast-notice.ts";

export type ReceivedPayment = { pfPaymentId: string; reference: string; grossCents: number; name: string; at: string };
export type PayfastRefund = { pfPaymentId: string; amountCents: number; reason: string; at: string };
/** The entries of the account in the file. */
export type AccountEntry = { kind: "received"; payment: ReceivedPayment } | { kind: "refund"; refund: PayfastRefund };

/** How PayFast refunds a payment: to its source, to a bank account, or not at all. */
export const REFUND_METHODS = ["PAYMENT_SOURCE", "BANK_PAYOUT", "NOT_AVAILABLE"] as const;
export type RefundMethod = (typeof REFUND_METHODS)[number];

export type Span = { from: string; to: string; offset: number; limit: number };

const COLUMNS = [
  "Date",
  "Type",
  "Sign",
  "Party",
  "Name",
  "Description",
  "Currency",
  "Funding Type",
  "Gross",
  "Fee",
  "Net",
  "Balance",
  "M Payment ID",
  "PF Payment ID",
];

/** The merchant's payments and refunds. Dates are South African, as in the real history. */
export class PayfastAccount {
  refundMethod: RefundMethod = "PAYMENT_SOURCE";
  readonly #received = new Map<string, ReceivedPayment>();
  readonly #refunds: PayfastRefund[] = [];

  apply(entry: AccountEntry): void {
    if (entry.kind === "received") this.#received.set(entry.payment.pfPaymentId, entry.payment);
    else this.#refunds.push(entry.refund);
  }

  find(pfPaymentId: string): ReceivedPayment | null {
    return this.#received.get(pfPaymentId) ?? null;
  }

  receivedFor(reference: string): ReceivedPayment[] {
    return [...this.#received.values()].filter((payment) => payment.reference === reference);
  }

  refundsOf(pfPaymentId: string): PayfastRefund[] {
    return this.#refunds.filter((refund) => refund.pfPaymentId === pfPaymentId);
  }

  refundableCents({ pfPaymentId, grossCents }: ReceivedPayment): number {
    return this.refundsOf(pfPaymentId).reduce((left, { amountCents }) => left - amountCents, grossCents);
  }

  /** `GET /transactions/history`: CSV with a header row, oldest first, both days included. */
  history({ from, to, offset, limit }: Span): string {
    const rows = this.#rows().filter(([date = ""]) => date.slice(0, 10) >= from && date.slice(0, 10) <= to);
    return [COLUMNS, ...rows.slice(offset, offset + limit)].map((row) => `${row.map(quoted).join(",")}\n`).join("");
  }

  #rows(): string[][] {
    const moves = [
      ...[...this.#received.values()].map((payment) => ({ payment, cents: payment.grossCents, at: payment.at })),
      ...this.#refunds.flatMap(({ pfPaymentId, amountCents, at }) => {
        const payment = this.find(pfPaymentId);
        return payment ? [{ payment, cents: -amountCents, at }] : [];
      }),
    ].toSorted((a, b) => a.at.localeCompare(b.at));
    let balance = 0;
    return moves.map(({ payment, cents, at }) => {
      const fee = cents > 0 ? payfastFeeCents(cents) : 0;
      balance += cents - fee;
      return [
        southAfrican(at),
        ...(cents > 0 ? ["FUNDS_RECEIVED", "CREDIT"] : ["REFUND", "DEBIT"]),
        payment.name,
        "ChipIn gift contribution",
        "",
        "ZAR",
        "CC",
        plain(cents),
        plain(-fee),
        plain(cents - fee),
        grouped(balance),
        payment.reference,
        payment.pfPaymentId,
      ];
    });
  }
}

/** `2026-03-01 13:29:55`, two hours ahead of UTC all year. */
export function southAfrican(instant: string): string {
  return new Date(Date.parse(instant) + 7_200_000).toISOString().slice(0, 19).replace("T", " ");
}

function plain(cents: number): string {
  return (cents / 100).toFixed(2);
}

function grouped(cents: number): string {
  return (cents / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
