import { JsonLines } from "../json-lines.ts";
import type { Courier, Notice, NoticeEntry } from "./courier.ts";
import type { SnapscanPayment } from "./snapscan-payment.ts";

/** An opened code with the parameters of its URL. */
export type Scan = {
  token: string;
  reference: string;
  amountCents: number;
  strict: boolean;
  /** the URL's parameters, which `extra` returns */
  query: Record<string, string>;
  at: string;
};
export type SnapscanNotice = Notice & { forged: boolean };

export type SnapscanEntry =
  | { kind: "scan"; scan: Scan }
  | { kind: "payment"; payment: SnapscanPayment }
  | NoticeEntry<SnapscanNotice>;

/** All scans and payments at SnapScan, oldest first. */
export class SnapscanBooks {
  readonly scans = new Map<string, Scan>();
  readonly payments = new Map<number, SnapscanPayment>();
  readonly #log: JsonLines<SnapscanEntry>;
  readonly #courier: Courier<SnapscanNotice>;

  constructor(path: string | null, courier: Courier<SnapscanNotice>) {
    this.#courier = courier;
    this.#log = new JsonLines<SnapscanEntry>(path);
    for (const entry of this.#log.items) this.#apply(entry);
  }

  record(entry: SnapscanEntry): void {
    this.#log.append(entry);
    this.#apply(entry);
  }

  latestScan(reference: string): Scan | null {
    return [...this.scans.values()].findLast((scan) => scan.reference === reference) ?? null;
  }

  paymentsFor(reference: string): SnapscanPayment[] {
    return [...this.payments.values()].filter(({ merchantReference }) => merchantReference === reference);
  }

  isPaid(reference: string): boolean {
    return this.paymentsFor(reference).some(({ status }) => status === "completed");
  }

  #apply(entry: SnapscanEntry): void {
    if (entry.kind === "scan") this.scans.set(entry.scan.token, entry.scan);
    else if (entry.kind === "payment") this.payments.set(entry.payment.id, entry.payment);
    else this.#courier.apply(entry);
  }
}
