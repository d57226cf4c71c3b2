import type { GiftType, PayoutMethod } from "../gift.ts";
import { type Cents, ZERO } from "../money.ts";
import type { PlannedPayout, RefundCause } from "./events.ts";
import type { FlagKind, Signal } from "./flags.ts";
import type { BoardStatus, CloseReason, PaymentProviderName, PaymentStatus, RefundStatus } from "./lifecycle.ts";

export type BoardTerms = Readonly<{
  boardId: string;
  partnerId: string;
  hostId: string;
  giftType: GiftType;
  payoutMethod: PayoutMethod;
  goal: Cents;
  /** ISO 8601; null where it was not recorded. */
  hostSince: string | null;
}>;

export type Refund = {
  readonly providerPaymentId: string;
  readonly amount: Cents;
  readonly cause: RefundCause;
  status: RefundStatus;
  providerRefundId: string | null;
  /** How often it was asked for, so that asking again is another request at the provider. */
  attempt: number;
};

/** `received`: what the provider took, for a payment of another amount than ours. */
export type Flag = {
  readonly flag: FlagKind;
  readonly contributionId: string | null;
  readonly providerPaymentId: string | null;
  readonly received: Cents | null;
  cleared: boolean;
};

export type Contribution = {
  readonly id: string;
  readonly reference: string;
  readonly provider: PaymentProviderName;
  readonly amount: Cents;
  readonly fee: Cents;
  readonly openedAt: string;
  readonly signals: readonly Signal[];
  status: PaymentStatus;
  /** Which try of the guest this is, from 1; when it began and until when its offer stands (ISO 8601). */
  attempt: number;
  attemptedAt: string;
  offerExpiresAt: string | null;
  /** The provider's id of what was started for this attempt, where it gave one. */
  requestId: string | null;
  /** When we stopped waiting (ISO 8601); the money may come all the same. */
  expiredAt: string | null;
  /** The provider works on this attempt: it must not be started again. */
  underWay: boolean;
  /** The provider's id of the payment that completed it. */
  providerPaymentId: string | null;
  /** Provider ids of further payments on the same reference, already recorded for refund. */
  surplusPaymentIds: string[];
  /** Provider ids of tries that failed: told again after the guest began anew they say nothing about the new try. */
  failedPaymentIds: string[];
  /** Paid after the board had closed: never part of the pot. */
  late: boolean;
  /** By the provider's id of the payment that goes back. */
  refunds: Map<string, Refund>;
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
  flags: Map<string, Flag>;
  /** How the board stood when it closed. Money that came later is on its way back and no part of it. */
  closing: Readonly<{
    reason: CloseReason;
    raised: Cents;
    contributionCount: number;
    /** As they are now: refunds of the pot's money have reduced them. */
    payouts: readonly PlannedPayout[];
    held: boolean;
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
    flags: new Map(),
    closing: null,
  };
}
