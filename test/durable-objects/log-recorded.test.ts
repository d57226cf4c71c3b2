import { afterEach, expect, it, vi } from "vitest";
import { ADMIN } from "#domain/board/actor";
import { logRecorded } from "../../durable-objects/log-recorded.ts";
import { TestBoard } from "../support/board.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("payouts that failed and money that was lost raise an alert, and a completed payout writes a line", () => {
  const lines: unknown[] = [];
  const keep = (line: string) => void lines.push(JSON.parse(line));
  vi.spyOn(console, "log").mockImplementation(keep);
  vi.spyOn(console, "error").mockImplementation(keep);
  const board = new TestBoard();
  const reference = board.paid(20_000);
  board.close();
  const payout = { board: "code", payout_id: board.payout().id, type: "takealot_gift_card" };

  for (const execution of [
    board.startPayout(),
    board.failPayout(),
    board.retryPayout(),
    board.completePayout(0, { by: ADMIN }),
    board.report(reference, { status: "refunded", amount: null }),
  ]) {
    logRecorded("code", execution.events);
  }

  expect(lines).toEqual([
    { alert: true, event: "payout_failed", ...payout, attempt: 1, code: "refused", times: 1 },
    { event: "payout_completed", ...payout, attempt: 2 },
    { alert: true, event: "payment_lost", board: "code", provider: "payfast", lost_cents: 19_400, times: 1 },
    { event: "refunds_requested", board: "code", refunds: 1, amount_cents: 20_000 },
  ]);
});
