import type { GiftType, PayoutMethod } from "../gift.ts";
import type { Cents } from "../money.ts";
import type { FlagKind, Signal } from "./flags.ts";
import type { BoardStatus, CloseReason, PaymentProviderName, RefundStatus } from "./lifecycle.ts";

/** Where the board stands right after an event, so that whatever derives from the event needs no second fold. */
export type Standing = Readonly<{ status: BoardStatus; raised: Cents; contributionCount: number }>;

export type PayoutItem = Readonly<{ id: string; type: "gift" | "overflow"; amount: Cents }>;

export type PlannedPayout = Readonly<{
  id: string;
  type: PayoutMethod;
  gross: Cents;
  fee: Cents;
  net: Cents;
  items: readonly PayoutItem[];
}>;

/**
 * Everything that can happen to a board. Recorded for ever and chained by hash: no personal data, instants as ISO 8601,
 * amounts in cents. Fields may be added, never renamed or given a new meaning.
 */
export type BoardEvent =
  | {
      type: "board_opened";
      boardId: string;
      partnerId: string;
      hostId: string;
      giftType: GiftType;
      payoutMethod: PayoutMethod;
      goal: Cents;
      deadline: string;
      /** Since when we have known the host. */
      hostSince?: string;
    }
  | {
      type: "contribution_opened";
      contributionId: string;
      reference: string;
      /** Digest of the form that was sent: sending it again is the same contribution. */
      submission: string;
      provider: PaymentProviderName;
      amount: Cents;
      fee: Cents;
      /** Until when the first attempt's offer stands. */
      offerExpiresAt?: string;
      /** What was odd about its beginning; it becomes a flag when the money arrives. */
      signals?: readonly Signal[];
    }
  /** The guest begins anew, after a failure or because the offer ran out: the same reference, another attempt. */
  | { type: "payment_retried"; contributionId: string; attempt: number; offerExpiresAt: string }
  /** The provider has made a request of its own for this attempt; a look-up needs its id. */
  | { type: "payment_requested"; contributionId: string; attempt: number; requestId: string }
  | {
      type: "payment_progressed";
      contributionId: string;
      status: "processing" | "failed";
      providerPaymentId: string | null;
      providerStatus: string;
      /** Nobody said that it failed: we stopped waiting. The money may still come. */
      expiredUnpaid?: true;
    }
  | {
      type: "payment_completed";
      contributionId: string;
      providerPaymentId: string;
      after: Standing;
    }
  /** A second successful payment for one reference: never part of the pot, always sent back. */
  | { type: "surplus_payment_received"; contributionId: string; providerPaymentId: string; amount: Cents }
  | {
      type: "refund_requested";
      contributionId: string;
      providerPaymentId: string;
      amount: Cents;
      cause: RefundCause;
      requestedBy?: Actor;
    }
  /** `reason` is one of our words or a provider's short code. */
  | {
      type: "refund_progressed";
      contributionId: string;
      providerPaymentId: string;
      status: Exclude<RefundStatus, "completed">;
      providerRefundId: string | null;
      reason: string | null;
      by: Actor;
    }
  | {
      type: "refund_completed";
      contributionId: string;
      providerPaymentId: string;
      providerRefundId: string | null;
      by: Actor;
      after: Standing;
    }
  | { type: "goal_reached"; after: Standing }
  | {
      type: "board_closed";
      reason: CloseReason;
      closedBy: Actor;
      payouts: readonly PlannedPayout[];
      /** A flag was open: nobody may pay out before it is cleared. */
      held?: true;
      after: Standing;
    }
  | { type: "board_expired"; after: Standing }
  | { type: "board_cancelled"; cancelledBy: Actor; after: Standing }
  /** Money of the pot goes back after closing: the payouts as they are from now on. */
  | { type: "payouts_reduced"; payouts: readonly PlannedPayout[] }
  /** The last flag of a closed board was cleared. */
  | { type: "payouts_released" }
  | {
      type: "flag_raised";
      flag: FlagKind;
      contributionId: string | null;
      /** The payment it is about, where that is not the contribution's own; with what was paid. */
      providerPaymentId?: string;
      received?: Cents;
    }
  | {
      type: "flag_cleared";
      flag: FlagKind;
      contributionId: string | null;
      providerPaymentId?: string;
      clearedBy: Actor;
    };

export const REFUND_CAUSES = [
  "late_payment",
  "surplus_payment",
  "board_cancelled",
  "amount_mismatch",
  /** an operator decided so */
  "operator",
  /** the provider sent it back without being asked by us */
  "provider",
] as const;
export type RefundCause = (typeof REFUND_CAUSES)[number];

/** Who made it happen. Ids only: a name or an address would be personal data in the log. */
export type Actor =
  | { kind: "system" }
  | { kind: "partner"; partnerId: string; apiKeyId: string }
  | { kind: "host"; hostId: string }
  /** Who holds the internal secret. */
  | { kind: "operator" };

/** An event in its place in the board's log. `hash` covers the event and, through `hash` of the one before, the past. */
export type RecordedEvent = Readonly<{ seq: number; at: string; event: BoardEvent; hash: string }>;
