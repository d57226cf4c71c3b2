import type { GiftType, PayoutMethod } from "../gift.ts";
import { type Cents, ZERO } from "../money.ts";
import type { BoardEvent, Hold, Payout } from "./events.ts";
import type {
  BoardStatus,
  CloseReason,
  FlagKind,
  PaymentProviderName,
  PaymentStatus,
  RefundCause,
  RefundStatus,
  Signal,
} from "./lifecycle.ts";

/** What was agreed at opening and never changes. */
export type BoardTerms = Readonly<{
  boardId: string;
  partnerId: string;
  hostId: string;
  giftType: GiftType;
  payoutMethod: PayoutMethod;
  goal: Cents;
  /** ISO 8601. */
  openedAt: string;
  /** ISO 8601; null where it is not known. */
  hostSince: string | null;
  /** No money of this board is real: no provider, counterparty or report may hear of it. */
  sandbox: boolean;
}>;

export type Refund = {
  readonly providerPaymentId: string;
  readonly amount: Cents;
  readonly cause: RefundCause;
  status: RefundStatus;
  providerRefundId: string | null;
  /** How often it was requested, so that requesting it again is another request at the provider. */
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
  readonly submission: string;
  readonly provider: PaymentProviderName;
  readonly amount: Cents;
  readonly fee: Cents;
  readonly openedAt: string;
  readonly signals: readonly Signal[];
  status: PaymentStatus;
  /** Which attempt of the guest this is, from 1; when it began and until when it may be paid (ISO 8601). */
  attempt: number;
  attemptedAt: string;
  attemptExpiresAt: string | null;
  /** The provider's id of this attempt, where it gave one. */
  requestId: string | null;
  /** The provider works on this attempt: no other may be started. */
  inProgress: boolean;
  /** The provider's id of the payment that completed it. */
  providerPaymentId: string | null;
  /** ISO 8601; null until it is paid. */
  completedAt: string | null;
  /** Provider ids of further payments on the same reference. */
  surplusPaymentIds: readonly string[];
  /** Provider ids of attempts that failed. Reported again, they say nothing about a newer attempt. */
  failedPaymentIds: readonly string[];
  /** Paid after the board had closed: never part of the pot. */
  late: boolean;
  /** Something about it needs, or needed, a person. */
  flagged: boolean;
  /** By the provider's id of the payment that goes back. */
  refunds: ReadonlyMap<string, Refund>;
};

/** What guests are shown of the money in charity mode. It lags on purpose: see `publicView`. */
export type ShownPot = Readonly<{ payable: Cents; contributionCount: number; at: string }>;

/**
 * A board's log, folded. Contributions that were never paid leave the state some time after they failed or expired; the
 * log keeps them, and the board reads one from there when it is named again.
 */
export type BoardState = {
  terms: BoardTerms | null;
  status: BoardStatus;
  deadline: Date;
  /** The instant of the last change of status: the retention clock runs from it. (product-facts 23, X 26) */
  updatedAt: string;
  /** The parts of the pot; `potOf` says what they mean. */
  counted: Cents;
  returning: Cents;
  contributionCount: number;
  /** By contribution id. */
  contributions: Map<string, Contribution>;
  /** Payment reference -> contribution id. */
  references: Map<string, string>;
  /** Submission digest -> contribution id. */
  submissions: Map<string, string>;
  /** Ids of pending and processing contributions. */
  open: Set<string>;
  /** Ids of failed contributions and when they failed, oldest first. */
  failed: Map<string, string>;
  /** Ids of contributions completed in time, newest first. */
  newestContributors: readonly string[];
  /** Ids of contributions paid after the goal was reached: on a board that turns to charity all of each goes there. */
  afterGoal: Set<string>;
  /** By contribution id: what the owner hides from guests and mails. It outlasts the contribution's stay in the state. */
  hidden: Map<string, Readonly<{ name: boolean; message: boolean }>>;
  shown: ShownPot;
  flags: Map<string, Flag>;
  /** How the board stood when it closed. Money that came later is on its way back and no part of it. */
  closing: Readonly<{
    at: string;
    reason: CloseReason;
    payable: Cents;
    contributionCount: number;
  }> | null;
  /** By id, in the order they were planned. */
  payouts: Map<string, Payout>;
  /** Ids of payouts whose owner was told that they may be paid. */
  announcedPayouts: Set<string>;
  /** The recorded holds, by `holdKey`. `holdsAfter` decides whether the payouts are held. */
  holds: Map<string, Hold>;
  /** What providers took back of money that had been paid out. */
  lost: Cents;
  /** The profiles name nobody any more. */
  anonymised: boolean;
};

export function unopenedBoard(): BoardState {
  return {
    terms: null,
    status: "draft",
    deadline: new Date(0),
    updatedAt: "",
    counted: ZERO,
    returning: ZERO,
    contributionCount: 0,
    contributions: new Map(),
    references: new Map(),
    submissions: new Map(),
    open: new Set(),
    failed: new Map(),
    newestContributors: [],
    afterGoal: new Set(),
    hidden: new Map(),
    shown: { payable: ZERO, contributionCount: 0, at: "" },
    flags: new Map(),
    closing: null,
    payouts: new Map(),
    announcedPayouts: new Set(),
    holds: new Map(),
    lost: ZERO,
    anonymised: false,
  };
}

export function contributionByReference(state: BoardState, reference: string): Contribution | undefined {
  return state.contributions.get(state.references.get(reference) ?? "");
}

/** The payouts as `events` will leave them. */
export function payoutsAfter({ payouts }: BoardState, events: readonly BoardEvent[]): Payout[] {
  const after = new Map(payouts);
  for (const event of events) {
    const changed = "payout" in event ? [event.payout] : "payouts" in event ? event.payouts : [];
    for (const payout of changed) after.set(payout.id, payout);
  }
  return [...after.values()];
}
