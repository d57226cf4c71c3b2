import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ADMIN, SYSTEM } from "#domain/board/actor";
import { MAX_TEST_CONTRIBUTIONS } from "#domain/board/decide-payments";
import { sandboxDueAt } from "#domain/board/decide-sandbox";
import type { Payout } from "#domain/board/events";
import { openFlags } from "#domain/board/flags";
import { PAYMENT_PROVIDERS, type PaymentWay } from "#domain/board/lifecycle";
import { potOf, recount } from "#domain/board/pot";
import { newId } from "#domain/ids";
import { cents } from "#domain/money";
import { AFTER_DEADLINE, BEFORE_DEADLINE, DEADLINE, later, OPENED_AT, TestBoard, words } from "../../support/board.ts";
import { fuzzRuns } from "../../support/fuzz-runs.ts";
import { opening, playHistory, type Step, steps } from "./random-history.ts";

const HOUR_MS = 3_600_000;
const sandbox = () => new TestBoard({ sandbox: true });
const tend = (board: TestBoard, until: Date, at = BEFORE_DEADLINE) =>
  board.outcome({ type: "tend_sandbox", until }, at);
const statuses = (board: TestBoard) => board.payouts.map(({ status }) => status);

it("a board says whether it is of a sandbox to its owner and to guests", () => {
  const facts = [true, false].map((isSandbox) => {
    const { board } = new TestBoard({ sandbox: isSandbox });
    return [board.state.terms?.sandbox, board.snapshot(ADMIN)?.sandbox, board.view(new Date())?.sandbox];
  });

  expect(facts).toEqual([
    [true, true, true],
    [false, false, false],
  ]);
});

describe("who may report a payment", () => {
  it("the test page reports payments of sandbox boards only, and providers those of live boards only", () => {
    const ways: PaymentWay[] = [...PAYMENT_PROVIDERS, "sandbox"];
    const reported = [true, false].map((isSandbox) => {
      const board = new TestBoard({ sandbox: isSandbox });
      return ways.map((provider) => words(board.report(board.contribution(20_000), { provider })).join());
    });
    const refused = "refused: provider_mismatch";

    expect(reported).toEqual([
      [refused, refused, refused, "payment_completed"],
      ["payment_completed", refused, refused, refused],
    ]);
  });

  it("a contribution that is not paid in the way of its board is not opened", () => {
    const open = { type: "open_contribution", submission: "a", amount: cents(20_000), signals: [] } as const;
    const begun = ([isSandbox, provider]: readonly [boolean, PaymentWay]) =>
      new TestBoard({ sandbox: isSandbox }).outcome({
        ...open,
        contributionId: newId(OPENED_AT),
        provider,
        challengePassed: true,
      });

    expect(begun([true, "payfast"])).toEqual(["refused: wrong_way_to_pay"]);
    expect(begun([false, "sandbox"])).toEqual(["refused: wrong_way_to_pay"]);
  });

  it("a provider's report on a refund changes nothing on a sandbox board", () => {
    const board = sandbox();
    const reference = board.paid(20_000);
    board.requestRefund(reference);

    const reports = (["completed", "failed", "returned", "requested", "processing"] as const).map((status) =>
      words(board.reportRefund(reference, status)),
    );
    expect(new Set(reports.flat())).toEqual(new Set(["refused: unknown_refund"]));
  });

  it("no look-up is told of an unpaid contribution of a sandbox board", () => {
    const attempts = [true, false].map((isSandbox) => {
      const board = new TestBoard({ sandbox: isSandbox });
      return board.board.openAttempt(board.contribution(20_000)) !== null;
    });

    expect(attempts).toEqual([false, true]);
  });

  it("automation starts no payout of a sandbox board", () => {
    const board = sandbox();
    board.paid(20_000);
    board.close();

    expect(words(board.startPayout(0, { method: "automation" }))).toEqual(["refused: nothing_to_pay"]);
  });
});

it("a sandbox board takes a thousand contributions, because paid ones cost nothing", () => {
  const board = sandbox();
  for (let n = 0; n < MAX_TEST_CONTRIBUTIONS; n += 1) board.paid(2_000);

  expect(() => board.contribution(2_000)).toThrow("refused: too_many_unpaid");
});

it("a pot that would be suspicious opens no flag on a sandbox board", () => {
  const board = new TestBoard({ sandbox: true, hostSince: OPENED_AT });
  const pay = () => {
    const reference = board.contribution(900_000, { at: OPENED_AT, signals: ["unexpected_country"] });
    return words(board.report(reference, {}, OPENED_AT));
  };

  expect([pay(), pay()]).toEqual([["payment_completed", "goal_reached"], ["payment_completed"]]);
});

describe("what arrives by itself on a sandbox board", () => {
  it("each refund is completed by the command that requests it, and the pot follows", () => {
    const board = sandbox();
    const first = board.paid(30_000);
    const second = board.paid(40_000);
    const events = [
      words(board.report(second, { providerPaymentId: "again" })),
      words(board.report(board.contribution(20_000), { providerPaymentId: "wrong", amount: cents(10_000) })),
      words(board.requestRefund(first)),
      words(board.cancel()),
    ];

    expect(events).toEqual([
      ["surplus_payment_received", "refund_requested", "refund_completed"],
      [
        "flag_opened",
        "payout_hold_placed",
        "refund_requested",
        "flag_cleared",
        "payout_hold_lifted",
        "refund_completed",
        "refused: amount_mismatch",
      ],
      ["refund_requested", "refund_completed"],
      ["board_cancelled", "refund_requested", "refund_completed"],
    ]);
    expect(potOf(board.state)).toEqual({ counted: 0, returning: 0, payable: 0 });
    expect(recount(board.state)).toEqual(potOf(board.state));
    expect(board.board.books().underWay).toMatchObject({ refunds: 0, payouts: 0 });
  });

  it("money that comes after closing goes back, and the payouts stay", () => {
    const board = sandbox();
    board.paid(30_000);
    const late = board.contribution(20_000);
    board.close();
    const gross = board.payout().gross;

    expect(words(board.report(late))).toEqual(["payment_completed", "refund_requested", "refund_completed"]);
    expect(board.payout().gross).toBe(gross);
  });

  it("a payout waits an hour for its partner, then completes, and the board is paid out", () => {
    const board = sandbox();
    board.paid(30_000);
    board.close(BEFORE_DEADLINE);
    const due = later(BEFORE_DEADLINE, HOUR_MS);

    expect(sandboxDueAt(board.state)).toBe(due.getTime());
    expect(tend(board, later(due, -1))).toEqual([]);
    expect(tend(board, due)).toEqual(["payout_completed", "board_paid_out"]);
    expect([statuses(board), sandboxDueAt(board.state)]).toEqual([["completed"], null]);
  });

  it("a payout that its partner failed is retried, waits an hour more, and completes", () => {
    const board = sandbox();
    board.paid(30_000);
    board.close(BEFORE_DEADLINE);
    board.failPayout();
    const step = (hours: number) => tend(board, later(BEFORE_DEADLINE, hours * HOUR_MS));

    expect([1, 2, 2, 3].map(step)).toEqual([[], ["payout_retried"], [], ["payout_completed", "board_paid_out"]]);
  });

  it("a payout that a person holds waits", () => {
    const board = sandbox();
    board.paid(30_000);
    board.close(BEFORE_DEADLINE);
    board.hold();

    expect(tend(board, AFTER_DEADLINE)).toEqual([]);
    expect([statuses(board), sandboxDueAt(board.state)]).toEqual([["pending"], null]);
  });

  it("an unpaid contribution expires after a day, and does not hold the deadline up", () => {
    const board = sandbox();
    board.paid(30_000);
    board.contribution(20_000, { at: later(DEADLINE, -HOUR_MS) });

    expect(tend(board, DEADLINE, later(DEADLINE, -1))).toEqual(["board_closed"]);
    expect(tend(board, later(DEADLINE, 23 * HOUR_MS))).toEqual([
      "payment_expired",
      "payout_completed",
      "board_paid_out",
    ]);
  });
});

it("the clock of a live board cannot be moved", () => {
  expect(tend(new TestBoard(), AFTER_DEADLINE)).toEqual(["refused: not_sandbox"]);
});

describe("any history of a sandbox board", () => {
  const inSandbox = ({ command, ...step }: Step): Step => {
    const isReported = command.type === "open_contribution" || command.type === "report_payment";
    return { ...step, command: isReported ? { ...command, provider: "sandbox" } : command };
  };
  const tending = fc.array(fc.integer({ min: 0, max: 40 * 24 }), { maxLength: 5 }).map((hours) =>
    hours.map((hour): Step => {
      const at = later(OPENED_AT, hour * HOUR_MS);
      return { command: { type: "tend_sandbox", until: at }, at, by: SYSTEM };
    }),
  );
  const histories = fc.tuple(opening, steps, tending).map(([first, history, tended]) => ({
    first: { ...first, sandbox: true },
    history: [...history.map(inSandbox), ...tended].toSorted((a, b) => a.at.getTime() - b.at.getTime()),
  }));

  it("no refund waits, no flag of a payment is open, and the pot is the sum of its contributions", () => {
    fc.assert(
      fc.property(histories, ({ first, history }) => {
        const { state } = playHistory(first, history);
        const refunds = [...state.contributions.values()].flatMap((one) => [...one.refunds.values()]);
        expect(refunds.filter(({ status }) => status !== "completed")).toEqual([]);
        expect(openFlags(state)).toEqual([]);
        expect(recount(state)).toEqual(potOf(state));
        expect(state.lost).toBe(0);
      }),
      { numRuns: fuzzRuns(300) },
    );
  });

  it("long after its end nothing of its money is under way, unless a person holds it or has begun to pay it", () => {
    fc.assert(
      fc.property(histories, ({ first, history }) => {
        const { board } = playHistory(first, history);
        const end = later(DEADLINE, 1_000 * 24 * HOUR_MS);
        // The board may close now, and a failed payout be retried.
        for (const days of [0, 1, 2]) {
          const until = later(end, days * 24 * HOUR_MS);
          board.execute({ type: "tend_sandbox", until }, { at: end, by: SYSTEM });
        }
        const isWithPerson = board.state.holds.size > 0 || [...board.state.payouts.values()].some(isBegun);
        expect(isWithPerson || board.books().underWay).toEqual(isWithPerson || { payouts: 0, refunds: 0, payments: 0 });
        expect(sandboxDueAt(board.state)).toBeNull();
      }),
      { numRuns: fuzzRuns(300) },
    );
  });
});

const isBegun = ({ status }: Payout) => status === "processing";
