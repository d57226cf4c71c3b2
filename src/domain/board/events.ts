import type { GiftType, PayoutMethod } from "../gift.ts";
import type { Cents } from "../money.ts";
import type { BoardStatus, CloseReason, PaymentProviderName } from "./lifecycle.ts";

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
    }
  | {
      type: "payment_progressed";
      contributionId: string;
      status: "processing" | "failed";
      providerPaymentId: string | null;
      providerStatus: string;
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
    }
  | { type: "goal_reached"; after: Standing }
  | { type: "board_closed"; reason: CloseReason; closedBy: Actor; payouts: readonly PlannedPayout[]; after: Standing }
  | { type: "board_expired"; after: Standing };

export const REFUND_CAUSES = ["late_payment", "surplus_payment", "board_cancelled"] as const;
export type RefundCause = (typeof REFUND_CAUSES)[number];

/** Who made it happen. Ids only: a name or an address would be personal data in the log. */
export type Actor =
  | { kind: "system" }
  | { kind: "partner"; partnerId: string; apiKeyId: string }
  | { kind: "host"; hostId: string };

/** An event in its place in the board's log. `hash` covers the event and, through `hash` of the one before, the past. */
export type RecordedEvent = Readonly<{ seq: number; at: string; event: BoardEvent; hash: string }>;
