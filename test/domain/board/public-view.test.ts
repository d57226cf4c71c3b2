import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ADMIN } from "#domain/board/actor";
import type { BoardTotals } from "#domain/board/events";
import { SHOWN_POT_CONTRIBUTIONS, SHOWN_POT_MS } from "#domain/board/evolve";
import { potOf } from "#domain/board/pot";
import { type PublicView, percentOf, progressStep, roundedOverflow } from "#domain/board/public-view";
import { snapshotAfter } from "#domain/board/snapshot";
import { type Cents, cents, formatRand } from "#domain/money";
import { AFTER_DEADLINE, BEFORE_DEADLINE, later, TestBoard } from "../../support/board.ts";
import { everyRow } from "../../support/every-row.ts";
import { fuzzRuns } from "../../support/fuzz-runs.ts";
import { opening, playHistory, steps } from "./random-history.ts";

function seen(board: TestBoard, now = BEFORE_DEADLINE): PublicView {
  const view = board.board.view(now);
  if (!view) throw new Error("the board has no view");
  return view;
}

/** The forms in which a view contains one of `amounts`. */
function moneyIn(view: unknown, amounts: readonly number[]): string[] {
  const text = JSON.stringify(view);
  return amounts.flatMap((amount) => [String(amount), formatRand(cents(amount))]).filter((form) => text.includes(form));
}

describe("the public view in gift mode", () => {
  it("the view in gift mode shows the gift and a percentage, and no amount of money", () => {
    const board = new TestBoard({ goal: cents(249_900) });
    board.paid(51_546);
    const view = seen(board);

    expect(view).toMatchObject({ mode: "gift", phase: "open", percent: 20, gift: { name: "LEGO Friends Treehouse" } });
    expect(view.charity).toBeNull();
    expect(moneyIn(view, [249_900, 51_546, 50_000, 199_900, 1_546])).toEqual([]);
  });

  it("the view in gift mode does not name the charity", () => {
    expect(JSON.stringify(seen(new TestBoard()))).not.toContain("FoodForward");
  });

  it("the view lists first names, newest first, and null for a guest without a name", () => {
    const board = new TestBoard();
    board.paid(2_000, BEFORE_DEADLINE, { name: " Sarah Mokoena " });
    board.paid(2_000);

    expect(seen(board).contributors).toEqual([null, "Sarah"]);
  });

  it("the view lists the newest eight guests whose money is not refunded, and counts all contributions", () => {
    const board = new TestBoard();
    const names = Array.from({ length: 12 }, (_, i) => `Guest${i + 1}`);
    const references = names.map((name) => board.paid(2_000, BEFORE_DEADLINE, { name }));

    expect(seen(board).contributors).toEqual(names.toReversed().slice(0, 8));
    expect(seen(board).contributionCount).toBe(12);
    for (const reference of references.slice(-4)) board.requestRefund(reference);
    expect(seen(board).contributors).toEqual(names.slice(0, 8).toReversed());
  });

  it("a requested refund removes its money and its guest from the view until it is withdrawn", () => {
    const board = new TestBoard();
    const reference = board.paid(20_000, BEFORE_DEADLINE, { name: "Sarah" });
    board.paid(10_000, BEFORE_DEADLINE, { name: "Thandi" });
    expect(seen(board)).toMatchObject({ percent: 25, contributors: ["Thandi", "Sarah"] });
    board.requestRefund(reference);

    expect(seen(board)).toMatchObject({ percent: 5, contributors: ["Thandi"] });
    board.withdrawRefund(reference);
    expect(seen(board)).toMatchObject({ percent: 25, contributors: ["Thandi", "Sarah"] });
  });

  it("a board whose goal was reached returns to gift mode when a refund takes it below the goal", () => {
    const board = new TestBoard();
    board.paid(60_000);
    const reference = board.paid(60_000);
    expect(seen(board)).toMatchObject({ mode: "charity", fullyFunded: true });
    board.requestRefund(reference);

    expect(seen(board)).toMatchObject({ mode: "gift", fullyFunded: false, percent: 55 });
  });
});

describe("the public view in charity mode", () => {
  const GOAL = 100_000;
  /** A board whose pot equals its goal. */
  function funded(): TestBoard {
    const board = new TestBoard({ goal: cents(GOAL - 3_000) });
    board.paid(GOAL);
    return board;
  }
  const raised = (board: TestBoard, now?: Date) => seen(board, now).charity?.raised;

  it("the view in charity mode hides the gift and shows the rounded sum beyond the goal", () => {
    const board = new TestBoard();
    board.paid(120_000);
    const view = seen(board);

    expect(view).toMatchObject({ mode: "charity", percent: null, gift: null, charity: { name: "FoodForward SA" } });
    expect(raised(board)).toBe(15_000);
    expect(JSON.stringify(view)).not.toMatch(/lego/i);
    expect(moneyIn(view, [100_000, 116_400, 16_400, 120_000])).toEqual([]);
  });

  it("charity mode begins exactly at the goal, with zero for the charity", () => {
    expect(seen(funded())).toMatchObject({ mode: "charity", charity: { raised: 0 } });
  });

  it("the charity's sum changes after three contributions, not before", () => {
    const board = funded();
    for (let i = 1; i < SHOWN_POT_CONTRIBUTIONS; i += 1) {
      board.paid(20_000);
      expect(raised(board)).toBe(0);
    }
    board.paid(20_000);

    expect(raised(board)).toBe(50_000);
  });

  it("the charity's sum changes an hour after its last change, without an event", () => {
    const board = funded();
    board.paid(20_000);
    const hourLater = later(BEFORE_DEADLINE, SHOWN_POT_MS);
    expect(raised(board, later(hourLater, -1))).toBe(0);

    expect(raised(board, hourLater)).toBe(15_000);
    board.paid(20_000, hourLater);
    expect(raised(board, hourLater)).toBe(15_000);
    expect(raised(board, later(hourLater, SHOWN_POT_MS))).toBe(35_000);
  });

  it("a philanthropy board stays in gift mode beyond its goal", () => {
    const board = new TestBoard({
      giftType: "philanthropy",
      payoutMethod: "philanthropy_donation",
      goal: cents(15_000),
    });
    board.paid(50_000);

    expect(seen(board)).toMatchObject({ mode: "gift", percent: 100, fullyFunded: true, charity: null });
  });
});

describe("the public view of a finished board", () => {
  it("a board is closed for guests at the deadline, before any job has run", () => {
    const board = new TestBoard();
    board.paid(20_000);

    expect(board.state.status).toBe("active");
    expect(seen(board, AFTER_DEADLINE)).toMatchObject({
      phase: "closed",
      acceptsContributions: false,
      percent: 15,
      daysLeft: 0,
    });
  });

  it("a closed board hides its funded gift and all amounts", () => {
    const board = new TestBoard({ goal: cents(20_000) });
    board.paid(100_000);
    board.close();
    const view = seen(board);

    expect(view).toMatchObject({ phase: "closed", gift: null, fullyFunded: true, percent: 100 });
    expect(view.charity?.raised).toBeNull();
    expect(moneyIn(view, [20_000, 97_000, 77_000, 100_000])).toEqual([]);
  });

  it("a board that closed with a requested refund shows the payable share", () => {
    const board = new TestBoard({ goal: cents(20_000) });
    board.paid(15_000);
    board.requestRefund(board.paid(15_000));
    board.close();

    expect(seen(board)).toMatchObject({ phase: "closed", mode: "gift", percent: 50, fullyFunded: false });
  });

  it("late contributions change nothing in the view of a closed board", () => {
    const board = new TestBoard({ goal: cents(20_000) });
    for (let i = 1; i <= 10; i += 1) board.paid(2_000, BEFORE_DEADLINE, { name: `Guest${i}` });
    const late = Array.from({ length: 30 }, () => board.contribution(10_000, { contributor: { name: "Late" } }));
    board.close();
    const closed = seen(board);
    expect(closed).toMatchObject({ mode: "gift", percent: 75, fullyFunded: false, contributionCount: 10 });
    expect(closed.contributors).toEqual([10, 9, 8, 7, 6, 5, 4, 3].map((n) => `Guest${n}`));
    for (const reference of late) board.report(reference);

    expect(seen(board)).toEqual(closed);
  });

  it("an expired board shows no contribution when money comes late", () => {
    const board = new TestBoard();
    const late = board.contribution(20_000);
    board.passDeadline();
    board.report(late, {}, AFTER_DEADLINE);

    expect(seen(board, AFTER_DEADLINE)).toMatchObject({
      phase: "expired",
      acceptsContributions: false,
      percent: 0,
      contributors: [],
      contributionCount: 0,
    });
  });

  it("a cancelled board shows neither gift nor numbers, however much it had", () => {
    const board = new TestBoard({ goal: cents(20_000) });
    board.paid(100_000);
    board.cancel();
    const view = seen(board);

    expect(view).toMatchObject({
      phase: "cancelled",
      acceptsContributions: false,
      fullyFunded: false,
      gift: null,
      charity: null,
      percent: 0,
      contributors: [],
      contributionCount: 0,
    });
    expect(JSON.stringify(view)).not.toMatch(/lego|FoodForward/i);
    expect(moneyIn(view, [20_000, 97_000, 77_000, 100_000])).toEqual([]);
  });
});

it("a board is near its goal when the shown step of its bar may hide 80 % or more, until the goal is reached", async () => {
  const rows: [what: string, goal: number, paid: number, nearGoal: boolean][] = [
    ["steps of 5 %: none paid", 200_000, 0, false],
    ["79 % of it", 200_000, 158_000, false],
    ["80 % of it", 200_000, 165_000, true],
    ["99 % of it", 200_000, 204_000, true],
    ["the goal", 200_000, 210_000, false],
    ["steps of 10 %: 75 % of it", 60_000, 46_500, false],
    ["80 % of it", 60_000, 50_000, true],
    ["steps of 25 %: 60 % of it", 30_000, 18_500, false],
    ["76 % of it", 30_000, 23_500, true],
    ["steps of 50 %: 40 % of it", 12_000, 5_000, false],
    ["55 % of it", 12_000, 6_900, true],
    ["one step: none paid", 5_000, 0, true],
    ["the goal", 5_000, 5_500, false],
  ];
  await everyRow(rows, ([, goal, paid, nearGoal]) => {
    const board = new TestBoard({ goal: cents(goal) });
    if (paid > 0) board.paid(paid);
    expect(seen(board).nearGoal).toBe(nearGoal);
  });
});

describe("percentOf", () => {
  it("the percentage moves in steps of at least R50 or the whole goal, and is 100 % from the goal on", async () => {
    await everyRow(
      [
        [-1, 100_000, 0],
        [0, 100_000, 0],
        [4_999, 100_000, 0],
        [5_000, 100_000, 5],
        [9_999, 100_000, 5],
        [94_999, 100_000, 90],
        [95_000, 100_000, 95],
        [99_999, 100_000, 95],
        [100_000, 100_000, 100],
        [250_000, 100_000, 100],
        [9_999, 99_999, 0],
        [10_000, 99_999, 10],
        [99_998, 99_999, 90],
        [12_499, 49_999, 0],
        [12_500, 49_999, 25],
        [49_998, 49_999, 75],
        [9_999, 19_999, 0],
        [10_000, 19_999, 50],
        [19_998, 19_999, 50],
        [9_998, 9_999, 0],
        [9_999, 9_999, 100],
      ] as const,
      ([payable, goal, percent]) => expect(percentOf(cents(payable), cents(goal))).toBe(percent),
    );
  });

  it("a step is 5 % from R1,000 on, and larger below, so that it is at least R50 or the whole goal", async () => {
    await everyRow(
      [
        [1_000_000, 5],
        [100_000, 5],
        [99_999, 10],
        [50_000, 10],
        [49_999, 25],
        [20_000, 25],
        [19_999, 50],
        [10_000, 50],
        [9_999, 100],
        [2_000, 100],
      ] as const,
      ([goal, step]) => expect(progressStep(cents(goal))).toBe(step),
    );
  });
});

describe("roundedOverflow", () => {
  it("the charity's sum is rounded down to a multiple of R50, from R500 on of R100", async () => {
    await everyRow(
      [
        [-1, 0],
        [4_999, 0],
        [5_000, 5_000],
        [49_999, 45_000],
        [50_000, 50_000],
        [59_999, 50_000],
        [60_000, 60_000],
      ] as const,
      ([overflow, rounded]) => expect(roundedOverflow(overflow)).toBe(rounded),
    );
  });
});

/*
 * What a guest can compute about the amount of another guest (design 6).
 *
 * A guest sees two views in a row, and a name is new in the second view or missing from it. The guest computes which
 * net amounts `a` are possible. A view allows certain pots: in gift mode those whose `percentOf` is its percentage; in
 * charity mode those whose `roundedOverflow` is its sum, or every pot from the goal on when it shows no sum. An amount
 * `a` is possible when the first view allows a pot x and the second allows x + a (x - a for a missing name). The span
 * is the number of possible amounts, in whole cents. While the charity's sum does not change, every amount is possible,
 * because the sum lags behind the pot. The limits of one contribution (R20 to R10,000) are not taken into account.
 *
 * The check includes every change of phase and mode: at the goal of a Takealot board the second view allows the pots of
 * the first sum; at the goal of a philanthropy board any overshoot is possible; the percentage of a closed board is
 * fixed.
 */
type Pots = Readonly<{ from: number; below: number }>;

function allowedPots({ mode, percent, charity }: PublicView, goal: Cents): Pots {
  if (mode === "gift") return { from: first(goal, percent ?? 0), below: first(goal, (percent ?? 0) + 1) };
  const sum = charity?.raised ?? null;
  if (sum === null) return { from: goal, below: Number.POSITIVE_INFINITY };
  let below: number = sum;
  while (roundedOverflow(below) === sum) below += 1_000;
  return { from: goal + sum, below: goal + below };
}

/** The smallest pot whose percentage is at least `percent`. */
function first(goal: Cents, percent: number): number {
  if (percent > 100) return Number.POSITIVE_INFINITY;
  let [below, reached] = [-1, Number(goal)];
  while (reached - below > 1) {
    const middle = Math.floor((below + reached) / 2);
    if (percentOf(cents(middle), goal) >= percent) reached = middle;
    else below = middle;
  }
  return reached;
}

/** The number of amounts, zero included, that lead from a pot of the lower view to a pot of the higher view. */
function span(lower: PublicView, higher: PublicView, goal: Cents): number {
  const isCharity = lower.mode === "charity" && higher.mode === "charity";
  if (isCharity && lower.charity?.raised === higher.charity?.raised) return Number.POSITIVE_INFINITY;
  const [low, high] = [allowedPots(lower, goal), allowedPots(higher, goal)];
  const least = Math.max(0, high.from - (low.below - 1));
  return high.below - 1 - low.from - least + 1;
}

describe("the amount of one guest", () => {
  it("two consecutive views leave a span of at least R50, and in gift mode of 5 % of the goal", () => {
    const kinds = new Map<string, number>();
    fc.assert(
      fc.property(opening, steps, (opened, history) => {
        const { goal } = opened;
        let before: { view: PublicView; payable: number; hidden: string } | null = null;
        playHistory(opened, history, {
          watch: (board, at) => {
            const view = board.view(at);
            if (!view) return;
            const now = { view, payable: potOf(board.state).payable, hidden: JSON.stringify([...board.state.hidden]) };
            // A name that is hidden or shown again moves no money.
            if (before?.hidden === now.hidden) check(before, now, goal);
            before = now;
          },
        });
      }),
      { numRuns: fuzzRuns(200) },
    );

    function check(before: { view: PublicView; payable: number }, now: typeof before, goal: Cents): void {
      const names = (views: [PublicView, PublicView]) =>
        views[1].contributors.filter((name) => !views[0].contributors.includes(name)).length;
      const rose = now.payable > before.payable;
      const fell = now.payable < before.payable;
      const isNew = names([before.view, now.view]) > 0;
      const isGone = names([now.view, before.view]) > 0;
      // A name appears only when its money arrives or when another name disappears.
      expect(!isNew || rose || (fell && isGone)).toBe(true);
      if (!(isNew && rose) && !(isGone && fell)) return;
      const amounts = rose ? span(before.view, now.view, goal) : span(now.view, before.view, goal);
      const inGiftMode = before.view.mode === "gift" || now.view.mode === "gift";
      const least = Math.max(Math.min(5_000, goal), inGiftMode ? Math.floor(goal * 0.05) : 0);
      if (amounts < least) expect.fail(`${amounts} < ${least}: ${JSON.stringify([before, now, goal])}`);
      const kind = [isNew ? "new" : "gone", before.view.mode, now.view.mode].join(" ");
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    for (const kind of [
      "new gift gift",
      "new gift charity",
      "new charity charity",
      "gone gift gift",
      "gone charity gift",
    ]) {
      expect(kinds.get(kind), kind).toBeGreaterThan(3);
    }
  }, 120_000);
});

describe("the receipt", () => {
  it("a receipt states the amount of its payer and the cause of a refund", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000, { contributor: { name: "Sarah Mokoena" } });
    board.close();
    board.report(reference);

    expect(board.board.receipt(reference)).toEqual({
      reference,
      provider: "payfast",
      status: "completed",
      amount: 20_000,
      contributorName: "Sarah",
      completedAt: expect.any(String),
      afterGoal: false,
      wrongAmount: null,
      refund: "late_payment",
      payable: false,
      attempt: 1,
      attemptedAt: BEFORE_DEADLINE.toISOString(),
      attemptExpiresAt: later(BEFORE_DEADLINE, 3_600_000).toISOString(),
    });
    expect(board.board.receipt("0000000000aaaaaaaaaa")).toBeNull();
  });

  it("a receipt states the cause of a requested or completed refund, and none for money that stays", async () => {
    await everyRow<readonly [(board: TestBoard, reference: string) => unknown, string | null]>(
      [
        [() => undefined, null],
        [(board, reference) => board.report(reference, { providerPaymentId: "pf-other" }), null],
        [(board) => board.cancel(), "board_cancelled"],
        [(board, reference) => board.requestRefund(reference), "operator"],
        [(board, reference) => [board.requestRefund(reference), board.withdrawRefund(reference)], null],
        [(board, reference) => board.report(reference, { status: "refunded" }), "provider"],
      ],
      ([prepare, refund]) => {
        const board = new TestBoard();
        const reference = board.paid(20_000);
        prepare(board, reference);

        expect(board.board.receipt(reference)).toMatchObject({ refund, payable: false });
      },
    );
  });

  it("a receipt states whether the payment can be made, in which attempt and until when", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000);
    const receipt = () => board.board.receipt(reference);

    expect(receipt()).toMatchObject({ status: "pending", payable: true, attempt: 1 });
    board.report(reference, { status: "processing" });
    expect(receipt()).toMatchObject({ status: "processing", payable: false });
    board.report(reference, { status: "failed" });
    expect(receipt()).toMatchObject({ status: "failed", payable: true });
    board.retry(reference, later(BEFORE_DEADLINE, 60_000));
    expect(receipt()).toMatchObject({
      status: "processing",
      payable: true,
      attempt: 2,
      attemptExpiresAt: later(BEFORE_DEADLINE, 3_660_000).toISOString(),
    });
  });
});

describe("the owner's snapshot", () => {
  it("the owner's snapshot shows all amounts, as of now or as of one event", () => {
    const board = new TestBoard({ goal: cents(20_000) });
    board.paid(10_000);
    const reference = board.paid(50_000);
    board.requestRefund(reference);
    const { terms } = board.state;
    const profile = board.board.profile;
    const snapshotAt = (seq: number) => {
      if (!terms || !profile) throw new Error("not opened");
      return snapshotAfter(terms, profile, board.log[seq]?.data.after as BoardTotals);
    };

    expect(board.board.snapshot(ADMIN)).toMatchObject({
      raised: 58_200,
      payable: 9_700,
      overflow: 38_200,
      displayMode: "gift",
      status: "funded",
    });
    expect(snapshotAt(2)).toMatchObject({ raised: 9_700, overflow: 0, displayMode: "gift", contributionCount: 1 });
    expect(snapshotAt(4)).toMatchObject({ raised: 58_200, payable: 58_200, displayMode: "charity", status: "active" });
  });
});
