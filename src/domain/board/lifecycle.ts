/** The lives of product-facts 3, as data, and the words the board's log uses. */

export const BOARD_STATUSES = ["draft", "active", "funded", "closed", "paid_out", "expired", "cancelled"] as const;
export type BoardStatus = (typeof BOARD_STATUSES)[number];
export type BoardStep = "reach_goal" | "close" | "expire" | "cancel" | "settle";

const NEXT_BOARD_STATUS: Record<BoardStatus, Partial<Record<BoardStep, BoardStatus>>> = {
  draft: {},
  active: { reach_goal: "funded", close: "closed", expire: "expired", cancel: "cancelled" },
  // Reaching the goal is a milestone, not an end: money may still arrive until the board closes.
  funded: { close: "closed", cancel: "cancelled" },
  // With the last payout.
  closed: { settle: "paid_out" },
  paid_out: {},
  expired: {},
  cancelled: {},
};

/** The status after `step`, or null when the board cannot take that step from here. */
export function nextBoardStatus(from: BoardStatus, step: BoardStep): BoardStatus | null {
  return NEXT_BOARD_STATUS[from][step] ?? null;
}

/** The statuses in which the pot may still grow. */
export const OPEN_STATUSES = ["active", "funded"] as const satisfies readonly BoardStatus[];

export function isOpenStatus(status: BoardStatus): boolean {
  return status === "active" || status === "funded";
}

/** Whether a guest may start a contribution. The server's clock decides, at the moment of asking. */
export function acceptsContributions(status: BoardStatus, deadline: Date, now: Date): boolean {
  return isOpenStatus(status) && now < deadline;
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
export type PayoutStep = "start" | "complete" | "fail" | "retry";

const NEXT_PAYOUT_STATUS: Record<PayoutStatus, Partial<Record<PayoutStep, PayoutStatus>>> = {
  // Paid or given up at once where nobody has to claim it first: by hand, or by a partner.
  pending: { start: "processing", complete: "completed", fail: "failed" },
  processing: { complete: "completed", fail: "failed" },
  // It was certainly not paid. Only a retry leads on, so that nobody completes what another has given up.
  failed: { retry: "pending" },
  completed: {},
};

/** The status after `step`, or null when the payout cannot take that step from here. */
export function nextPayoutStatus(from: PayoutStatus, step: PayoutStep): PayoutStatus | null {
  return NEXT_PAYOUT_STATUS[from][step] ?? null;
}

/** Whether its amount may still change: nobody has begun to pay it. */
export function isPayoutUnpaid(status: PayoutStatus): boolean {
  return status === "pending" || status === "failed";
}

/** Who pays a payout: a person in the counterparty's portal, the board's partner, or one of our executors. */
export const EXECUTION_METHODS = ["hand", "partner", "automation"] as const;
export type ExecutionMethod = (typeof EXECUTION_METHODS)[number];

export const PAYMENT_PROVIDERS = ["payfast", "ozow", "snapscan"] as const;
export type PaymentProviderName = (typeof PAYMENT_PROVIDERS)[number];

/** The one way to pay on a board of a sandbox: our own test page. */
export const TEST_PAGE = "sandbox";
export type PaymentWay = PaymentProviderName | typeof TEST_PAGE;
/** What the log and the specified column say of a contribution on the test page, where only a provider fits. (decision 0014) */
export const STAND_IN: PaymentProviderName = "payfast";

export const CLOSE_REASONS = ["manual", "deadline_reached", "goal_reached"] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

/** What an owner may change on a board. */
export const UPDATED_FIELDS = ["message", "photo", "gift_picture", "contributors", "deadline"] as const;

export const REFUND_STATUSES = [
  "requested",
  "processing",
  "completed",
  "failed",
  "needs_manual_action",
  "withdrawn",
] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

const REFUND_MAY_BECOME: Record<RefundStatus, readonly RefundStatus[]> = {
  requested: ["processing", "completed", "failed", "needs_manual_action", "withdrawn"],
  processing: ["completed", "failed", "needs_manual_action"],
  // Requested again, confirmed by a person meanwhile, or called off.
  failed: ["requested", "processing", "completed", "needs_manual_action", "withdrawn"],
  needs_manual_action: ["requested", "completed", "withdrawn"],
  // The provider may report a refund that a person withdrew by mistake: it is true all the same.
  withdrawn: ["requested", "completed"],
  completed: [],
};

export function refundMayBecome(from: RefundStatus, to: RefundStatus): boolean {
  return REFUND_MAY_BECOME[from].includes(to);
}

export const REFUND_CAUSES = [
  "late_payment",
  "surplus_payment",
  "board_cancelled",
  "amount_mismatch",
  /** a person decided so */
  "operator",
  /** the provider sent it back without being asked by us */
  "provider",
] as const;
export type RefundCause = (typeof REFUND_CAUSES)[number];

/** What may be odd about a contribution while it is begun; it counts once its money is there. (product-facts 16) */
export const SIGNALS = ["unexpected_country"] as const;
export type Signal = (typeof SIGNALS)[number];

/** Why a person must look before this board is paid out. (product-facts 16) */
export const FLAG_KINDS = [
  ...SIGNALS,
  "new_board_spike",
  "new_host",
  /** a provider took another amount than we asked for */
  "amount_mismatch",
  /** a refund that was paid out came back from the bank */
  "refund_returned",
  /** the provider reports money as paid that it had sent back of its own accord */
  "refund_reversed",
] as const;
export type FlagKind = (typeof FLAG_KINDS)[number];

/** Why the payouts of a board must not be started. (product-facts 7) */
export const HOLD_REASONS = [...FLAG_KINDS, "person"] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];
