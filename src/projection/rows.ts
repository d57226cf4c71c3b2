import type { ActOrigin } from "#domain/board/actor";
import type {
  BoardEventOf,
  BoardTotals,
  EventData,
  Hold,
  Payout,
  RecordedEvent,
  Visibility,
} from "#domain/board/events";
import type {
  BoardStatus,
  FlagKind,
  PaymentProviderName,
  PaymentStatus,
  RefundCause,
  RefundStatus,
} from "#domain/board/lifecycle";
import type { BoardProfile, ContributorProfile } from "#domain/board/profile";
import type { BoardTerms } from "#domain/board/state";
import type { Gift } from "#domain/gift";
import type { Cents } from "#domain/money";
import { parseIpAddress } from "#platform/ip-address";

/** What projecting a board's events takes beside the events: what never changes, and the profiles beside the log. */
export type ProjectedBoard = Readonly<{
  terms: BoardTerms;
  profile: BoardProfile;
  contributor(contributionId: string): ContributorProfile | null;
  /** Of the person whose command recorded the event. Null when it is not known, or no longer. */
  origin(seq: number): ActOrigin | null;
}>;

export type ContributionRow = Readonly<{
  id: string;
  name: string | null;
  message: string | null;
  amount: Cents;
  fee: Cents;
  provider: PaymentProviderName;
  reference: string;
  status: PaymentStatus;
  ipAddress: string | null;
  userAgent: string | null;
  openedAt: string;
  updatedAt: string;
}>;

/** One refund as of event `seq`. `request` is set where the stretch first requested it: the row may not exist yet. */
export type RefundRow = {
  contributionId: string;
  providerPaymentId: string;
  provider: PaymentProviderName;
  request: { amount: Cents; cause: RefundCause; at: string } | null;
  status: RefundStatus;
  attempt: number;
  providerRefundId: string | null;
  reason: string | null;
  /** The last event of the stretch that requested it, anew or for the first time; null when none did. */
  requestedSeq: number | null;
  requestedAt: string | null;
  seq: number;
  at: string;
};

/** The columns of `payment_requests` that the stretch changes, as of event `seq`; what is left out stays as it is. */
export type PaymentRequestPatch = {
  contributionId: string;
  seq: number;
  provider?: PaymentProviderName;
  status?: PaymentStatus;
  attempt?: number;
  attemptedAt?: string;
  attemptExpiresAt?: string | null;
  requestId?: string | null;
  expiredAt?: string | null;
  /** The provider has news of it, so its end is near. */
  returnedAt?: string;
};

export type ProviderPaymentRow = Readonly<{
  provider: PaymentProviderName;
  providerPaymentId: string;
  contributionId: string;
  amount: Cents;
  kind: "contribution" | "surplus" | "wrong_amount";
  at: string;
}>;

export type FlagRow = Readonly<{
  seq: number;
  flag: FlagKind;
  contributionId: string | null;
  providerPaymentId: string | null;
  received: Cents | null;
  at: string;
}>;

export type FlagClearing = Readonly<Omit<FlagRow, "seq" | "received">>;

export type HoldRow = Hold & Readonly<{ seq: number; at: string }>;

/** What the provider of one payment took back after it was paid out. */
export type LossRow = Readonly<{
  seq: number;
  contributionId: string;
  provider: PaymentProviderName;
  providerPaymentId: string;
  lost: Cents;
  at: string;
}>;

export type BoardDetails = Readonly<{
  seq: number;
  message: string | null;
  photo: string;
  gift: Gift;
  deadline: string;
  updatedAt: string;
}>;

export type VisibilityRow = Visibility & Readonly<{ seq: number }>;

/** The rows a stretch of the log amounts to: absolute values, each row once, as of the stretch's last event about it. */
export type TableRows = {
  opened: EventData<"board_opened"> | null;
  status: { value: BoardStatus; at: string } | null;
  /** What the owner may change, as of event `seq`. */
  details: BoardDetails | null;
  anonymised: { seq: number; at: string } | null;
  /** By contribution id. */
  visibility: Map<string, VisibilityRow>;
  pot: (BoardTotals & { seq: number }) | null;
  contributions: Map<string, ContributionRow>;
  payments: Map<string, { id: string; status: PaymentStatus; at: string }>;
  paymentRequests: Map<string, PaymentRequestPatch>;
  /** By id, as of event `seq`. */
  payouts: Map<string, { payout: Payout; seq: number }>;
  holds: HoldRow[];
  liftedHolds: HoldRow[];
  losses: LossRow[];
  refunds: Map<string, RefundRow>;
  providerPayments: ProviderPaymentRow[];
  flags: FlagRow[];
  clearedFlags: FlagClearing[];
};

export function tableRows(board: ProjectedBoard, entries: readonly RecordedEvent[]): TableRows {
  const rows: TableRows = {
    opened: null,
    status: null,
    details: null,
    anonymised: null,
    visibility: new Map(),
    pot: null,
    contributions: new Map(),
    payments: new Map(),
    paymentRequests: new Map(),
    payouts: new Map(),
    holds: [],
    liftedHolds: [],
    losses: [],
    refunds: new Map(),
    providerPayments: [],
    flags: [],
    clearedFlags: [],
  };
  for (const entry of entries) addRows(rows, board, entry);
  return board.terms.sandbox ? { ...rows, ...NO_REAL_MONEY } : rows;
}

/** What jobs and people act on who move money: nothing of a sandbox is there. (decision 0014) */
const NO_REAL_MONEY: Pick<
  TableRows,
  "paymentRequests" | "refunds" | "providerPayments" | "flags" | "clearedFlags" | "losses"
> = {
  paymentRequests: new Map(),
  refunds: new Map(),
  providerPayments: [],
  flags: [],
  clearedFlags: [],
  losses: [],
};

function addRows(rows: TableRows, board: ProjectedBoard, { seq, at, event }: RecordedEvent): void {
  if ("after" in event) rows.pot = { ...event.after, seq };
  switch (event.type) {
    case "board_opened":
      rows.opened = event;
      rows.status = { value: "active", at };
      return;
    case "contribution_opened": {
      const { contributionId, provider, attemptExpiresAt } = event;
      rows.contributions.set(contributionId, openedContribution(board, event, at));
      patchRequest(rows, {
        contributionId,
        seq,
        provider,
        status: "pending",
        attempt: 1,
        attemptedAt: at,
        attemptExpiresAt,
        requestId: null,
        expiredAt: null,
      });
      return;
    }
    case "contribution_revived":
      return; // Its rows never went away.
    case "payment_retried": {
      const { contributionId, status, attempt, attemptExpiresAt } = event;
      setPayment(rows, contributionId, status, { seq, at });
      const fresh = { attemptedAt: at, requestId: null, expiredAt: null };
      patchRequest(rows, { contributionId, seq, attempt, attemptExpiresAt, ...fresh });
      return;
    }
    case "payment_requested":
      patchRequest(rows, { contributionId: event.contributionId, seq, requestId: event.requestId });
      return;
    case "payment_processing":
      setPayment(rows, event.contributionId, "processing", { seq, at });
      patchRequest(rows, { contributionId: event.contributionId, seq, expiredAt: null, returnedAt: at });
      return;
    case "payment_failed":
      setPayment(rows, event.contributionId, "failed", { seq, at });
      patchRequest(rows, { contributionId: event.contributionId, seq, expiredAt: null });
      return;
    case "payment_expired":
      setPayment(rows, event.contributionId, "failed", { seq, at });
      patchRequest(rows, { contributionId: event.contributionId, seq, expiredAt: at });
      return;
    case "payment_completed":
      setPayment(rows, event.contributionId, "completed", { seq, at });
      patchRequest(rows, { contributionId: event.contributionId, seq, expiredAt: null });
      addProviderPayment(rows, event, "contribution", at);
      return;
    case "surplus_payment_received":
      addProviderPayment(rows, event, "surplus", at);
      return;
    case "refund_requested": {
      const { contributionId, providerPaymentId, provider, amount, cause, attempt } = event;
      const earlier = rows.refunds.get(refundKey(event));
      rows.refunds.set(refundKey(event), {
        contributionId,
        providerPaymentId,
        provider,
        request: earlier?.request ?? { amount, cause, at },
        status: "requested",
        attempt,
        providerRefundId: null,
        reason: null,
        requestedSeq: seq,
        requestedAt: at,
        seq,
        at,
      });
      // Money that came and went without being reported has no row of its own yet.
      if (cause === "provider") addProviderPayment(rows, event, "surplus", at);
      return;
    }
    case "refund_sent":
      changeRefund(rows, event, "processing", { seq, at });
      return;
    case "refund_failed":
      changeRefund(rows, event, "failed", { seq, at });
      return;
    case "refund_needs_manual_action":
      changeRefund(rows, event, "needs_manual_action", { seq, at });
      return;
    case "refund_retried":
      changeRefund(rows, event, "requested", { seq, at });
      return;
    case "refund_withdrawn":
      changeRefund(rows, event, "withdrawn", { seq, at });
      return;
    case "refund_completed":
      changeRefund(rows, event, "completed", { seq, at });
      if (event.ofContribution) setPayment(rows, event.contributionId, "refunded", { seq, at });
      return;
    case "flag_opened": {
      const { flag, contributionId, provider, providerPaymentId, received } = event;
      rows.flags.push({ seq, flag, contributionId, providerPaymentId, received, at });
      if (flag !== "amount_mismatch" || !contributionId || !provider || !providerPaymentId || !received) return;
      const payment = { contributionId, provider, providerPaymentId, amount: received };
      addProviderPayment(rows, payment, "wrong_amount", at);
      return;
    }
    case "flag_cleared": {
      const { flag, contributionId, providerPaymentId } = event;
      rows.clearedFlags.push({ flag, contributionId, providerPaymentId, at });
      return;
    }
    case "payouts_adjusted":
    case "payouts_released":
      for (const payout of event.payouts) rows.payouts.set(payout.id, { payout, seq });
      return;
    case "payout_started":
    case "payout_completed":
    case "payout_failed":
    case "payout_retried":
    case "payout_supplemented":
      rows.payouts.set(event.payout.id, { payout: event.payout, seq });
      return;
    case "payout_hold_placed":
    case "payout_hold_lifted": {
      const { type, ...hold } = event;
      (type === "payout_hold_placed" ? rows.holds : rows.liftedHolds).push({ ...hold, seq, at });
      return;
    }
    case "payment_lost": {
      const { contributionId, provider, providerPaymentId, lost } = event;
      rows.losses.push({ seq, contributionId, provider, providerPaymentId, lost, at });
      return;
    }
    case "board_updated": {
      const { deadline, updatedAt } = event.after;
      const { message, childPhotoUrl: photo, gift } = board.profile;
      rows.details = { seq, message, photo, gift, deadline, updatedAt };
      for (const shown of event.contributors) rows.visibility.set(shown.contributionId, { ...shown, seq });
      return;
    }
    case "board_anonymised":
      rows.anonymised = { seq, at };
      return;
    case "goal_reached":
    case "board_paid_out":
    case "board_expired":
    case "board_cancelled":
      rows.status = { value: event.after.status, at };
      return;
    case "board_closed":
      rows.status = { value: event.after.status, at };
      for (const payout of event.payouts) rows.payouts.set(payout.id, { payout, seq });
      return;
    default:
      event satisfies never;
  }
}

function openedContribution(
  board: ProjectedBoard,
  { contributionId: id, amount, fee, provider, reference }: EventData<"contribution_opened">,
  at: string,
): ContributionRow {
  const profile = board.contributor(id);
  return {
    id,
    name: profile?.name ?? null,
    message: profile?.message ?? null,
    amount,
    fee,
    provider,
    reference,
    status: "pending",
    // A header's text that is no address must not hold up the log.
    ipAddress: parseIpAddress(profile?.ipAddress),
    userAgent: profile?.userAgent ?? null,
    openedAt: at,
    updatedAt: at,
  };
}

function setPayment(
  rows: TableRows,
  id: string,
  status: PaymentStatus,
  { seq, at }: { seq: number; at: string },
): void {
  const opened = rows.contributions.get(id);
  if (opened) rows.contributions.set(id, { ...opened, status, updatedAt: at });
  else rows.payments.set(id, { id, status, at });
  patchRequest(rows, { contributionId: id, seq, status });
}

function patchRequest(rows: TableRows, patch: PaymentRequestPatch): void {
  rows.paymentRequests.set(patch.contributionId, { ...rows.paymentRequests.get(patch.contributionId), ...patch });
}

function addProviderPayment(
  rows: TableRows,
  payment: Pick<ProviderPaymentRow, "provider" | "providerPaymentId" | "contributionId" | "amount">,
  kind: ProviderPaymentRow["kind"],
  at: string,
): void {
  const { provider, providerPaymentId, contributionId, amount } = payment;
  rows.providerPayments.push({ provider, providerPaymentId, contributionId, amount, kind, at });
}

type RefundChange = BoardEventOf<
  | "refund_sent"
  | "refund_failed"
  | "refund_needs_manual_action"
  | "refund_retried"
  | "refund_withdrawn"
  | "refund_completed"
>;

function changeRefund(
  rows: TableRows,
  event: RefundChange,
  status: RefundStatus,
  { seq, at }: { seq: number; at: string },
): void {
  const { contributionId, provider, providerPaymentId, attempt, providerRefundId } = event;
  const earlier = rows.refunds.get(refundKey(event));
  const isRequest = status === "requested";
  rows.refunds.set(refundKey(event), {
    contributionId,
    providerPaymentId,
    provider,
    request: earlier?.request ?? null,
    status,
    attempt,
    providerRefundId,
    reason: "reason" in event ? event.reason : null,
    requestedSeq: isRequest ? seq : (earlier?.requestedSeq ?? null),
    requestedAt: isRequest ? at : (earlier?.requestedAt ?? null),
    seq,
    at,
  });
}

function refundKey({
  contributionId,
  providerPaymentId,
}: EventData<"refund_sent"> | EventData<"refund_requested">): string {
  return `${contributionId}/${providerPaymentId}`;
}
