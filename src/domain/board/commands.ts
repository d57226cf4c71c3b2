import type { GiftType, PayoutMethod } from "../gift.ts";
import type { Cents } from "../money.ts";
import type { Actor } from "./events.ts";
import type { CloseReason, PaymentProviderName, PaymentStatus } from "./lifecycle.ts";

export type OpenBoard = Readonly<{
  type: "open_board";
  boardId: string;
  partnerId: string;
  hostId: string;
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
}>;

/** One provider's word about one payment. `amount` is null when the provider did not state it (not for `completed`). */
export type ReportPayment = Readonly<{
  type: "report_payment";
  provider: PaymentProviderName;
  reference: string;
  status: Extract<PaymentStatus, "processing" | "completed" | "failed">;
  amount: Cents | null;
  providerPaymentId: string;
  providerStatus: string;
}>;

export type CloseBoard = Readonly<{ type: "close_board"; reason: CloseReason; by: Actor }>;

/** The clock's own command: at the deadline a board with money closes, one without expires. */
export type PassDeadline = Readonly<{ type: "pass_deadline" }>;

export type BoardCommand = OpenBoard | OpenContribution | ReportPayment | CloseBoard | PassDeadline;

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
  | { refused: "cannot_close"; status: string }
  | { refused: "goal_not_reached" }
  | { refused: "deadline_not_reached" };
