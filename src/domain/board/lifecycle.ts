/** The three lives of product-facts 3, as data. A step that is not in a table is refused. */

export const BOARD_STATUSES = ["draft", "active", "funded", "closed", "paid_out", "expired", "cancelled"] as const;
export type BoardStatus = (typeof BOARD_STATUSES)[number];
export type BoardStep = "publish" | "reach_goal" | "close" | "expire" | "cancel" | "settle";

const NEXT_BOARD_STATUS: Record<BoardStatus, Partial<Record<BoardStep, BoardStatus>>> = {
  draft: { publish: "active", cancel: "cancelled" },
  active: { reach_goal: "funded", close: "closed", expire: "expired", cancel: "cancelled" },
  // Reaching the goal is a milestone, not an end: money may still arrive until the board closes.
  funded: { close: "closed", cancel: "cancelled" },
  closed: { settle: "paid_out" },
  paid_out: {},
  expired: {},
  cancelled: {},
};

/** The status after `step`, or null when the board cannot take that step from here. */
export function nextBoardStatus(from: BoardStatus, step: BoardStep): BoardStatus | null {
  return NEXT_BOARD_STATUS[from][step] ?? null;
}

/** May a guest start a contribution? The server's clock decides, at the moment of asking. */
export function acceptsContributions(status: BoardStatus, deadline: Date, now: Date): boolean {
  return (status === "active" || status === "funded") && now < deadline;
}

export const PAYMENT_STATUSES = ["pending", "processing", "completed", "failed", "refunded"] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

const PAYMENT_MAY_BECOME: Record<PaymentStatus, readonly PaymentStatus[]> = {
  pending: ["processing", "completed", "failed"],
  processing: ["completed", "failed"],
  // A guest may try the same reference again and then succeed: the money really arrived.
  failed: ["completed", "processing"],
  completed: ["refunded"],
  refunded: [],
};

export function paymentMayBecome(from: PaymentStatus, to: PaymentStatus): boolean {
  return PAYMENT_MAY_BECOME[from].includes(to);
}

export const PAYOUT_STATUSES = ["pending", "processing", "completed", "failed"] as const;
export type PayoutStatus = (typeof PAYOUT_STATUSES)[number];

const PAYOUT_MAY_BECOME: Record<PayoutStatus, readonly PayoutStatus[]> = {
  pending: ["processing", "completed", "failed"],
  processing: ["completed", "failed"],
  failed: ["pending"],
  completed: [],
};

export function payoutMayBecome(from: PayoutStatus, to: PayoutStatus): boolean {
  return PAYOUT_MAY_BECOME[from].includes(to);
}

export const PAYMENT_PROVIDERS = ["payfast", "ozow", "snapscan"] as const;
export type PaymentProviderName = (typeof PAYMENT_PROVIDERS)[number];

export const CLOSE_REASONS = ["manual", "deadline_reached", "goal_reached"] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

export const REFUND_STATUSES = ["requested", "processing", "completed", "failed", "by_hand"] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

const REFUND_MAY_BECOME: Record<RefundStatus, readonly RefundStatus[]> = {
  requested: ["processing", "completed", "failed", "by_hand"],
  processing: ["completed", "failed", "by_hand"],
  // Asked for again, or settled by a person meanwhile.
  failed: ["requested", "processing", "completed", "by_hand"],
  by_hand: ["requested", "completed"],
  completed: [],
};

export function refundMayBecome(from: RefundStatus, to: RefundStatus): boolean {
  return REFUND_MAY_BECOME[from].includes(to);
}
