import { describe, expect, it } from "vitest";
import { openFlags } from "#domain/board/flags";
import { netOf } from "#domain/fees";
import { type Cents, cents } from "#domain/money";
import { eventsOf, later, OPENED_AT, TestBoard, words } from "../../support/board.ts";
import { everyRow } from "../../support/every-row.ts";

const DAY_MS = 86_400_000;
const kinds = (board: TestBoard) => openFlags(board.state).map(({ flag }) => flag);

/** The amount whose net is exactly `net`. */
function chargeFor(net: number): Cents {
  const guess = Math.round(net / 0.97);
  const charge = [-1, 0, 1].map((off) => cents(guess + off)).find((amount) => netOf(amount) === net);
  if (charge === undefined) throw new Error(`no charge leaves ${net}`);
  return charge;
}

/** A board with exactly `pot` cents. Only the last payment, at `at`, may open a flag. */
function boardWithPot(pot: number, at: Date, hostSince: Date | null = null): TestBoard {
  const board = new TestBoard({ goal: cents(5_000_000), hostSince });
  const last = 100_000;
  for (let left = pot - last; left > 0; ) {
    const net = left > 970_000 ? 400_000 : left;
    board.paid(chargeFor(net), OPENED_AT);
    left -= net;
  }
  expect(kinds(board)).toEqual([]);
  board.paid(chargeFor(last), at);
  expect(board.state.counted).toBe(pot);
  return board;
}

describe("flags about the pot", () => {
  it("more than R5,000 on the board's first day opens new_board_spike", async () => {
    await everyRow(
      [
        [500_000, 0, []],
        [500_001, 0, ["new_board_spike"]],
        [500_001, DAY_MS - 1, ["new_board_spike"]],
        [500_001, DAY_MS, []],
      ] as const,
      ([pot, age, expected]) => expect(kinds(boardWithPot(pot, later(OPENED_AT, age)))).toEqual(expected),
    );
  });

  it("more than R10,000 for a host of less than a week opens new_host", async () => {
    /** After the first day of the board, when no new_board_spike opens. */
    const at = later(OPENED_AT, 2 * DAY_MS);
    const grow = (pot: number, hostSince: Date | null) => {
      const board = new TestBoard({ goal: cents(5_000_000), hostSince });
      board.paid(chargeFor(pot - 400_000), at);
      board.paid(chargeFor(400_000), at);
      expect(board.state.counted).toBe(pot);
      return board;
    };
    await everyRow(
      [
        [1_000_000, later(at, -DAY_MS), []],
        [1_000_001, later(at, -DAY_MS), ["new_host"]],
        [1_000_001, later(at, -7 * DAY_MS + 1), ["new_host"]],
        [1_000_001, later(at, -7 * DAY_MS), []],
        [1_000_001, null, []],
      ] as const,
      ([pot, hostSince, expected]) => expect(kinds(grow(pot, hostSince))).toEqual(expected),
    );
  });

  it("money with a requested refund does not count towards a flag about the pot", () => {
    const board = new TestBoard({ goal: cents(5_000_000) });
    board.requestRefund(board.paid(400_000, OPENED_AT), null, OPENED_AT);
    board.paid(400_000, OPENED_AT);

    expect(kinds(board)).toEqual([]);
  });
});

describe("signals of a contribution", () => {
  it("a signal of a contribution opens a flag when the money arrives", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000, { signals: ["unexpected_country"] });
    expect(kinds(board)).toEqual([]);
    board.report(reference);

    expect(openFlags(board.state)).toMatchObject([
      { flag: "unexpected_country", contributionId: board.of(reference).id, cleared: false },
    ]);
  });

  it("a signal opens no flag when the money comes after closing, because it is refunded", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000, { signals: ["unexpected_country"] });
    board.close();
    board.report(reference);

    expect(kinds(board)).toEqual([]);
  });
});

describe("a flag", () => {
  it("a flag about the board is opened once, even when it was cleared", () => {
    const board = boardWithPot(500_001, OPENED_AT);
    board.paid(20_000, OPENED_AT);
    expect(kinds(board)).toEqual(["new_board_spike"]);
    board.clear("new_board_spike");
    board.paid(20_000, OPENED_AT);

    expect(kinds(board)).toEqual([]);
    expect(board.log.filter(({ type }) => type === "flag_opened")).toHaveLength(1);
  });

  it("a flag is cleared once, and the log names the actor", () => {
    const board = boardWithPot(500_001, OPENED_AT);

    expect(board.clear("new_board_spike").events).toMatchObject([
      {
        by: { kind: "admin" },
        event: { type: "flag_cleared", flag: "new_board_spike", contributionId: null, providerPaymentId: null },
      },
      { event: { type: "payout_hold_lifted", reason: "new_board_spike" } },
    ]);
    expect(words(board.clear("new_board_spike"))).toEqual([]);
  });

  it("a flag is cleared only by its own kind, contribution and payment", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000);
    const { id } = board.of(reference);
    board.report(reference, { amount: cents(1) });

    expect(words(board.clear("new_host"))).toEqual(["refused: unknown_flag"]);
    expect(words(board.clear("amount_mismatch", id))).toEqual(["refused: unknown_flag"]);
    expect(words(board.clear("amount_mismatch", id, "pf-other"))).toEqual(["refused: unknown_flag"]);
    expect(words(board.clear("amount_mismatch", id, `pf-${reference}`))).toEqual(["flag_cleared"]);
  });

  it("money of a wrong amount can be refunded after its flag was cleared", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000);
    board.report(reference, { amount: cents(1_234), providerPaymentId: "pf-odd" });
    board.clear("amount_mismatch", board.of(reference).id, "pf-odd");

    expect(eventsOf(board.requestRefund(reference, "pf-odd"))).toMatchObject([
      { type: "refund_requested", amount: 1_234 },
    ]);
  });

  it("a payment that the provider sent back and then reports as paid opens refund_reversed once", () => {
    const board = new TestBoard();
    const reference = board.paid(20_000);
    board.report(reference, { status: "refunded" });

    expect(eventsOf(board.report(reference))).toEqual([
      {
        type: "flag_opened",
        flag: "refund_reversed",
        contributionId: board.of(reference).id,
        provider: "payfast",
        providerPaymentId: `pf-${reference}`,
        received: null,
      },
    ]);
    expect(words(board.report(reference))).toEqual([]);
    expect(board.state).toMatchObject({ counted: 0, returning: 0 });
  });

  it("a payment that we refunded and that is reported as paid again opens no flag", () => {
    const board = new TestBoard();
    const reference = board.paid(20_000);
    board.requestRefund(reference);
    board.reportRefund(reference, "completed");

    expect(words(board.report(reference))).toEqual([]);
  });
});

describe("payouts and flags", () => {
  const flagged = () => {
    const board = new TestBoard();
    const references = [1, 2].map(() => board.contribution(20_000, { signals: ["unexpected_country"] }));
    for (const reference of references) board.report(reference);
    return { board, ids: references.map((reference) => board.of(reference).id), reference: references[0] ?? "" };
  };

  it("payouts are not held when no flag is open at closing", () => {
    const board = new TestBoard();
    board.paid(20_000);
    const { board: cleared, ids } = flagged();
    for (const id of ids) cleared.clear("unexpected_country", id);

    for (const closed of [board, cleared]) expect(eventsOf(closed.close())).toMatchObject([{ held: false }]);
  });

  it("payouts are held while a flag is open, and released with the last flag", () => {
    const { board, ids } = flagged();
    expect(eventsOf(board.close())).toMatchObject([{ type: "board_closed", held: true }]);

    expect(words(board.clear("unexpected_country", ids[0]))).toEqual(["flag_cleared", "payout_hold_lifted"]);
    expect(board.holds).toEqual(["unexpected_country"]);
    expect(eventsOf(board.clear("unexpected_country", ids[1]))).toMatchObject([
      { type: "flag_cleared" },
      { type: "payout_hold_lifted" },
      { type: "payouts_released", payouts: board.payouts },
    ]);
    expect(board.holds).toEqual([]);
    expect(words(board.clear("unexpected_country", ids[1]))).toEqual([]);
  });

  it("a flag that is opened after closing holds the payouts, and clearing it releases them again", () => {
    const { board, ids, reference } = flagged();
    board.close();
    for (const id of ids) board.clear("unexpected_country", id);
    board.report(reference, { amount: cents(3_000), providerPaymentId: "pf-odd" });
    expect(board.holds).toEqual(["amount_mismatch"]);

    expect(words(board.clear("amount_mismatch", ids[0], "pf-odd"))).toEqual([
      "flag_cleared",
      "payout_hold_lifted",
      "payouts_released",
    ]);
  });

  it("a flag holds the payouts only while the money it is about is in the pot", () => {
    const odd = { amount: cents(2_000), providerPaymentId: "pf-odd" };
    /** Each begins with one paid contribution on an open board, and says what holds the payouts after it. */
    const rows: [string, (board: TestBoard, reference: string) => unknown, string[]][] = [
      ["a contribution from an unexpected country", () => {}, ["unexpected_country"]],
      ["its refund is requested", (board, reference) => board.requestRefund(reference), []],
      [
        "its refund is withdrawn again",
        (board, reference) => {
          board.requestRefund(reference);
          board.withdrawRefund(reference);
        },
        ["unexpected_country"],
      ],
      [
        "the provider sent it back",
        (board, reference) => board.report(reference, { status: "refunded", amount: null }),
        [],
      ],
      [
        "a wrong amount of R20 arrived, too",
        (board, reference) => board.report(reference, odd),
        ["unexpected_country", "amount_mismatch"],
      ],
      [
        "a wrong amount below R20 arrived, too",
        (board, reference) => board.report(reference, { ...odd, amount: cents(1_999) }),
        ["unexpected_country"],
      ],
      [
        "the wrong amount is refunded",
        (board, reference) => {
          board.report(reference, odd);
          board.requestRefund(reference, "pf-odd");
        },
        ["unexpected_country"],
      ],
      [
        "its refund came back from the bank: it is in no pot",
        (board, reference) => {
          board.requestRefund(reference);
          board.reportRefund(reference, "completed");
          board.reportRefund(reference, "returned");
        },
        [],
      ],
    ];

    const found = rows.map(([name, act]) => {
      const board = new TestBoard();
      const reference = board.contribution(20_000, { signals: ["unexpected_country"] });
      board.report(reference);
      act(board, reference);
      return [name, act, board.holds];
    });

    expect(found).toEqual(rows);
  });
});
