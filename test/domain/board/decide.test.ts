import { describe, expect, it } from "vitest";
import { type Actor, ADMIN } from "#domain/board/actor";
import type { OpenContribution } from "#domain/board/commands";
import { CLOSING_GRACE_MS } from "#domain/board/decide-closing";
import { MAX_UNPAID, UNPAID_BEFORE_CHALLENGE } from "#domain/board/decide-payments";
import { FAILED_STAYS_MS } from "#domain/board/evolve";
import { newId, paymentReference } from "#domain/ids";
import { cents } from "#domain/money";
import {
  AFTER_DEADLINE,
  BEFORE_DEADLINE,
  DEADLINE,
  eventsOf,
  later,
  OPENED_AT,
  openCommand,
  TestBoard,
  words,
} from "../../support/board.ts";
import { everyRow } from "../../support/every-row.ts";

const MINUTE_MS = 60_000;

function form(overrides: Partial<OpenContribution> = {}): OpenContribution {
  return {
    type: "open_contribution",
    contributionId: newId(OPENED_AT),
    submission: "a form",
    provider: "payfast",
    amount: cents(20_000),
    signals: [],
    challengePassed: false,
    ...overrides,
  };
}

const typesInLog = (board: TestBoard) => board.log.map(({ type }) => type);
const grosses = (board: TestBoard) => board.payouts.map(({ gross }) => gross);

describe("opening a board", () => {
  it("a new board is active and has no money", () => {
    const board = new TestBoard();

    expect(typesInLog(board)).toEqual(["board_opened"]);
    expect(board.state).toMatchObject({ status: "active", counted: 0, returning: 0 });
  });

  it("a board that is opened again under its id changes nothing, and under another id its code is taken", () => {
    const board = new TestBoard();

    expect(board.outcome(board.opening)).toEqual([]);
    expect(board.outcome(openCommand())).toEqual(["refused: code_taken"]);
  });

  it("a board whose deadline is not ahead is not opened, and takes no other command", () => {
    const board = new TestBoard({ deadline: OPENED_AT });

    expect(board.outcome(board.opening, OPENED_AT)).toEqual(["refused: deadline_not_ahead"]);
    expect(words(board.passDeadline())).toEqual(["refused: unknown_board"]);
    expect(words(board.report("0000000000aaaaaaaaaa"))).toEqual(["refused: unknown_board"]);
  });
});

describe("the actors of a board", () => {
  it("a board accepts commands of its partner, its host, an admin and the system, and of no other owner", async () => {
    const { partnerId, hostId } = openCommand();
    const otherId = newId(OPENED_AT);
    const allowed: Actor[] = [
      { kind: "system" },
      ADMIN,
      { kind: "partner", partnerId, apiKeyId: "key" },
      { kind: "host", hostId },
    ];
    const refused: Actor[] = [
      { kind: "partner", partnerId: otherId, apiKeyId: "key" },
      { kind: "host", hostId: otherId },
      // The host's id as a partner, and the partner's id as a host.
      { kind: "partner", partnerId: hostId, apiKeyId: "key" },
      { kind: "host", hostId: partnerId },
    ];

    await everyRow(allowed, (by) => {
      const board = new TestBoard({ partnerId, hostId });
      expect(words(board.close(undefined, by))).toEqual(["board_closed"]);
      expect(board.log.at(-1)?.by).toEqual(by);
    });
    await everyRow(refused, (by) => {
      const board = new TestBoard({ partnerId, hostId });
      expect(words(board.close(undefined, by))).toEqual(["refused: unknown_board"]);
      expect(words(board.cancel(undefined, by))).toEqual(["refused: unknown_board"]);
    });
  });

  it("a second parent acts on their board under their own id, and on no other board", () => {
    const second: Actor = { kind: "host", hostId: newId(OPENED_AT) };
    const board = new TestBoard();
    const close = { type: "close_board", reason: "manual" } as const;
    const as = (boardId: string) => ({ by: second, owner: { kind: "manager", boardId } as const });

    expect(board.outcome(close, undefined, as(newId(OPENED_AT)))).toEqual(["refused: unknown_board"]);
    expect(board.outcome(close, undefined, as(board.opening.boardId))).toEqual(["board_closed"]);
    expect(board.log.at(-1)?.by).toEqual(second);
  });
});

describe("opening a contribution", () => {
  it("a contribution is recorded with its fee before it is paid", () => {
    const board = new TestBoard();

    expect(board.of(board.contribution(20_000))).toMatchObject({ amount: 20_000, fee: 600, status: "pending" });
    expect(board.state.counted).toBe(0);
  });

  it("a form that is sent twice is one contribution", () => {
    const board = new TestBoard();
    board.contribution(20_000, { submission: "a form" });

    expect(board.outcome(form())).toEqual([]);
    expect(board.state.contributions.size).toBe(1);
  });

  it("a form that is sent again after closing starts no attempt", async () => {
    await everyRow(
      [
        ["completed", []],
        ["processing", []],
        ["failed", ["refused: not_accepting"]],
        [null, ["refused: not_accepting"]],
      ] as const,
      ([status, expected]) => {
        const board = new TestBoard();
        const reference = board.contribution(20_000, { submission: "a form" });
        if (status) board.report(reference, { status });
        board.close();

        expect(board.outcome(form())).toEqual(expected);
        expect(board.state.contributions.size).toBe(1);
      },
    );
  });

  it("only contributions from R20 to R10,000 are accepted", async () => {
    await everyRow(
      [
        [1_999, ["refused: amount_out_of_range"]],
        [2_000, ["contribution_opened"]],
        [1_000_000, ["contribution_opened"]],
        [1_000_001, ["refused: amount_out_of_range"]],
      ] as const,
      ([amount, expected]) => expect(new TestBoard().outcome(form({ amount: cents(amount) }))).toEqual(expected),
    );
  });

  it("a contribution is refused from the deadline on, and on a closed board", () => {
    const board = new TestBoard();
    expect(board.outcome(form(), later(DEADLINE, -1))).toEqual(["contribution_opened"]);
    expect(board.outcome(form({ submission: "other" }), DEADLINE)).toEqual(["refused: not_accepting"]);

    const closed = new TestBoard();
    closed.close();
    expect(closed.play(form()).refusal).toEqual({ refused: "not_accepting", status: "closed" });
  });
});

describe("unpaid attempts", () => {
  /** A board with `count` unpaid attempts. Every other one has failed. */
  function boardWithUnpaid(count: number): TestBoard {
    const board = new TestBoard();
    for (let i = 0; i < count; i += 1) {
      const reference = board.contribution(2_000);
      if (i % 2 === 0) board.report(reference, { status: "failed" });
    }
    return board;
  }

  it("the 101st unpaid attempt needs a solved challenge, unless another attempt was paid meanwhile", () => {
    const board = boardWithUnpaid(UNPAID_BEFORE_CHALLENGE - 1);
    expect(board.outcome(form({ submission: "100" }))).toEqual(["contribution_opened"]);

    expect(board.outcome(form({ submission: "101" }))).toEqual(["refused: challenge_needed"]);
    board.report([...board.state.references.keys()][0] ?? "");
    expect(board.outcome(form({ submission: "101" }))).toEqual(["contribution_opened"]);
    expect(board.outcome(form({ submission: "102", challengePassed: true }))).toEqual(["contribution_opened"]);
  });

  it("a board with 2,000 unpaid attempts refuses new ones, and accepts known forms and payments", () => {
    const board = boardWithUnpaid(MAX_UNPAID);
    const contribution = [...board.state.contributions.values()].find(({ status }) => status === "pending");
    const { submission = "", reference = "" } = contribution ?? {};

    expect(board.outcome(form({ challengePassed: true }))).toEqual(["refused: too_many_unpaid"]);
    expect(board.outcome(form({ submission }))).toEqual([]);
    expect(words(board.report(reference))).toEqual(["payment_completed"]);
    expect(board.outcome(form({ challengePassed: true }))).toEqual(["contribution_opened"]);
  });

  it("attempts that failed a day ago do not count as unpaid, even when nothing was recorded since", () => {
    const board = new TestBoard();
    for (let i = 0; i < UNPAID_BEFORE_CHALLENGE; i += 1) {
      board.report(board.contribution(2_000), { status: "failed" });
    }
    const dayLater = later(BEFORE_DEADLINE, FAILED_STAYS_MS);

    expect(board.outcome(form(), later(dayLater, -1))).toEqual(["refused: challenge_needed"]);
    expect(board.outcome(form(), dayLater)).toEqual(["contribution_opened"]);
    expect(board.state.contributions.size).toBe(1);
  });
});

describe("a payment report", () => {
  it("a report of the exact amount completes the contribution and counts its net, once", () => {
    const board = new TestBoard();
    const reference = board.paid(20_000);

    expect(board.of(reference).status).toBe("completed");
    expect(words(board.report(reference))).toEqual([]);
    expect(board.state.counted).toBe(19_400);
  });

  it("a report of another amount, or of none, completes nothing and opens one flag", async () => {
    await everyRow([19_999, 20_001, null], (received) => {
      const board = new TestBoard();
      const reference = board.contribution(20_000);
      const amount = received === null ? null : cents(received);
      const execution = board.report(reference, { amount });

      expect(execution.refusal).toEqual({ refused: "amount_mismatch", expected: 20_000, received });
      expect(eventsOf(execution)[0]).toEqual({
        type: "flag_opened",
        flag: "amount_mismatch",
        contributionId: board.of(reference).id,
        provider: "payfast",
        providerPaymentId: `pf-${reference}`,
        received,
      });
      expect(words(board.report(reference, { amount }))).toEqual(["refused: amount_mismatch"]);
      expect(board.of(reference).status).toBe("pending");
      expect(board.state.counted).toBe(0);
    });
  });

  it("a wrong amount of another payment opens another flag", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000);
    board.report(reference, { amount: cents(1) });
    const other = board.report(reference, { amount: cents(1), providerPaymentId: "pf-other" });

    expect(words(other)).toEqual(["flag_opened", "refused: amount_mismatch"]);
  });

  it("a report about an unknown reference is refused", () => {
    const board = new TestBoard();

    expect(words(board.report(paymentReference(board.code, newId(OPENED_AT))))).toEqual(["refused: unknown_payment"]);
  });

  it("a report from another provider than the one of the contribution is refused", () => {
    const board = new TestBoard();
    const { refusal } = board.report(board.contribution(20_000), { provider: "ozow" });

    expect(refusal).toEqual({ refused: "provider_mismatch", expected: "payfast" });
  });

  it("a second payment of a reference is recorded and refunded, and does not count", () => {
    const board = new TestBoard();
    const reference = board.paid(20_000);
    const other = { providerPaymentId: "pf-other" };

    expect(words(board.report(reference, other))).toEqual(["surplus_payment_received", "refund_requested"]);
    expect(words(board.report(reference, other))).toEqual([]);
    expect(board.state).toMatchObject({ counted: 19_400, returning: 0 });
    expect(board.of(reference).status).toBe("completed");
    expect(board.refund(reference)).toBeUndefined();
    expect(board.refund(reference, "pf-other")).toMatchObject({ amount: 20_000, cause: "surplus_payment" });
  });

  it("a payment after closing is recorded and its refund is requested", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000);
    board.close();

    expect(eventsOf(board.report(reference))).toMatchObject([
      { type: "payment_completed", late: true, after: { counted: 19_400, returning: 0 } },
      { type: "refund_requested", cause: "late_payment", attempt: 1, after: { counted: 19_400, returning: 19_400 } },
    ]);
    expect(board.of(reference)).toMatchObject({ status: "completed", late: true });
    expect(board.refund(reference)).toMatchObject({ amount: 20_000, status: "requested" });
  });

  it("a payment between the deadline and the job that closes the board still counts", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000);

    expect(words(board.report(reference, {}, AFTER_DEADLINE))).toEqual(["payment_completed"]);
    expect(board.of(reference).late).toBe(false);
  });
});

describe("the goal", () => {
  it("the goal is reached when the pot equals it to the cent, and not a cent below", async () => {
    await everyRow(
      [
        [48_501, ["payment_completed"]],
        [48_500, ["payment_completed", "goal_reached"]],
        [40_000, ["payment_completed", "goal_reached"]],
      ] as const,
      ([goal, expected]) => {
        const board = new TestBoard({ goal: cents(goal) });
        expect(words(board.report(board.contribution(50_000)))).toEqual(expected);
      },
    );
  });

  it("the goal is reached once, and the board stays open", () => {
    const board = new TestBoard({ goal: cents(10_000) });
    board.paid(50_000);
    board.paid(50_000);

    expect(typesInLog(board).filter((type) => type === "goal_reached")).toHaveLength(1);
    expect(board.state.status).toBe("funded");
    expect(board.outcome(form())).toEqual(["contribution_opened"]);
  });

  it("money with a requested refund does not count towards the goal until the refund is withdrawn", () => {
    const board = new TestBoard({ goal: cents(38_800) });
    const returning = board.paid(20_000);
    board.requestRefund(returning);

    expect(words(board.report(board.contribution(20_000)))).toEqual(["payment_completed"]);
    expect(words(board.play({ type: "close_board", reason: "goal_reached" }))).toEqual(["refused: goal_not_reached"]);
    expect(board.state).toMatchObject({ status: "active", counted: 38_800, returning: 19_400 });
    expect(words(board.withdrawRefund(returning))).toEqual(["refund_withdrawn", "goal_reached"]);
    expect(board.state).toMatchObject({ status: "funded", counted: 38_800, returning: 0 });
  });

  it("a board that has reached its goal does not reach it again after a refund", () => {
    const board = new TestBoard({ goal: cents(19_400) });
    const reference = board.paid(20_000);
    board.requestRefund(reference);
    expect(board.state.status).toBe("funded");

    expect(words(board.withdrawRefund(reference))).toEqual(["refund_withdrawn"]);
  });
});

describe("closing a board", () => {
  it("a Takealot pot is split into the gift and the charity's share", () => {
    const board = new TestBoard({ goal: cents(30_000) });
    board.paid(50_000);
    board.close();

    expect(board.payouts).toMatchObject([
      { type: "takealot_gift_card", gross: 30_000, fee: 0, net: 30_000, items: [{ type: "gift", amount: 30_000 }] },
      {
        type: "philanthropy_donation",
        gross: 18_500,
        fee: 0,
        net: 18_500,
        items: [{ type: "overflow", amount: 18_500 }],
      },
    ]);
  });

  it("a philanthropy board has one donation with items for the gift and the overflow", () => {
    const board = new TestBoard({
      giftType: "philanthropy",
      payoutMethod: "philanthropy_donation",
      goal: cents(30_000),
    });
    board.paid(50_000);
    board.close();

    expect(board.payouts).toMatchObject([
      {
        type: "philanthropy_donation",
        gross: 48_500,
        items: [{ amount: 30_000 }, { type: "overflow", amount: 18_500 }],
      },
    ]);
  });

  it("a board without money closes without payouts, and closing it again changes nothing", () => {
    const board = new TestBoard();
    board.close();

    expect(board.state).toMatchObject({ status: "closed", closing: { payable: 0 } });
    expect(words(board.close())).toEqual([]);
  });

  it("closing for the goal is refused before the goal, and closing for the deadline before the deadline", () => {
    const board = new TestBoard();
    const close = { type: "close_board", reason: "deadline_reached" } as const;

    expect(board.outcome({ ...close, reason: "goal_reached" })).toEqual(["refused: goal_not_reached"]);
    expect(board.outcome(close, later(DEADLINE, -1))).toEqual(["refused: deadline_not_reached"]);
    expect(board.outcome(close, DEADLINE)).toEqual(["board_closed"]);
  });

  it("an expired board cannot be closed", () => {
    const board = new TestBoard();
    board.passDeadline();

    expect(board.close().refusal).toEqual({ refused: "cannot_close", status: "expired" });
  });
});

describe("the deadline", () => {
  it("at the deadline a board with money closes and a board without money expires, each once", () => {
    const board = new TestBoard();
    board.paid(20_000);
    const empty = new TestBoard();
    empty.contribution(20_000);
    expect(words(board.passDeadline(later(DEADLINE, -1)))).toEqual(["refused: deadline_not_reached"]);

    expect(words(board.passDeadline())).toEqual(["board_closed"]);
    expect(board.state.closing).toMatchObject({ reason: "deadline_reached", payable: 19_400 });
    expect(words(empty.passDeadline())).toEqual(["board_expired"]);
    expect(words(board.passDeadline())).toEqual([]);
    expect(words(empty.passDeadline())).toEqual([]);
  });

  it("a funded board closes at the deadline, even if all of its money was refunded", () => {
    const board = new TestBoard({ goal: cents(10_000) });
    const reference = board.paid(20_000);
    board.requestRefund(reference);
    board.reportRefund(reference, "completed");
    expect(board.state).toMatchObject({ status: "funded", counted: 0 });

    expect(words(board.passDeadline())).toEqual(["board_closed"]);
    expect(board.state).toMatchObject({ status: "closed", closing: { payable: 0 } });
    expect(board.payouts).toEqual([]);
  });

  it("a board whose only contribution is being refunded closes without payouts", () => {
    const board = new TestBoard();
    board.requestRefund(board.paid(20_000));

    expect(words(board.passDeadline())).toEqual(["board_closed"]);
    expect(board.payouts).toEqual([]);
  });

  it("payouts keep their ids when the closing was judged as of another instant than it was recorded", () => {
    const board = new TestBoard({ goal: cents(30_000) });
    board.paid(50_000);
    const reference = board.paid(20_000);
    const recordedAt = later(DEADLINE, 2_345);
    const pass = { type: "pass_deadline", providersLookedUp: true } as const;
    const [closed] = eventsOf(board.play(pass, recordedAt, { judgedAt: DEADLINE }));
    const ids = board.payouts.map(({ id }) => id);
    board.requestRefund(reference, null, recordedAt);

    expect(closed).toMatchObject({ type: "board_closed", after: { updatedAt: recordedAt.toISOString() } });
    expect(board.payouts.map(({ id }) => id)).toEqual(ids);
    expect(grosses(board)).toEqual([30_000, 18_500]);
  });
});

describe("payments that are open at the deadline", () => {
  const attemptUntilDeadline = (board: TestBoard) =>
    board.contribution(20_000, { at: later(DEADLINE, -30 * MINUTE_MS) });
  const preparations = {
    none: () => undefined,
    "an attempt that may still be paid": attemptUntilDeadline,
    "an attempt that may be paid past the deadline": (board: TestBoard) =>
      board.contribution(20_000, { at: later(DEADLINE, -2 * MINUTE_MS) }),
    "an attempt that ended before": (board: TestBoard) =>
      board.contribution(20_000, { at: later(DEADLINE, -60 * MINUTE_MS - 1) }),
    "a payment in progress": (board: TestBoard) => board.report(board.contribution(20_000), { status: "processing" }),
    "a retried payment": (board: TestBoard) => {
      const reference = board.contribution(20_000);
      board.report(reference, { status: "failed" });
      board.retry(reference, later(DEADLINE, -MINUTE_MS));
    },
    "a retried payment whose attempt has ended": (board: TestBoard) => {
      const reference = board.contribution(20_000);
      board.report(reference, { status: "failed" });
      board.retry(reference);
    },
    "a failed payment": (board: TestBoard) => board.report(attemptUntilDeadline(board), { status: "failed" }),
    "a completed payment": (board: TestBoard) => board.report(attemptUntilDeadline(board)),
  };

  it("open payments delay closing until their providers were queried or 15 minutes have passed", async () => {
    await everyRow(
      [
        ["none", 0, false, "closed"],
        ["an attempt that may still be paid", 0, false, "payments_open"],
        ["an attempt that may still be paid", 0, true, "closed"],
        ["an attempt that may still be paid", CLOSING_GRACE_MS - 1, false, "payments_open"],
        ["an attempt that may still be paid", CLOSING_GRACE_MS - 1, true, "closed"],
        ["an attempt that may still be paid", CLOSING_GRACE_MS, false, "closed"],
        ["an attempt that may be paid past the deadline", 0, false, "payments_open"],
        // The attempt has ended, but a report about it can still arrive.
        ["an attempt that may be paid past the deadline", 4 * MINUTE_MS, false, "payments_open"],
        ["an attempt that may be paid past the deadline", 4 * MINUTE_MS, true, "closed"],
        ["an attempt that ended before", 0, false, "closed"],
        ["a payment in progress", 0, false, "payments_open"],
        ["a payment in progress", 0, true, "closed"],
        ["a payment in progress", CLOSING_GRACE_MS, false, "closed"],
        ["a retried payment", 0, false, "payments_open"],
        ["a retried payment whose attempt has ended", 0, false, "closed"],
        ["a failed payment", 0, false, "closed"],
        ["a completed payment", 0, false, "closed"],
      ] as const,
      ([prepared, ms, providersLookedUp, expected]) => {
        const board = new TestBoard();
        board.paid(20_000);
        preparations[prepared](board);
        const { refusal } = board.passDeadline(later(DEADLINE, ms), providersLookedUp);

        expect(refusal?.refused ?? board.state.status).toBe(expected);
      },
    );
  });

  it("an empty board with an open payment expires after the grace period, and later money is refunded", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000, { at: later(DEADLINE, -MINUTE_MS) });
    const graceEnd = later(DEADLINE, CLOSING_GRACE_MS);

    expect(words(board.passDeadline(DEADLINE, false))).toEqual(["refused: payments_open"]);
    expect(words(board.passDeadline(graceEnd, false))).toEqual(["board_expired"]);
    board.report(reference, {}, graceEnd);
    expect(board.refund(reference)).toMatchObject({ cause: "late_payment", status: "requested" });
  });

  it("a host may close a board that has open payments", () => {
    const board = new TestBoard();
    board.contribution(20_000);

    expect(words(board.close())).toEqual(["board_closed"]);
  });
});
