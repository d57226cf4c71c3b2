import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chainHash, GENESIS_HASH } from "#domain/board/chain";
import type { Payout } from "#domain/board/events";
import type { Facts, LedgerLine, LedgerTable } from "#domain/board/ledger-check";
import { cents } from "#domain/money";
import { aPlayedBoard, type PlayedBoard, THANDI } from "../projection/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { differenceIn, ledgerOf } from "../support/ledger.ts";

let database: TestDatabase;
/** Two payouts, one paid and one in its second attempt; a refund that is done and one that waits; a chargeback; two holds. */
let board: PlayedBoard;
let lines: LedgerLine[];

beforeAll(async () => {
  database = await startTestDatabase();
  board = await aPlayedBoard(database, { goal: cents(30_000) });
  const [charged, returned] = [board.paid(50_000), board.paid(10_000)];
  const late = board.contribution(15_000);
  board.requestRefund(returned);
  board.reportRefund(returned, "completed");
  board.paid(20_000);
  board.hold();
  board.close();
  board.liftHold();
  board.startPayout(0);
  board.completePayout(0);
  board.failPayout(1);
  board.retryPayout(1);
  board.startPayout(1);
  board.report(late);
  board.report(charged, { status: "refunded", amount: null });
  board.hold();
  await board.write();
  lines = await ledgerOf(database, board.boardId, board);
});
afterAll(() => database.stop());

type Row = Extract<LedgerLine, { kind: "row" }>;
type Event = Extract<LedgerLine, { kind: "event" }>;
type Books = NonNullable<Extract<LedgerLine, { kind: "object" }>["inspection"]>;

/** The lines with one row of the table changed, or without it: the first that is `of` this kind. */
function withRow(table: LedgerTable, values: Facts | null, of: (values: Facts) => boolean = () => true): LedgerLine[] {
  const row = lines.find((line): line is Row => line.kind === "row" && line.table === table && of(line.values));
  if (!row) throw new Error(`no such row of ${table}`);
  const changed = values ? [{ ...row, values: { ...row.values, ...values } }] : [];
  return lines.flatMap((line) => (line === row ? changed : [line]));
}

const withPaid = (values: Facts) => withRow("payouts", values, ({ status }) => status === "completed");
const isOpen = (hold: Facts) => hold.lifted_at === null;

function withEvents(change: (events: Event[]) => Event[]): LedgerLine[] {
  const events = lines.filter((line): line is Event => line.kind === "event");
  return [...lines.slice(0, 1), ...change(events), ...lines.slice(1 + events.length)];
}

function withObject(change: (books: Books) => Partial<Books>): LedgerLine[] {
  return lines.map((line) =>
    line.kind === "object" && line.inspection
      ? { ...line, inspection: { ...line.inspection, ...change(line.inspection) } }
      : line,
  );
}

/** The lines with each event as `change` makes it, and a chain that holds. */
function rechained(of: readonly LedgerLine[], change: (event: Event) => Event): LedgerLine[] {
  let hash = GENESIS_HASH;
  return of.map((line) => {
    if (line.kind !== "event") return line;
    const changed = change(line);
    hash = chainHash(hash, changed);
    return { ...changed, hash };
  });
}

describe("the check of a ledger", () => {
  it("the check of a ledger finds no difference on a board with payouts, refunds, holds and a chargeback", () => {
    const { payouts, state } = board;
    expect([payouts.map(({ status }) => status), state.lost > 0, state.returning > 0, board.holds]).toEqual([
      ["completed", "processing"],
      true,
      true,
      ["person"],
    ]);
    const tables = new Set(lines.flatMap((line) => (line.kind === "row" ? [line.table] : [])));
    expect(tables.size).toBe(10);
    expect(differenceIn(lines)).toBeNull();
  });

  it("the check of a ledger finds each corruption and names its place", () => {
    const seq = board.log.length;
    const rows: [string, LedgerLine[], RegExp][] = [
      [
        "an event with other data",
        withEvents((events) =>
          events.map((event) => (event.seq === 3 ? { ...event, data: { ...event.data, v: 2 } } : event)),
        ),
        /^event 3 \(payment_completed v1\): expected a hash that follows from event 2, found another$/,
      ],
      [
        "an event of another actor",
        withEvents((events) => events.map((event) => (event.seq === 2 ? { ...event, by: { kind: "admin" } } : event))),
        /^event 2 \(contribution_opened v1\): expected a hash/,
      ],
      [
        "an event is missing",
        withEvents((events) => events.filter((event) => event.seq !== 4)),
        /^the chain: expected event 4, found event 5$/,
      ],
      [
        "two events are swapped",
        withEvents(([first, second, third, ...others]) => [first!, third!, second!, ...others]),
        /^the chain: expected event 2, found event 3$/,
      ],
      [
        "two events have each other's place",
        withEvents(([first, second, third, ...others]) => [
          first!,
          { ...third!, seq: 2 },
          { ...second!, seq: 3 },
          ...others,
        ]),
        /^event 2 \(payment_completed v1\): expected a hash/,
      ],
      [
        "the newest event is missing",
        withEvents((events) => events.slice(0, -1)),
        new RegExp(`^payout_holds ${seq}: expected no row, found reason person`),
      ],
      ["a row before the events", [lines.at(-3)!, ...lines], /^event 1 .*: expected all events before the first row/],
      [
        "a payout with another amount",
        withPaid({ gross_cents: 29_999 }),
        /^payouts \S+ gross_cents: expected 30000, found 29999$/,
      ],
      [
        "a payout with another status",
        withPaid({ status: "pending" }),
        /^payouts \S+ status: expected completed, found pending$/,
      ],
      [
        "a payout with another order",
        withPaid({ external_ref: "order-2" }),
        /^payouts \S+ external_ref: expected the one of the log, found another$/,
      ],
      [
        "a payout without its order",
        withPaid({ external_ref: null }),
        /^payouts \S+ external_ref: expected the one of the log, found null$/,
      ],
      [
        "a payout that was paid at another time",
        withPaid({ completed_at: "2026-06-01T00:00:00.000Z" }),
        /^payouts \S+ completed_at: expected 2026-06-/,
      ],
      ["a payout is missing", withRow("payouts", null), /^payouts \S+: expected type .*, found no row$/],
      [
        "a payout twice",
        [
          ...lines.slice(0, -2),
          lines.find((line) => line.kind === "row" && line.table === "payouts")!,
          ...lines.slice(-2),
        ],
        /^payouts \S+: expected no row, found type/,
      ],
      [
        "a part of a payout with another amount",
        withRow("payout_items", { amount_cents: 1 }),
        /^payout_items \S+ amount_cents: expected \d+, found 1$/,
      ],
      [
        "a claim of another attempt",
        withRow("payout_executions", { attempt: 9 }),
        /^payout_executions \S+ attempt: expected 1, found 9$/,
      ],
      [
        "a contribution is missing",
        withRow("contributions", null),
        /^contributions \S+: expected amount_cents 50000, .*payment_status refunded, found no row$/,
      ],
      [
        "a contribution of another amount",
        withRow("contributions", { amount_cents: 1 }),
        /^contributions \S+ amount_cents: expected 50000, found 1$/,
      ],
      [
        "a contribution of another reference",
        withRow("contributions", { payment_ref: "x" }),
        /^contributions \S+ payment_ref: expected the one of the log, found another$/,
      ],
      [
        "a refund that is done twice",
        withRow("refunds", { status: "failed" }),
        /^refunds [0-9a-f-]{36} status: expected \w+, found failed$/,
      ],
      [
        "a refund is missing",
        withRow("refunds", null),
        /^refunds [0-9a-f-]{36}: expected amount_cents \d+, .*, found no row$/,
      ],
      [
        "a hold is missing",
        withRow("payout_holds", null, isOpen),
        new RegExp(`^payout_holds ${seq}: expected reason person, .*, found no row$`),
      ],
      [
        "a hold that was lifted",
        withRow("payout_holds", { lifted_at: "2026-06-20T00:00:00.000Z" }, isOpen),
        new RegExp(`^payout_holds ${seq} lifted_at: expected null`),
      ],
      [
        "a loss of another amount",
        withRow("payment_losses", { lost_cents: 1 }),
        /^payment_losses \d+ lost_cents: expected \d+, found 1$/,
      ],
      [
        "another pot",
        withRow("board_pots", { returning_cents: 0 }),
        /^board_pots \S+ returning_cents: expected 14550, found 0$/,
      ],
      [
        "a wrong total",
        withRow("dream_boards_with_totals", { raised_cents: 1 }),
        /^dream_boards_with_totals \S+ raised_cents: expected \d+, found 1$/,
      ],
      [
        "a wrong count",
        withRow("dream_boards_with_totals", { contribution_count: 9 }),
        /^dream_boards_with_totals \S+ contribution_count: expected 2, found 9$/,
      ],
      [
        "a board with another status",
        withRow("dream_boards", { status: "paid_out" }),
        /^dream_boards \S+ status: expected closed, found paid_out$/,
      ],
      [
        "a board with another goal",
        withRow("dream_boards", { goal_cents: 1 }),
        /^dream_boards \S+ goal_cents: expected 30000, found 1$/,
      ],
      [
        "the board is missing",
        withRow("dream_boards", null),
        /^dream_boards \S+: expected status closed, .*, found no row$/,
      ],
      [
        "no object",
        lines.map((line) => (line.kind === "object" ? { ...line, inspection: null } : line)),
        /^the object: expected an answer, found none$/,
      ],
      [
        "an object that is behind",
        withObject(() => ({ headSeq: 3 })),
        new RegExp(`^events of the object: expected ${seq}, found 3$`),
      ],
      [
        "an object that is ahead",
        withObject(() => ({ headSeq: seq + 2 })),
        new RegExp(`^events in Postgres: expected ${seq + 2}, found ${seq}$`),
      ],
      [
        "an object that believes in more",
        withObject(() => ({ headSeq: seq + 2, projectedSeq: seq + 1 })),
        new RegExp(`^events that the object believes are in Postgres: expected ${seq}, found ${seq + 1}$`),
      ],
      ["an object with another log", withObject(() => ({ headHash: "f" })), /^the object's newest hash: /],
      [
        "an object with another status",
        withObject(() => ({ status: "paid_out" })),
        /^the object's status: expected closed, found paid_out$/,
      ],
      [
        "an object whose pot does not add up",
        withObject(({ pot }) => ({ pot: { ...pot, counted: cents(1) } })),
        /^the object's own pot: expected \d+ with 14550 on its way back, found 1 with/,
      ],
      [
        "an object without the loss",
        withObject(() => ({ lost: cents(0) })),
        /^the object's losses: expected \d+, found 0$/,
      ],
      [
        "an object with another payout",
        withObject(({ payouts }) => ({ payouts: payouts.slice(1) })),
        /^the object's payouts: expected /,
      ],
      [
        "an object without the hold",
        withObject(() => ({ holds: [] })),
        /^the object's holds: expected person, found none$/,
      ],
      ["an export that breaks off", lines.slice(0, -1), /^the export: expected its last line, found an end before it$/],
    ];

    const found = rows.map(([name, corrupt, says]) => {
      const difference = differenceIn(corrupt);
      return [name, says.test(difference ?? "") ? says : difference];
    });

    expect(found).toEqual(rows.map(([name, , says]) => [name, says]));
  });

  it("the check of a ledger finds payouts that do not add up to what the pot owes", () => {
    const lessened = (payout: Payout) => ({
      ...payout,
      gross: payout.type === "takealot_gift_card" ? 1 : payout.gross,
    });
    const altered = rechained(lines, (event) => {
      const { payouts, payout } = event.data as { payouts?: Payout[]; payout?: Payout };
      const data = {
        ...event.data,
        ...(payouts && { payouts: payouts.map(lessened) }),
        ...(payout && { payout: lessened(payout) }),
      };
      return { ...event, data };
    });

    expect(differenceIn(altered)).toMatch(/^the gross of all payouts of the log: expected \d+, found \d+$/);
  });

  it("the check of a ledger names the event that does not belong to the history before it", () => {
    const altered = rechained(lines, (event) =>
      event.type === "payment_completed" ? { ...event, data: { ...event.data, contributionId: "another" } } : event,
    );

    expect(differenceIn(altered)).toMatch(/^event 3 \(payment_completed v1\): expected an event of this history/);
  });

  it("an export holds no personal data", () => {
    const text = JSON.stringify(lines);
    const { childName, slug, payoutEmail, message } = board.board.profile!;
    const secrets = [...Object.values(THANDI), childName, slug, payoutEmail, message, "No such card"];

    expect(secrets.filter((secret) => secret !== null && text.includes(secret))).toEqual([]);
  });
});
