import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SYSTEM } from "#domain/board/actor";
import type { BoardEventOf } from "#domain/board/events";
import { type EndPreview, previewEnding } from "#domain/board/preview-ending";
import { cents } from "#domain/money";
import { BEFORE_DEADLINE, DEADLINE, later, TestBoard } from "../../support/board.ts";
import { fuzzRuns } from "../../support/fuzz-runs.ts";
import { opening, playHistory, steps } from "./random-history.ts";

const TIMEOUT_MS = 300_000;

function previewOf({ board }: TestBoard, how: "close" | "cancel", now = BEFORE_DEADLINE): EndPreview {
  return previewEnding(board.state, how, { now, profile: board.profile });
}

describe("the preview of an ending", () => {
  it.each(["close", "cancel"] as const)(
    "in any history it says what to %s the board then records, and records nothing itself",
    (how) => {
      fc.assert(
        fc.property(opening, steps, fc.nat(40), (first, history, length) => {
          const { board } = playHistory(first, history.slice(0, length));
          const now = later(DEADLINE, -3_600_000);
          const head = board.headSeq;
          const preview = previewEnding(board.state, how, { now, profile: board.profile });
          expect(board.headSeq).toBe(head);
          const command =
            how === "close" ? ({ type: "close_board", reason: "manual" } as const) : { type: "cancel_board" as const };
          const { events, refusal } = board.execute(command, { at: now, by: SYSTEM });

          if (refusal || events.length === 0) {
            expect(preview).toEqual(refusal ? { how: "refused", refusal } : { how: "ended" });
            return;
          }
          if (preview.how === "cancel") {
            const requested = events.flatMap(({ event }) => (event.type === "refund_requested" ? [event.amount] : []));
            const amount = requested.reduce((total, one) => total + one, 0);
            expect(preview.refunds).toEqual({ count: requested.length, amount });
            return;
          }
          if (preview.how !== "close") throw new Error("the preview is of another ending");
          const closed = events
            .map(({ event }) => event)
            .find((event): event is BoardEventOf<"board_closed"> => event.type === "board_closed");
          const planned = closed?.payouts ?? [];
          expect(preview.payouts.map(({ type, gross, fee, net }) => ({ type, gross, fee, net }))).toEqual(
            planned.map(({ type, gross, fee, net }) => ({ type, gross, fee, net })),
          );
          expect(preview.holds.length > 0).toBe(planned.length > 0 && closed?.held === true);
        }),
        { numRuns: fuzzRuns(300) },
      );
    },
    TIMEOUT_MS,
  );

  it("closing early gives the gift what is there, and says what is open, on its way back and held", () => {
    const board = new TestBoard({ goal: cents(100_000) });
    board.paid(20_000);
    board.requestRefund(board.paid(10_000));
    board.contribution(5_000);
    board.hold();

    expect(previewOf(board, "close")).toMatchObject({
      payable: 19_400,
      goal: 100_000,
      contributionCount: 2,
      payouts: [{ type: "takealot_gift_card", gross: 19_400, fee: 0, net: 19_400, gift: 19_400, overflow: 0 }],
      holds: ["person"],
      returning: { count: 1, amount: 10_000 },
      open: { count: 1, amount: 5_000 },
    });
  });

  it("closing a funded board gives the rest to the charity", () => {
    const board = new TestBoard({ goal: cents(10_000) });
    board.paid(20_000);

    expect(previewOf(board, "close")).toMatchObject({
      payouts: [
        { type: "takealot_gift_card", net: 10_000, gift: 10_000 },
        { type: "philanthropy_donation", net: 9_400, overflow: 9_400 },
      ],
      holds: [],
    });
  });

  it("closing an empty board pays nothing out", () => {
    expect(previewOf(new TestBoard(), "close")).toMatchObject({ payable: 0, payouts: [], holds: [] });
  });

  it("cancelling sends every contribution back whole, with the fee", () => {
    const board = new TestBoard();
    board.paid(20_000);
    const byHand = board.contribution(30_000, { provider: "snapscan" });
    board.report(byHand);
    board.requestRefund(board.paid(5_000));
    board.contribution(7_000);

    expect(previewOf(board, "cancel")).toEqual({
      how: "cancel",
      refunds: { count: 2, amount: 50_000 },
      byHand: 1,
      returning: { count: 1, amount: 5_000 },
      open: { count: 1, amount: 7_000 },
    });
  });

  it("a board that cannot be ended says why", () => {
    const board = new TestBoard();
    board.paid(20_000);
    board.close();
    expect(previewOf(board, "cancel")).toEqual({
      how: "refused",
      refusal: { refused: "cannot_cancel", status: "closed" },
    });
  });
});
