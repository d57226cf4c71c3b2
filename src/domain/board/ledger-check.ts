import type { BoardBooks } from "./board.ts";
import { firstBrokenLink, GENESIS_HASH } from "./chain.ts";
import type { Hold, Payout, RecordedEvent, StoredEvent } from "./events.ts";
import { evolve } from "./evolve.ts";
import { holdKey, holdOf, holdsAfter } from "./holds.ts";
import { netOf, type Pot, potOf, recount } from "./pot.ts";
import { isReadable, readEvent } from "./read-event.ts";
import { type BoardState, unopenedBoard } from "./state.ts";

/** The tables whose rows the log explains. Of several differences the first in this order is reported: causes before sums. */
const LEDGER_TABLES = [
  "contributions",
  "refunds",
  "payouts",
  "payout_items",
  "payout_executions",
  "payout_holds",
  "payment_losses",
  "board_pots",
  "dream_boards_with_totals",
  "dream_boards",
] as const;
export type LedgerTable = (typeof LEDGER_TABLES)[number];

/** Columns by name: amounts in cents, instants as ISO 8601. */
export type Facts = Readonly<Record<string, string | number | null>>;

/**
 * One line of a board's ledger: what Postgres and the board's object say of it, without personal data. The lines come in
 * this order: `ledger`, the log's `event`s by `seq`, `row`s in any order, `object`, `end`. `board` is a public id.
 * `inspection` is null when the object could not be reached.
 */
export type LedgerLine =
  | Readonly<{ kind: "ledger"; board: string; at: string }>
  | (Readonly<{ kind: "event" }> & StoredEvent)
  | Readonly<{ kind: "row"; table: LedgerTable; key: string; values: Facts }>
  | Readonly<{ kind: "object"; inspection: Inspection | null }>
  | Readonly<{ kind: "end" }>;

type Inspection = BoardBooks & Readonly<{ projectedSeq: number }>;

/** `what` names the place: an event, a table with the key of its row and a column, or a field of the object. */
export type LedgerDifference = Readonly<{ what: string; expected: string; found: string }>;

export function differenceInWords({ what, expected, found }: LedgerDifference): string {
  return `${what}: expected ${expected}, found ${found}`;
}

/** `what` of the difference that projecting the log again mends. */
export const OBJECT_IS_AHEAD = "events in Postgres";

/** References that others gave. A difference is logged, so it does not show them. */
const OPAQUE: ReadonlySet<string> = new Set([
  "payment_ref",
  "provider_payment_id",
  "provider_refund_id",
  "external_ref",
]);

const RANK_OF_LOG = 0;
const RANK_OF_SUMS = 1;
const RANK_OF_TABLES = 2;
const RANK_OF_OBJECT = RANK_OF_TABLES + LEDGER_TABLES.length;

type HoldFacts = Hold & { placedAt: string; liftedAt: string | null };

/**
 * Folds the log of one board again, with the rules of this release, and compares it with everything else the ledger says:
 * the chain, the pot, the payouts, every row, and the object. (design 7) Takes the lines one by one and keeps only the fold.
 */
export class LedgerCheck {
  events = 0;
  #state = unopenedBoard();
  #head = { seq: 0, hash: GENESIS_HASH };
  /** Those that left the state too. */
  readonly #contributions = new Map<string, Facts>();
  /** By the sequence number of the event that placed it. */
  readonly #holds = new Map<number, HoldFacts>();
  readonly #losses = new Map<number, Facts>();
  #expected: Map<string, Facts> | null = null;
  #object: Extract<LedgerLine, { kind: "object" }> | null = null;
  #isComplete = false;
  #found: { rank: number; difference: LedgerDifference } | null = null;

  /** The newest event of the log in Postgres. */
  get headSeq(): number {
    return this.#head.seq;
  }

  add(line: LedgerLine): void {
    switch (line.kind) {
      case "ledger":
        return;
      case "event": {
        const { kind: _, ...stored } = line;
        this.events += 1;
        if (this.#found?.rank === RANK_OF_LOG) return;
        const difference = this.#fold(stored);
        if (difference) this.#found = { rank: RANK_OF_LOG, difference };
        return;
      }
      case "row":
        this.#compareRow(line);
        return;
      case "object":
        this.#object = line;
        return;
      case "end":
        this.#isComplete = true;
        return;
      default:
        line satisfies never;
    }
  }

  /** The first difference, after the last line; null when there is none. */
  finish(): LedgerDifference | null {
    if (this.#found?.rank === RANK_OF_LOG) return this.#found.difference;
    if (!this.#isComplete) return { what: "the export", expected: "its last line", found: "an end before it" };
    this.#compareSums();
    for (const [name, facts] of this.#expectedRows()) {
      if (!mayBeMissing(name, facts)) this.#note(rankOf(name), name, inWords(facts), "no row");
    }
    this.#compareObject();
    return this.#found?.difference ?? null;
  }

  #note(rank: number, name: string, expected: string | number, found: string | number): void {
    if (this.#found && this.#found.rank <= rank) return;
    // The key of a refund ends in the provider's id of the payment.
    const what = name.replace(/\/\S*/, "");
    this.#found = { rank, difference: { what, expected: String(expected), found: String(found) } };
  }

  /** Adds the event to the fold, or says why it does not follow from those before it. */
  #fold(stored: StoredEvent): LedgerDifference | null {
    const what = `event ${stored.seq} (${stored.type} v${stored.v})`;
    const { seq } = this.#head;
    if (this.#expected) return { what, expected: "all events before the first row", found: "one behind it" };
    if (stored.seq !== seq + 1)
      return { what: "the chain", expected: `event ${seq + 1}`, found: `event ${stored.seq}` };
    if (firstBrokenLink([stored], this.#head) !== null) {
      return { what, expected: `a hash that follows from event ${seq}`, found: "another" };
    }
    const entry = readEvent(stored);
    if (!isReadable(entry))
      return { what, expected: "an event of this release", found: `one that is ${entry.problem}` };
    try {
      this.#state = evolve(this.#state, entry.event, entry.at);
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error);
      return { what, expected: "an event of this history", found };
    }
    this.#follow(entry);
    this.#head = { seq: stored.seq, hash: stored.hash };
    return null;
  }

  /** What rows need and the state forgets. */
  #follow({ seq, at, event }: RecordedEvent): void {
    if ("contributionId" in event && event.contributionId !== null) this.#followContribution(event.contributionId);
    if (event.type === "payout_hold_placed") {
      this.#holds.set(seq, { ...holdOf(event), placedAt: at, liftedAt: null });
    }
    if (event.type === "payout_hold_lifted") {
      const placed = [...this.#holds.values()].findLast((hold) => holdKey(hold) === holdKey(event));
      if (placed) placed.liftedAt = at;
    }
    if (event.type === "payment_lost") {
      const { contributionId, provider, providerPaymentId, lost } = event;
      this.#losses.set(seq, {
        contribution_id: contributionId,
        payment_provider: provider,
        provider_payment_id: providerPaymentId,
        lost_cents: lost,
      });
    }
  }

  #followContribution(id: string): void {
    const contribution = this.#state.contributions.get(id);
    const known = this.#contributions.get(id);
    if (contribution) {
      const { amount, fee, status, provider, reference } = contribution;
      this.#contributions.set(id, {
        amount_cents: amount,
        fee_cents: fee,
        net_cents: netOf(contribution),
        payment_provider: provider,
        payment_ref: reference,
        payment_status: status,
      });
    } else if (known) {
      // It left the state with this event, so it was given up.
      this.#contributions.set(id, { ...known, payment_status: "failed" });
    }
  }

  #compareSums(): void {
    const state = this.#state;
    if (potInWords(recount(state)) !== potInWords(potOf(state))) {
      this.#note(RANK_OF_SUMS, "the pot of the log", potInWords(recount(state)), potInWords(potOf(state)));
    }
    if (!state.closing) return;
    const gross = [...state.payouts.values()].reduce((sum, payout) => sum + payout.gross, 0);
    const owed = potOf(state).payable + state.lost;
    if (gross !== owed) this.#note(RANK_OF_SUMS, "the gross of all payouts of the log", owed, gross);
  }

  /** What the rows must be, by table and key. Each row that comes is taken out. */
  #expectedRows(): Map<string, Facts> {
    this.#expected ??= new Map([
      ...rowsOf("contributions", this.#contributions),
      ...rowsOf("payment_losses", this.#losses),
      ...rowsOf("payout_holds", new Map([...this.#holds].map(([seq, hold]) => [seq, holdFacts(hold)]))),
      ...rowsOf("refunds", refundFacts(this.#state)),
      ...payoutRows(this.#state),
      ...boardRows(this.#state),
    ]);
    return this.#expected;
  }

  #compareRow({ table, key, values }: Extract<LedgerLine, { kind: "row" }>): void {
    if (this.#found?.rank === RANK_OF_LOG) return;
    const name = `${table} ${key}`;
    const facts = this.#expectedRows().get(name);
    this.#expectedRows().delete(name);
    if (facts) this.#compareFacts(rankOf(name), name, facts, values);
    else this.#note(rankOf(name), name, "no row", inWords(values));
  }

  #compareFacts(rank: number, name: string, facts: Facts, found: Facts): void {
    for (const [column, value] of Object.entries(facts)) {
      const other = found[column];
      if (other === value) continue;
      const isOpaque = OPAQUE.has(column);
      const expected = isOpaque && value !== null ? "the one of the log" : value;
      const seen = isOpaque && other ? "another" : other;
      this.#note(rank, `${name} ${column}`, String(expected), String(seen));
    }
  }

  #compareObject(): void {
    const object = this.#object?.inspection;
    const fields: readonly Field[] = object ? this.#objectFields(object) : [["the object", "an answer", "none"]];
    for (const [what, expected, found] of fields) {
      if (expected !== found) this.#note(RANK_OF_OBJECT, what, expected, found);
    }
  }

  /** The first that differs is the reason of those after it. */
  #objectFields(object: Inspection): Field[] {
    const state = this.#state;
    const { seq, hash } = this.#head;
    const { headSeq, projectedSeq, unreadable } = object;
    return [
      ["the object's own pot", potInWords(object.recounted), potInWords(object.pot)],
      ["events of the object", seq, Math.min(headSeq, seq)],
      ["events that the object believes are in Postgres", seq, Math.max(projectedSeq, seq)],
      [OBJECT_IS_AHEAD, Math.max(headSeq, seq), seq],
      ["the object's newest hash", hash, object.headHash],
      ["the event that the object cannot read", "none", unreadable ? `event ${unreadable.seq}` : "none"],
      ["the object's status", state.status, object.status],
      ["the object's pot", potInWords(potOf(state)), potInWords(object.pot)],
      ["the object's contributions", state.contributionCount, object.contributionCount],
      ["the object's losses", state.lost, object.lost],
      ["the object's payouts", payoutsInWords([...state.payouts.values()]), payoutsInWords(object.payouts)],
      ["the object's holds", holdsInWords(holdsAfter(state, [])), holdsInWords(object.holds)],
    ];
  }
}

type Field = readonly [what: string, expected: string | number, found: string | number];

function rankOf(name: string): number {
  return RANK_OF_TABLES + LEDGER_TABLES.findIndex((table) => name.startsWith(`${table} `));
}

/** Rows that older releases did not write, or that are written with the first change: they say nothing yet. */
function mayBeMissing(name: string, facts: Facts): boolean {
  if (name.startsWith("board_pots ")) return Object.values(facts).every((value) => value === 0);
  return name.startsWith("payout_executions ") && facts.status === "pending" && facts.attempt === 1;
}

function rowsOf(table: LedgerTable, rows: ReadonlyMap<string | number, Facts>): [string, Facts][] {
  return [...rows].map(([key, facts]) => [`${table} ${key}`, facts]);
}

function holdFacts({ reason, contributionId, providerPaymentId, placedAt, liftedAt }: HoldFacts): Facts {
  return {
    reason,
    contribution_id: contributionId,
    provider_payment_id: providerPaymentId,
    placed_at: placedAt,
    lifted_at: liftedAt,
  };
}

function refundFacts({ terms, contributions }: BoardState): Map<string, Facts> {
  const rows = new Map<string, Facts>();
  // Those of a sandbox are in the log only.
  if (terms?.sandbox) return rows;
  for (const { id, refunds } of contributions.values()) {
    for (const { providerPaymentId, amount, status, attempt, providerRefundId } of refunds.values()) {
      rows.set(`${id}/${providerPaymentId}`, {
        amount_cents: amount,
        status,
        attempt,
        provider_refund_id: providerRefundId,
      });
    }
  }
  return rows;
}

function payoutRows({ payouts }: BoardState): [string, Facts][] {
  return [...payouts.values()].flatMap((payout) => [
    [`payouts ${payout.id}`, payoutFacts(payout)],
    [`payout_executions ${payout.id}`, executionFacts(payout)],
    ...payout.items.map(({ id, type, amount }): [string, Facts] => [
      `payout_items ${id}`,
      { payout_id: payout.id, type, amount_cents: amount },
    ]),
  ]);
}

function payoutFacts({ type, gross, fee, net, status, completion, createdAt }: Payout): Facts {
  return {
    type,
    gross_cents: gross,
    fee_cents: fee,
    net_cents: net,
    status,
    external_ref: completion?.externalRef ?? null,
    created_at: createdAt,
    completed_at: completion?.completedAt ?? null,
  };
}

function executionFacts({ status, attempt, execution, errorCode }: Payout): Facts {
  return {
    status,
    attempt,
    execution_id: execution?.id ?? null,
    method: execution?.method ?? null,
    started_at: execution?.startedAt ?? null,
    error_code: errorCode,
  };
}

function boardRows(state: BoardState): [string, Facts][] {
  const { terms, counted, returning, contributionCount } = state;
  if (!terms) return [];
  const { boardId, goal } = terms;
  return [
    [
      `dream_boards ${boardId}`,
      {
        status: state.status,
        goal_cents: goal,
        deadline: state.deadline.toISOString(),
        updated_at: state.updatedAt,
      },
    ],
    [
      `dream_boards_with_totals ${boardId}`,
      {
        raised_cents: counted,
        contribution_count: contributionCount,
        overflow_cents: Math.max(0, counted - goal),
      },
    ],
    [
      `board_pots ${boardId}`,
      { counted_cents: counted, returning_cents: returning, contribution_count: contributionCount },
    ],
  ];
}

function inWords(facts: Facts): string {
  const shown = Object.entries(facts).filter(([column]) => !OPAQUE.has(column));
  return shown.map(([column, value]) => `${column} ${value}`).join(", ");
}

function potInWords({ counted, returning }: Pick<Pot, "counted" | "returning">): string {
  return `${counted} with ${returning} on its way back`;
}

function payoutsInWords(payouts: readonly Payout[]): string {
  const one = (payout: Payout) => {
    const items = payout.items.map(({ type, amount }) => `${type} ${amount}`).join(" and ");
    return `${payout.id} (${inWords({ ...payoutFacts(payout), ...executionFacts(payout), items })})`;
  };
  return payouts.map(one).join("; ") || "none";
}

function holdsInWords(holds: readonly Hold[]): string {
  const words = holds.map(({ reason, contributionId }) => (contributionId ? `${reason} of ${contributionId}` : reason));
  return words.sort().join(", ") || "none";
}
