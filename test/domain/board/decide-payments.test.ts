import { describe, expect, it } from "vitest";
import type { BoardCommand } from "#domain/board/commands";
import { EXPIRY_MS } from "#domain/board/decide-payments";
import { PAYMENT_STATUSES, type PaymentStatus } from "#domain/board/lifecycle";
import { boardCode, newId } from "#domain/ids";
import { cents } from "#domain/money";
import { AFTER_DEADLINE, BEFORE_DEADLINE, DEADLINE, History, later, OPENED_AT, types } from "./history.ts";

const MINUTE_MS = 60_000;
const OFFER_MS = 60 * MINUTE_MS;
const HOUR_LATER = later(BEFORE_DEADLINE, OFFER_MS);

const form: BoardCommand = {
  type: "open_contribution",
  contributionId: newId(OPENED_AT),
  submission: "same form",
  provider: "payfast",
  amount: cents(20_000),
};

/** A contribution in each status; `processing` is under way at the provider. */
function contributionThat(board: History, status: PaymentStatus, at = BEFORE_DEADLINE): string {
  const reference = board.contribution(20_000, { submission: "same form", at });
  if (status === "pending") return reference;
  board.report(reference, { status: status === "refunded" ? "completed" : status }, at);
  if (status === "refunded") board.report(reference, { status }, at);
  return reference;
}

describe("the offer of a payment", () => {
  it.each([
    ["an hour, long before the deadline", 19 * 24 * OFFER_MS, OFFER_MS],
    ["an hour, an hour before the deadline", OFFER_MS, OFFER_MS],
    ["until the deadline, when that is nearer", OFFER_MS - 1, OFFER_MS - 1],
    ["five minutes, five minutes before the deadline", 5 * MINUTE_MS, 5 * MINUTE_MS],
    ["five minutes, even if the deadline is nearer", 5 * MINUTE_MS - 1, 5 * MINUTE_MS],
    ["five minutes in the last moment", 1, 5 * MINUTE_MS],
  ])("stands for %s", (_, before, lasts) => {
    const board = new History();
    const at = later(DEADLINE, -before);
    const reference = board.contribution(20_000, { at });

    expect(board.of(reference)).toMatchObject({ attempt: 1, offerExpiresAt: later(at, lasts).toISOString() });
  });

  it("begun again is capped by the deadline as well", () => {
    const board = new History();
    const reference = contributionThat(board, "failed");
    board.retry(reference, later(DEADLINE, -10 * MINUTE_MS));

    expect(board.of(reference).offerExpiresAt).toBe(DEADLINE.toISOString());
  });
});

describe.each([
  ["the same form sent again", (board: History, _: string, at?: Date) => board.play(form, at)],
  ["a retry", (board: History, reference: string, at?: Date) => board.retry(reference, at)],
] as const)("%s", (_, again) => {
  it.each([1, MINUTE_MS, OFFER_MS - 1])("within the offer, after %i ms, is a double tap", (ms) => {
    const board = new History();
    const reference = contributionThat(board, "pending");

    expect(again(board, reference, later(BEFORE_DEADLINE, ms))).toEqual([]);
    expect(board.of(reference).attempt).toBe(1);
  });

  it("when the offer has run out is another attempt, once", () => {
    const board = new History();
    const reference = contributionThat(board, "pending");

    expect(again(board, reference, HOUR_LATER)).toEqual([
      {
        type: "payment_retried",
        contributionId: board.of(reference).id,
        attempt: 2,
        offerExpiresAt: later(HOUR_LATER, OFFER_MS).toISOString(),
      },
    ]);
    expect(again(board, reference, HOUR_LATER)).toEqual([]);
    expect(board.of(reference)).toMatchObject({ status: "pending", attempt: 2, attemptedAt: HOUR_LATER.toISOString() });
  });

  it("after a failure is another attempt at once, and once", () => {
    const board = new History();
    const reference = contributionThat(board, "failed");

    expect(types(again(board, reference))).toEqual(["payment_retried"]);
    expect(again(board, reference)).toEqual([]);
    expect(board.of(reference)).toMatchObject({ status: "processing", underWay: false, attempt: 2 });
  });

  it("after we stopped waiting forgets that we did", () => {
    const board = new History();
    const reference = contributionThat(board, "pending");
    const nextDay = later(BEFORE_DEADLINE, EXPIRY_MS);
    board.play({ type: "expire_payment", reference }, nextDay);
    expect(board.of(reference)).toMatchObject({ status: "failed", expiredAt: nextDay.toISOString() });
    again(board, reference, nextDay);

    expect(board.of(reference)).toMatchObject({ status: "processing", attempt: 2, expiredAt: null });
  });

  it("of an attempt whose offer ran out in turn is the third", () => {
    const board = new History();
    const reference = contributionThat(board, "failed");
    again(board, reference);
    again(board, reference, HOUR_LATER);

    expect(board.of(reference)).toMatchObject({ attempt: 3, status: "processing" });
  });

  it("needs a fresh request of the provider", () => {
    const board = new History();
    const reference = contributionThat(board, "failed");
    board.play({ type: "note_payment_request", reference, attempt: 1, requestId: "request-1" });
    again(board, reference);

    expect(board.of(reference).requestId).toBeNull();
  });

  it("after a failure is refused at the deadline and on every finished board", () => {
    const finish = [
      (board: History) => board.close(),
      (board: History) => board.cancel(),
      (board: History) => board.play({ type: "pass_deadline", providersAsked: true }, AFTER_DEADLINE),
    ];
    for (const end of finish) {
      const board = new History();
      const reference = contributionThat(board, "failed");
      expect(again(board, reference, DEADLINE)).toEqual({ refused: "not_accepting", status: "active" });
      end(board);

      expect(again(board, reference)).toEqual({ refused: "not_accepting", status: board.state.status });
      expect(board.of(reference).attempt).toBe(1);
    }
  });
});

describe("a payment that is under way or settled", () => {
  const settled = ["processing", "completed", "refunded"] as const;

  it.each(settled)("as %s is not begun again, however late", (status) => {
    const board = new History();
    const reference = contributionThat(board, status);

    expect(board.retry(reference, HOUR_LATER)).toEqual({ refused: "payment_settled", status });
    expect(board.play(form, HOUR_LATER)).toEqual([]);
    expect(board.of(reference)).toMatchObject({ status, attempt: 1 });
  });

  it("is refused for a reference the board never gave", () => {
    const board = new History();
    const reference = `${boardCode(board.boardId)}zzzzzzzzzz`;
    const refusal = { refused: "unknown_payment", reference };

    expect(board.retry(reference)).toEqual(refusal);
    expect(board.play({ type: "expire_payment", reference })).toEqual(refusal);
    expect(board.play({ type: "note_payment_request", reference, attempt: 1, requestId: "r" })).toEqual(refusal);
  });
});

describe("news of an attempt", () => {
  it("that the provider works on it after a retry is recorded once, and then it must not be begun again", () => {
    const board = new History();
    const reference = contributionThat(board, "failed");
    board.retry(reference);

    expect(types(board.report(reference, { status: "processing" }))).toEqual(["payment_progressed"]);
    expect(board.report(reference, { status: "processing" })).toEqual([]);
    expect(board.retry(reference, HOUR_LATER)).toEqual({ refused: "payment_settled", status: "processing" });
  });

  it.each([
    ["pending", "processing", ["payment_progressed"], "processing"],
    ["pending", "failed", ["payment_progressed"], "failed"],
    ["pending", "completed", ["payment_completed"], "completed"],
    ["processing", "processing", [], "processing"],
    ["processing", "failed", ["payment_progressed"], "failed"],
    ["processing", "completed", ["payment_completed"], "completed"],
    ["failed", "processing", ["payment_progressed"], "processing"],
    ["failed", "failed", [], "failed"],
    ["failed", "completed", ["payment_completed"], "completed"],
    ["completed", "processing", [], "completed"],
    ["completed", "failed", [], "completed"],
    ["completed", "completed", [], "completed"],
    ["refunded", "processing", [], "refunded"],
    ["refunded", "failed", [], "refunded"],
    ["refunded", "completed", [], "refunded"],
    ["refunded", "refunded", [], "refunded"],
  ] as const)("on a payment that is %s, told as %s, records %j", (from, status, expected, becomes) => {
    const board = new History();
    const reference = contributionThat(board, from);

    expect(types(board.report(reference, { status }))).toEqual(expected);
    expect(board.of(reference).status).toBe(becomes);
  });
});

describe("a failure told again", () => {
  it("after the guest began anew says nothing about the new attempt", () => {
    const board = new History();
    const reference = contributionThat(board, "failed");
    const failed = { status: "failed", providerPaymentId: "try-1" } as const;
    board.retry(reference);
    expect(types(board.report(reference, failed))).toEqual(["payment_progressed"]);
    board.retry(reference);

    expect(board.report(reference, failed)).toEqual([]);
    expect(board.of(reference).status).toBe("processing");
    expect(types(board.report(reference, { ...failed, providerPaymentId: "try-2" }))).toEqual(["payment_progressed"]);
    expect(types(board.report(reference, { providerPaymentId: "try-1" }))).toContain("payment_completed");
  });
});

describe("the provider's own id of a request", () => {
  const note = (board: History, reference: string, attempt: number, requestId: string) =>
    board.play({ type: "note_payment_request", reference, attempt, requestId });

  it("is noted once", () => {
    const board = new History();
    const reference = contributionThat(board, "pending");

    expect(types(note(board, reference, 1, "request-1"))).toEqual(["payment_requested"]);
    expect(note(board, reference, 1, "request-1")).toEqual([]);
    expect(board.of(reference).requestId).toBe("request-1");
  });

  it.each([0, 1, 3])("of attempt %i, while the second one counts, is old news", (attempt) => {
    const board = new History();
    const reference = contributionThat(board, "failed");
    board.retry(reference);

    expect(note(board, reference, attempt, "request-1")).toEqual([]);
    expect(types(note(board, reference, 2, "request-2"))).toEqual(["payment_requested"]);
  });
});

describe("expiry", () => {
  const expire = (board: History, reference: string, ms: number) =>
    board.play({ type: "expire_payment", reference }, later(BEFORE_DEADLINE, ms));

  it.each([
    ["pending", EXPIRY_MS - 1, ["refused: too_early_to_expire"]],
    ["pending", EXPIRY_MS, ["payment_progressed"]],
    ["processing", EXPIRY_MS - 1, ["refused: too_early_to_expire"]],
    ["processing", EXPIRY_MS, ["payment_progressed"]],
    ["completed", EXPIRY_MS, []],
    ["failed", EXPIRY_MS, []],
    ["refunded", EXPIRY_MS, []],
  ] as const)("of a payment that is %s, after %i ms, records %j", (status, ms, expected) => {
    const board = new History();
    const reference = contributionThat(board, status);

    expect(types(expire(board, reference, ms))).toEqual(expected);
    expect(board.of(reference).status).toBe(expected[0] === "payment_progressed" ? "failed" : status);
  });

  it("says that nobody told of a failure, and is old news the second time", () => {
    const board = new History();
    const reference = contributionThat(board, "pending");

    expect(expire(board, reference, EXPIRY_MS)).toMatchObject([
      { status: "failed", providerPaymentId: null, expiredUnpaid: true },
    ]);
    expect(expire(board, reference, EXPIRY_MS)).toEqual([]);
  });

  it("counts from the latest attempt", () => {
    const board = new History();
    const reference = contributionThat(board, "pending");
    board.retry(reference, HOUR_LATER);

    expect(types(expire(board, reference, EXPIRY_MS + OFFER_MS - 1))).toEqual(["refused: too_early_to_expire"]);
    expect(types(expire(board, reference, EXPIRY_MS + OFFER_MS))).toEqual(["payment_progressed"]);
  });

  it("does not keep the money out that comes after it", () => {
    const board = new History();
    const reference = contributionThat(board, "pending");
    expire(board, reference, EXPIRY_MS);
    board.report(reference, {}, later(BEFORE_DEADLINE, EXPIRY_MS));

    expect(board.of(reference)).toMatchObject({ status: "completed", expiredAt: null });
    expect(board.state.raised).toBe(19_400);
  });
});

it("covers every status a payment can have", () => {
  for (const status of PAYMENT_STATUSES) {
    const board = new History();
    expect(board.of(contributionThat(board, status)).status).toBe(status);
  }
});
