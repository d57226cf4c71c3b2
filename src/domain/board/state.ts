import type { GiftType, PayoutMethod } from "../gift.ts";
import { type Cents, ZERO } from "../money.ts";
import type { PlannedPayout } from "./events.ts";
import type { BoardStatus, CloseReason, PaymentProviderName, PaymentStatus } from "./lifecycle.ts";

export type BoardTerms = Readonly<{
  boardId: string;
  partnerId: string;
  hostId: string;
  giftType: GiftType;
  payoutMethod: PayoutMethod;
  goal: Cents;
}>;

export type Contribution = {
  readonly id: string;
  readonly reference: string;
  readonly provider: PaymentProviderName;
  readonly amount: Cents;
  readonly fee: Cents;
  readonly openedAt: string;
  status: PaymentStatus;
  /** The provider's id of the payment that completed it. */
  providerPaymentId: string | null;
  /** Provider ids of further payments on the same reference, already recorded for refund. */
  surplusPaymentIds: string[];
  refund: "none" | "requested";
};

/** A board's log, folded. Contributions are kept by reference, the way providers name them. */
export type BoardState = {
  terms: BoardTerms | null;
  status: BoardStatus;
  deadline: Date;
  openedAt: string;
  updatedAt: string;
  raised: Cents;
  contributionCount: number;
  contributions: Map<string, Contribution>;
  /** Submission digest -> reference. */
  submissions: Map<string, string>;
  /** Contribution id -> reference. */
  references: Map<string, string>;
  /** Ids of completed contributions, newest first, as many as a page shows. */
  newestContributors: string[];
  /** How the board stood when it closed. Money that came later is on its way back and no part of it. */
  closing: Readonly<{
    reason: CloseReason;
    raised: Cents;
    contributionCount: number;
    payouts: readonly PlannedPayout[];
  }> | null;
};

export function unopenedBoard(): BoardState {
  return {
    terms: null,
    status: "draft",
    deadline: new Date(0),
    openedAt: "",
    updatedAt: "",
    raised: ZERO,
    contributionCount: 0,
    contributions: new Map(),
    submissions: new Map(),
    references: new Map(),
    newestContributors: [],
    closing: null,
  };
}
