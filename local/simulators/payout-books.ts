import { JsonLines } from "../json-lines.ts";

export const COUNTERPARTIES = ["takealot", "karri", "givengain"] as const;
export type CounterpartyName = (typeof COUNTERPARTIES)[number];

/** What a counterparty has paid under one reference. */
export type ExecutedPayout = {
  counterparty: CounterpartyName;
  reference: string;
  askedCents: number;
  /** what was paid by each execution */
  amountCents: number;
  status: "pending" | "completed";
  /** the order, transaction or donation number */
  number: string;
  /** an e-mail address, the last four digits of a card, or a cause */
  recipient: string;
  giftCardCode: string | null;
  /** how often it was paid, which must be once */
  executions: number;
  /** how often it was sent to us */
  requests: number;
  at: string;
};

/** All payouts at all counterparties. A reference occurs once for each counterparty. */
export class PayoutBooks {
  readonly #log: JsonLines<ExecutedPayout>;
  readonly #payouts = new Map<string, ExecutedPayout>();

  constructor(path: string | null) {
    this.#log = new JsonLines<ExecutedPayout>(path);
    for (const payout of this.#log.items) this.#payouts.set(keyOf(payout), payout);
  }

  /** Adds a payout, or replaces the one of the same reference. */
  record(payout: ExecutedPayout): void {
    this.#log.append(payout);
    this.#payouts.set(keyOf(payout), payout);
  }

  find(counterparty: CounterpartyName, reference: string): ExecutedPayout | null {
    return this.#payouts.get(keyOf({ counterparty, reference })) ?? null;
  }

  newest(): ExecutedPayout[] {
    return [...this.#payouts.values()].toReversed();
  }
}

function keyOf({ counterparty, reference }: Pick<ExecutedPayout, "counterparty" | "reference">): string {
  return `${counterparty}/${reference}`;
}
