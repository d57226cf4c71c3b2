import { describe, expect, it } from "vitest";
import {
  acceptsContributions,
  BOARD_STATUSES,
  type BoardStatus,
  type BoardStep,
  nextBoardStatus,
  PAYMENT_STATUSES,
  PAYOUT_STATUSES,
  type PaymentStatus,
  type PayoutStatus,
  paymentMayBecome,
  payoutMayBecome,
  REFUND_STATUSES,
  type RefundStatus,
  refundMayBecome,
} from "#domain/board/lifecycle";

const pairs = <A extends string>(statuses: readonly A[]) =>
  statuses.flatMap((a) => statuses.map((b) => [a, b] as const));

/** product-facts 3.1: every step that is allowed; all others are refused. */
const BOARD_STEPS: readonly (readonly [BoardStatus, BoardStep, BoardStatus])[] = [
  ["draft", "publish", "active"],
  ["draft", "cancel", "cancelled"],
  ["active", "reach_goal", "funded"],
  ["active", "close", "closed"],
  ["active", "expire", "expired"],
  ["active", "cancel", "cancelled"],
  ["funded", "close", "closed"],
  ["funded", "cancel", "cancelled"],
  ["closed", "settle", "paid_out"],
];
const STEPS: BoardStep[] = ["publish", "reach_goal", "close", "expire", "cancel", "settle"];

describe("nextBoardStatus", () => {
  it.each(BOARD_STATUSES.flatMap((from) => STEPS.map((step) => [from, step] as const)))(
    "from %s by %s",
    (from, step) => {
      const allowed = BOARD_STEPS.find(([status, name]) => status === from && name === step);

      expect(nextBoardStatus(from, step)).toBe(allowed?.[2] ?? null);
    },
  );
});

/** product-facts 3.2. */
const PAYMENT_STEPS: readonly (readonly [PaymentStatus, PaymentStatus])[] = [
  ["pending", "processing"],
  ["pending", "completed"],
  ["pending", "failed"],
  ["processing", "completed"],
  ["processing", "failed"],
  ["failed", "completed"],
  ["failed", "processing"],
  ["completed", "refunded"],
];

describe("paymentMayBecome", () => {
  it.each(pairs(PAYMENT_STATUSES))("%s -> %s", (from, to) => {
    expect(paymentMayBecome(from, to)).toBe(PAYMENT_STEPS.some(([a, b]) => a === from && b === to));
  });
});

/** product-facts 3.3. */
const PAYOUT_STEPS: readonly (readonly [PayoutStatus, PayoutStatus])[] = [
  ["pending", "processing"],
  ["pending", "completed"],
  ["pending", "failed"],
  ["processing", "completed"],
  ["processing", "failed"],
  ["failed", "pending"],
];

describe("payoutMayBecome", () => {
  it.each(pairs(PAYOUT_STATUSES))("%s -> %s", (from, to) => {
    expect(payoutMayBecome(from, to)).toBe(PAYOUT_STEPS.some(([a, b]) => a === from && b === to));
  });
});

/** product-facts 8: failures stay visible and can be tried again; only what is done is done. */
const REFUND_STEPS: readonly (readonly [RefundStatus, RefundStatus])[] = [
  ["requested", "processing"],
  ["requested", "completed"],
  ["requested", "failed"],
  ["requested", "by_hand"],
  ["processing", "completed"],
  ["processing", "failed"],
  ["processing", "by_hand"],
  ["failed", "requested"],
  ["failed", "processing"],
  ["failed", "completed"],
  ["failed", "by_hand"],
  ["by_hand", "requested"],
  ["by_hand", "completed"],
];

describe("refundMayBecome", () => {
  it.each(pairs(REFUND_STATUSES))("%s -> %s", (from, to) => {
    expect(refundMayBecome(from, to)).toBe(REFUND_STEPS.some(([a, b]) => a === from && b === to));
  });
});

describe("acceptsContributions", () => {
  const deadline = new Date("2026-06-20T21:59:59.000Z");

  it.each(BOARD_STATUSES)("depends on the status %s before the deadline", (status) => {
    expect(acceptsContributions(status, deadline, new Date("2026-06-20T21:59:58.999Z"))).toBe(
      status === "active" || status === "funded",
    );
  });

  it("ends at the very instant of the deadline", () => {
    expect(acceptsContributions("active", deadline, deadline)).toBe(false);
  });
});
