import { describe, expect, it } from "vitest";
import { firstName, percentOf, publicView, receiptOf } from "#domain/board/public-view";
import { boardSnapshot } from "#domain/board/snapshot";
import { cents, formatRand } from "#domain/money";
import { AFTER_DEADLINE, aboutBoard, BEFORE_DEADLINE, History, later } from "./history.ts";

const GIFT = "Red bicycle";

function seen(board: History, now = BEFORE_DEADLINE, names: Record<string, string> = {}) {
  const view = publicView(
    { state: board.state, about: aboutBoard(board.boardId), nameOf: (id) => names[id] ?? null },
    now,
  );
  if (!view) throw new Error("nothing to see");
  return view;
}

/** Every way a sum of cents could be written into what a guest gets. */
function moneyIn(view: unknown, amounts: readonly number[]): string[] {
  const text = JSON.stringify(view);
  return amounts.flatMap((amount) => [String(amount), formatRand(cents(amount))]).filter((form) => text.includes(form));
}

describe("publicView in gift mode", () => {
  it("shows the gift and a percentage, and no amount of money anywhere", () => {
    const board = new History({ goal: cents(249_900) });
    board.paid(51_546);
    const view = seen(board);

    expect(view).toMatchObject({ mode: "gift", phase: "open", percent: 20, gift: { name: GIFT }, charity: null });
    expect(moneyIn(view, [249_900, 51_546, 50_000, 199_900, 1_546])).toEqual([]);
  });

  it("keeps the charity to itself until the gift is funded", () => {
    expect(JSON.stringify(seen(new History()))).not.toContain("Plant Trees");
  });

  it("shows first names, newest first, and nothing of those who gave none", () => {
    const board = new History();
    const [first, second] = [board.paid(2_000), board.paid(2_000)].map((reference) => {
      const contribution = board.state.contributions.get(reference);
      return contribution?.id ?? "";
    });
    const view = seen(board, BEFORE_DEADLINE, { [String(first)]: " Sarah Mokoena " });

    expect(view.contributors).toEqual([null, "Sarah"]);
    expect(second).not.toBe(first);
  });

  it("lists eight names at most and counts all", () => {
    const board = new History();
    for (let i = 0; i < 11; i += 1) board.paid(2_000);

    expect(seen(board).contributors).toHaveLength(8);
    expect(seen(board).contributionCount).toBe(11);
  });
});

describe("publicView in charity mode", () => {
  it("hides the gift in every field and shows only what came in beyond it", () => {
    const board = new History({ goal: cents(100_000) });
    board.paid(120_000);
    const view = seen(board);

    expect(view).toMatchObject({
      mode: "charity",
      percent: null,
      gift: null,
      charity: { name: "Plant Trees", raised: 16_400 },
    });
    expect(JSON.stringify(view)).not.toMatch(/bicycle/i);
    expect(moneyIn(view, [100_000, 116_400, 120_000])).toEqual([]);
  });

  it("begins exactly at the goal, with nothing for the charity yet", () => {
    const board = new History({ goal: cents(19_400) });
    board.paid(20_000);

    expect(seen(board)).toMatchObject({ mode: "charity", charity: { raised: 0 } });
  });

  it("is not for philanthropy boards: they stay in gift mode past 100 %", () => {
    const board = new History({ giftType: "philanthropy", payoutMethod: "philanthropy_donation", goal: cents(15_000) });
    board.paid(50_000);

    expect(seen(board)).toMatchObject({ mode: "gift", percent: 100, fullyFunded: true, charity: null });
  });
});

describe("publicView of a finished board", () => {
  it("is closed for guests at the deadline, before any job has run", () => {
    const board = new History();
    board.paid(20_000);

    expect(board.state.status).toBe("active");
    expect(seen(board, AFTER_DEADLINE)).toMatchObject({
      phase: "closed",
      acceptsContributions: false,
      percent: 19,
      daysLeft: 0,
    });
  });

  it("hides a funded gift and all amounts", () => {
    const board = new History({ goal: cents(20_000) });
    board.paid(100_000);
    board.play({ type: "close_board", reason: "manual", by: { kind: "system" } });
    const view = seen(board);

    expect(view).toMatchObject({
      phase: "closed",
      gift: null,
      fullyFunded: true,
      percent: 100,
      charity: { raised: null },
    });
    expect(moneyIn(view, [20_000, 97_000, 77_000, 100_000])).toEqual([]);
  });

  it("stays as it closed when money comes late: that goes back and changes nothing a guest sees", () => {
    const board = new History({ goal: cents(20_000) });
    board.paid(15_000);
    const late = board.contribution(10_000);
    board.play({ type: "close_board", reason: "manual", by: { kind: "system" } });
    const closed = seen(board);
    board.report(late);

    expect(board.state.raised).toBe(24_250);
    expect(seen(board)).toEqual(closed);
    expect(closed).toMatchObject({ mode: "gift", percent: 72, fullyFunded: false, contributionCount: 1 });
  });

  it("stays expired, without a number, when money comes after nobody had chipped in", () => {
    const board = new History();
    const late = board.contribution(20_000);
    board.play({ type: "pass_deadline" }, AFTER_DEADLINE);
    board.report(late, {}, AFTER_DEADLINE);

    expect(seen(board, AFTER_DEADLINE)).toMatchObject({
      phase: "expired",
      percent: 0,
      contributors: [],
      contributionCount: 0,
    });
  });

  it("shows neither gift nor numbers once it is cancelled, however much it had raised", () => {
    const board = new History({ goal: cents(20_000) });
    board.paid(100_000);
    board.cancel();
    const view = seen(board);

    expect(view).toMatchObject({
      ...{ phase: "cancelled", acceptsContributions: false, fullyFunded: false },
      ...{ gift: null, charity: null, percent: 0, contributors: [], contributionCount: 0 },
    });
    expect(JSON.stringify(view)).not.toMatch(/bicycle|Plant Trees/i);
    expect(moneyIn(view, [20_000, 97_000, 77_000, 100_000])).toEqual([]);
  });

  it("does not name those whose money is on its way back", () => {
    const board = new History();
    const names = Object.fromEntries(["Sarah", "Thandi"].map((name) => [board.of(board.paid(20_000)).id, name]));
    expect(seen(board, BEFORE_DEADLINE, names).contributors).toEqual(["Thandi", "Sarah"]);
    const [reference = ""] = board.state.contributions.keys();
    board.giveBack(reference);

    expect(seen(board, BEFORE_DEADLINE, names).contributors).toEqual(["Thandi"]);
  });

  it("says expired when nothing was raised", () => {
    const board = new History();
    board.play({ type: "pass_deadline" }, AFTER_DEADLINE);

    expect(seen(board, AFTER_DEADLINE)).toMatchObject({ phase: "expired", acceptsContributions: false });
  });
});

describe("percentOf", () => {
  it.each([
    [0, 0],
    [999, 0],
    [1_000, 1],
    [99_999, 99],
    [100_000, 100],
    [250_000, 100],
  ])("of %i raised for 100000 is %i", (raised, percent) => {
    expect(percentOf(cents(raised), cents(100_000))).toBe(percent);
  });
});

describe("firstName", () => {
  it.each([
    ["Sarah M.", "Sarah"],
    ["  Thandi  ", "Thandi"],
    ["thandi@example.com", "thandi"],
    ["", null],
    ["   ", null],
    [null, null],
  ])("of %j is %j", (typed, name) => {
    expect(firstName(typed)).toBe(name);
  });
});

describe("receiptOf", () => {
  it("tells the payer their own amount, and why the money is on its way back", () => {
    const board = new History();
    const reference = board.contribution(20_000);
    board.close();
    board.report(reference);

    expect(receiptOf(board.state, reference, () => "Sarah Mokoena")).toEqual({
      reference,
      provider: "payfast",
      status: "completed",
      amount: 20_000,
      contributorName: "Sarah",
      refund: "late_payment",
      payable: false,
      attempt: 1,
      attemptExpiresAt: later(BEFORE_DEADLINE, 3_600_000).toISOString(),
    });
    expect(receiptOf(board.state, "0000000000aaaaaaaaaa", () => null)).toBeNull();
  });

  it.each([
    ["money that stays", (board: History, reference: string) => board.report(reference), null],
    [
      "a second payment that goes back: the first one stays",
      (board: History, reference: string) => {
        board.report(reference);
        board.report(reference, { providerPaymentId: "pf-other" });
      },
      null,
    ],
    [
      "a cancelled board",
      (board: History, reference: string) => {
        board.report(reference);
        board.cancel();
      },
      "board_cancelled",
    ],
    [
      "an operator's decision",
      (board: History, reference: string) => {
        board.report(reference);
        board.giveBack(reference);
      },
      "operator",
    ],
    [
      "a refund that is done",
      (board: History, reference: string) => {
        board.report(reference);
        board.report(reference, { status: "refunded" });
      },
      "provider",
    ],
  ])("of %s gives its cause", (_, prepare, refund) => {
    const board = new History();
    const reference = board.contribution(20_000);
    prepare(board, reference);

    expect(receiptOf(board.state, reference, () => null)).toMatchObject({ refund, payable: false });
  });

  it("says whether the guest may be sent to pay, with which attempt and until when", () => {
    const board = new History();
    const reference = board.contribution(20_000);
    const receipt = () => receiptOf(board.state, reference, () => null);

    expect(receipt()).toMatchObject({ status: "pending", payable: true, attempt: 1 });
    board.report(reference, { status: "processing" });
    expect(receipt()).toMatchObject({ status: "processing", payable: false });
    board.report(reference, { status: "failed" });
    expect(receipt()).toMatchObject({ status: "failed", payable: true });
    board.retry(reference, later(BEFORE_DEADLINE, 60_000));
    expect(receipt()).toMatchObject({
      ...{ status: "processing", payable: true, attempt: 2 },
      attemptExpiresAt: later(BEFORE_DEADLINE, 3_660_000).toISOString(),
    });
  });
});

describe("boardSnapshot", () => {
  it("shows the owner all amounts, as of now or as of one event", () => {
    const board = new History({ goal: cents(20_000) });
    board.paid(10_000);
    const [, , completed] = board.events;
    board.paid(50_000);
    const about = aboutBoard(board.boardId);

    expect(boardSnapshot(board.state, about)).toMatchObject({
      raised: 58_200,
      overflow: 38_200,
      displayMode: "charity",
    });
    expect(
      boardSnapshot(board.state, about, completed?.type === "payment_completed" ? completed.after : undefined),
    ).toMatchObject({ raised: 9_700, overflow: 0, displayMode: "gift", contributionCount: 1 });
  });
});
