import type { GiftType, PayoutMethod } from "../gift.ts";
import type { Cents } from "../money.ts";
import type { Actor, RefundCause } from "./events.ts";
import type { FlagKind, Signal } from "./flags.ts";
import type { CloseReason, PaymentProviderName, PaymentStatus, RefundStatus } from "./lifecycle.ts";

export type OpenBoard = Readonly<{
  type: "open_board";
  boardId: string;
  partnerId: string;
  hostId: string;
  /** Since when we have known the host. */
  hostSince?: Date;
  giftType: GiftType;
  payoutMethod: PayoutMethod;
  goal: Cents;
  deadline: Date;
}>;

export type OpenContribution = Readonly<{
  type: "open_contribution";
  /** Minted by the board's object; used only when this submission is new. */
  contributionId: string;
  submission: string;
  provider: PaymentProviderName;
  amount: Cents;
  signals?: readonly Signal[];
}>;

/** The guest asks for a fresh offer for a payment that was never made. */
export type RetryPayment = Readonly<{ type: "retry_payment"; reference: string }>;

/** The provider gave what was started an id of its own. */
export type NotePaymentRequest = Readonly<{
  type: "note_payment_request";
  reference: string;
  attempt: number;
  requestId: string;
}>;

/** One provider's word about one payment. `amount` is null when the provider did not state it (not for `completed`). */
export type ReportPayment = Readonly<{
  type: "report_payment";
  provider: PaymentProviderName;
  reference: string;
  status: Exclude<PaymentStatus, "pending">;
  amount: Cents | null;
  providerPaymentId: string;
  providerStatus: string;
}>;

/** A day without news, and the provider, asked, knows of no money. */
export type ExpirePayment = Readonly<{ type: "expire_payment"; reference: string }>;

/** `providerPaymentId` names a payment of a wrong amount; without it the contribution's own. */
export type RequestRefund = Readonly<{
  type: "request_refund";
  contributionId: string;
  providerPaymentId: string | null;
  cause: Extract<RefundCause, "operator">;
  by: Actor;
}>;

/** How far a refund has come. `requested` asks for it again; `returned`: paid out, and back from the bank. */
export type ReportRefund = Readonly<{
  type: "report_refund";
  contributionId: string;
  providerPaymentId: string;
  status: RefundStatus | "returned";
  providerRefundId: string | null;
  reason: string | null;
  by: Actor;
}>;

export type ClearFlag = Readonly<{
  type: "clear_flag";
  flag: FlagKind;
  contributionId: string | null;
  providerPaymentId: string | null;
  by: Actor;
}>;

export type CloseBoard = Readonly<{ type: "close_board"; reason: CloseReason; by: Actor }>;

export type CancelBoard = Readonly<{ type: "cancel_board"; by: Actor }>;

/**
 * The clock's own command: at the deadline a board with money closes, one without expires. Open payments hold it up for a
 * while, until their providers have been asked.
 */
export type PassDeadline = Readonly<{ type: "pass_deadline"; providersAsked?: boolean }>;

export type BoardCommand =
  | OpenBoard
  | OpenContribution
  | RetryPayment
  | NotePaymentRequest
  | ReportPayment
  | ExpirePayment
  | RequestRefund
  | ReportRefund
  | ClearFlag
  | CloseBoard
  | CancelBoard
  | PassDeadline;

/** Why a command may not happen. Each has one place outside where it becomes words. */
export type Refusal =
  | { refused: "unknown_board" }
  | { refused: "code_taken" }
  | { refused: "deadline_not_ahead" }
  | { refused: "not_accepting"; status: string }
  | { refused: "amount_out_of_range"; minimum: Cents; maximum: Cents }
  | { refused: "unknown_payment"; reference: string }
  | { refused: "provider_mismatch"; expected: PaymentProviderName }
  | { refused: "amount_mismatch"; expected: Cents; received: Cents | null }
  | { refused: "payment_settled"; status: PaymentStatus }
  | { refused: "too_early_to_expire" }
  | { refused: "nothing_to_refund"; status: PaymentStatus }
  | { refused: "unknown_refund" }
  | { refused: "unknown_flag" }
  | { refused: "already_paid_out" }
  | { refused: "cannot_close"; status: string }
  | { refused: "cannot_cancel"; status: string }
  | { refused: "goal_not_reached" }
  | { refused: "deadline_not_reached" }
  | { refused: "payments_open" };
