import type { GiftType, PayoutMethod } from "../gift.ts";
import type { Cents } from "../money.ts";
import type { CopyProblem } from "../pictures.ts";
import type { Actor } from "./actor.ts";
import type { Hold } from "./events.ts";
import type {
  BoardStatus,
  CloseReason,
  ExecutionMethod,
  FlagKind,
  PaymentStatus,
  PaymentWay,
  PayoutStatus,
  RefundStatus,
  Signal,
} from "./lifecycle.ts";

export type OpenBoard = Readonly<{
  type: "open_board";
  boardId: string;
  partnerId: string;
  hostId: string;
  /** Since when we have known the host. */
  hostSince: Date | null;
  giftType: GiftType;
  payoutMethod: PayoutMethod;
  goal: Cents;
  deadline: Date;
  /** Whether the partner is a sandbox: no money of its boards is real. */
  sandbox: boolean;
}>;

export type OpenContribution = Readonly<{
  type: "open_contribution";
  /** Minted by the board's object; used only when this submission is new. */
  contributionId: string;
  /** Digest of the form: sending the same form again is the same contribution. */
  submission: string;
  provider: PaymentWay;
  /** What the provider will charge. */
  amount: Cents;
  signals: readonly Signal[];
  /** The guest has solved a challenge. */
  challengePassed: boolean;
}>;

/** The guest asks for another attempt at a payment that was never made. */
export type RetryPayment = Readonly<{ type: "retry_payment"; reference: string }>;

/** The provider gave what was started an id of its own. */
export type NotePaymentRequest = Readonly<{
  type: "note_payment_request";
  reference: string;
  attempt: number;
  requestId: string;
}>;

/** A provider's report on one payment. `amount` is null when the provider did not state it (not for `completed`). */
export type ReportPayment = Readonly<{
  type: "report_payment";
  provider: PaymentWay;
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
}>;

/** How far a refund has come. `requested` retries a failed one; `returned`: paid out, and back from the bank. */
export type ReportRefund = Readonly<{
  type: "report_refund";
  /** The payment it is about, by our id or by the payment reference. */
  contribution: Readonly<{ id: string } | { reference: string }>;
  providerPaymentId: string;
  status: Exclude<RefundStatus, "withdrawn"> | "returned";
  providerRefundId: string | null;
  reason: string | null;
}>;

/** The money stays: a refund that was not sent counts again. */
export type WithdrawRefund = Readonly<{
  type: "withdraw_refund";
  contributionId: string;
  providerPaymentId: string;
}>;

export type ClearFlag = Readonly<{
  type: "clear_flag";
  flag: FlagKind;
  contributionId: string | null;
  providerPaymentId: string | null;
}>;

export type CloseBoard = Readonly<{ type: "close_board"; reason: CloseReason }>;

export type CancelBoard = Readonly<{ type: "cancel_board" }>;

/** What is left out stays. */
export type VisibilityChange = Readonly<{
  contributionId: string;
  name?: "hidden" | "shown";
  message?: "hidden" | "shown";
}>;

/** The owner changes the board. What is left out stays. All of it happens, or nothing. */
export type UpdateBoard = Readonly<{
  type: "update_board";
  /** Null deletes it. It is stored beside the log, not in it. */
  message?: string | null;
  /** The address of the child's photo, as `childPhotoUrl`. */
  photo?: string;
  /** The address of the picture of the product or the cause. */
  giftPicture?: string;
  /** What guests and mails no longer show of these contributions, or show again. */
  contributors?: readonly VisibilityChange[];
  /** May only become later, 1 to 90 days ahead. */
  deadline?: Date;
  /** The board ends with this change. Only a board without money may expire. */
  end?: "cancelled" | "expired";
}>;

/** What became of a picture at the address `from` on another host. It counts only while the board has that address. */
export type PictureCopy = Readonly<{ of: "photo" | "gift"; from: string }> &
  (Readonly<{ to: string }> | Readonly<{ problem: CopyProblem }>);

/** Pictures from other hosts were copied into our own store, or could not be. */
export type CopyPictures = Readonly<{ type: "copy_pictures"; copies: readonly PictureCopy[] }>;

/** A person holds the board's payouts, or lets them go. Why is noted beside the log. */
export type PlaceHold = Readonly<{ type: "place_hold" }>;
export type LiftHold = Readonly<{ type: "lift_hold" }>;

/** Claims a payout, to pay it. `execution` is minted by the caller, so that the same claim again is the same. */
export type StartPayout = Readonly<{
  type: "start_payout";
  payoutId: string;
  execution: string;
  method: ExecutionMethod;
}>;

/** The payout was paid. `externalRef` names it at the counterparty. `execution` is the executor's claim. */
export type CompletePayout = Readonly<{
  type: "complete_payout";
  payoutId: string;
  externalRef: string;
  /** When it was paid, where that is known. */
  completedAt: Date | null;
  /** What was paid, where the caller says so: a payout may shrink until it is paid. */
  net?: Cents;
  method: ExecutionMethod;
  execution?: string | null | undefined;
}>;

/** The payout was certainly not paid. The message is stored beside the log, not in it. */
export type FailPayout = Readonly<{
  type: "fail_payout";
  payoutId: string;
  errorCode: string;
  errorMessage: string | null;
  method: ExecutionMethod;
  execution?: string | null | undefined;
}>;

export type RetryPayout = Readonly<{ type: "retry_payout"; payoutId: string }>;

/** Late money of this contribution is paid out on top, instead of going back to the guest. */
export type SupplementPayout = Readonly<{ type: "supplement_payout"; contributionId: string }>;

/** The board has ended and forgets the people it was about. It can be done once and not be undone. */
export type AnonymiseBoard = Readonly<{ type: "anonymise_board" }>;

/**
 * At the deadline a board with money closes, and one without expires. Open payments hold it up for a while, until their
 * providers have been asked.
 */
export type PassDeadline = Readonly<{ type: "pass_deadline"; providersLookedUp: boolean }>;

/** Everything that is due on a board of a sandbox until this instant happens now. */
export type TendSandbox = Readonly<{ type: "tend_sandbox"; until: Date }>;

export type BoardCommand =
  | OpenBoard
  | OpenContribution
  | RetryPayment
  | NotePaymentRequest
  | ReportPayment
  | ExpirePayment
  | RequestRefund
  | ReportRefund
  | WithdrawRefund
  | ClearFlag
  | CloseBoard
  | CancelBoard
  | UpdateBoard
  | CopyPictures
  | PlaceHold
  | LiftHold
  | StartPayout
  | CompletePayout
  | FailPayout
  | RetryPayout
  | SupplementPayout
  | AnonymiseBoard
  | PassDeadline
  | TendSandbox;

type PayoutRefusal =
  | "cannot_start_payout"
  | "cannot_complete_payout"
  | "cannot_fail_payout"
  | "cannot_retry_payout"
  /** Somebody else is paying it. */
  | "payout_under_way";

/** Why a command may not happen. Each has one place outside where it becomes a sentence. */
export type Refusal =
  | { refused: "unknown_board" }
  | { refused: "code_taken" }
  /** A newer release wrote the end of the log: this one may not add to it. */
  | { refused: "newer_release" }
  | { refused: "deadline_not_ahead" }
  | { refused: "not_accepting"; status: BoardStatus }
  | { refused: "amount_out_of_range"; minimum: Cents; maximum: Cents }
  /** So many attempts on this board are unpaid that a new one needs a solved challenge. */
  | { refused: "challenge_needed" }
  | { refused: "too_many_unpaid" }
  /** This contribution was tried so often that it takes no further attempt; another may be begun. */
  | { refused: "too_many_attempts" }
  | { refused: "unknown_payment" }
  | { refused: "provider_mismatch"; expected: PaymentWay }
  /** Sandbox boards take test payments only, and live boards none. */
  | { refused: "wrong_way_to_pay" }
  /** Only a board of a sandbox has a clock that can be moved. */
  | { refused: "not_sandbox" }
  | { refused: "amount_mismatch"; expected: Cents; received: Cents | null }
  | { refused: "cannot_retry"; status: PaymentStatus }
  | { refused: "too_early_to_expire" }
  | { refused: "nothing_to_refund"; status: PaymentStatus }
  | { refused: "unknown_refund" }
  | { refused: "cannot_withdraw"; status: RefundStatus }
  | { refused: "unknown_flag" }
  /** So much of the money is being paid out, or was, that the rest does not cover it. */
  | { refused: "paid_out_already"; uncovered: Cents }
  | { refused: "unknown_payout" }
  | { refused: "payouts_held"; holds: readonly Hold[] }
  | { refused: "nothing_to_pay" }
  /** `by`: who brought the payout where it stands. */
  | { refused: PayoutRefusal; status: PayoutStatus; by: Actor | null }
  | { refused: "amount_changed"; net: Cents }
  | { refused: "cannot_hold"; status: BoardStatus }
  /** The contribution was paid in time, or the board is not closed. */
  | { refused: "not_late"; status: PaymentStatus }
  | { refused: "cannot_close"; status: BoardStatus }
  | { refused: "cannot_cancel"; status: BoardStatus }
  | { refused: "cannot_expire"; status: BoardStatus }
  /** Money was paid in: the board closes or is cancelled, it does not expire. */
  | { refused: "has_money" }
  /** The family was erased: nothing may be written about it again. */
  | { refused: "anonymised" }
  | { refused: "not_ended"; status: BoardStatus }
  | { refused: "not_for_partners" }
  /** How much of the board's money has not arrived where it goes, in counts. */
  | { refused: "money_under_way"; payouts: number; refunds: number; payments: number }
  | { refused: "cannot_move_deadline"; status: BoardStatus }
  | { refused: "deadline_not_later"; deadline: string }
  | { refused: "deadline_out_of_range" }
  | { refused: "goal_not_reached" }
  | { refused: "deadline_not_reached" }
  | { refused: "payments_open" };
