import type { BoardAbout, ContributorAbout } from "#domain/board/about";
import type { BoardEvent, PlannedPayout, RecordedEvent, RefundCause } from "#domain/board/events";
import type { FlagKind } from "#domain/board/flags";
import type { BoardStatus, PaymentProviderName, PaymentStatus, RefundStatus } from "#domain/board/lifecycle";
import type { BoardState, BoardTerms, Contribution } from "#domain/board/state";
import type { Cents } from "#domain/money";
import { parseIpAddress } from "#platform/ip-address";

/** A board as its object holds it while its log is written to Postgres. */
export type ProjectedBoard = Readonly<{
  state: BoardState;
  about: BoardAbout;
  contributor(contributionId: string): ContributorAbout | null;
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

export type RefundRow = Readonly<{
  seq: number;
  contributionId: string;
  amount: Cents;
  provider: PaymentProviderName;
  providerPaymentId: string;
  cause: RefundCause;
  at: string;
}>;

/** How a refund stands after the stretch; `reference` of the change is the payment that goes back. */
export type RefundChangeRow = Readonly<{
  contributionId: string;
  providerPaymentId: string;
  status: RefundStatus;
  attempt: number;
  providerRefundId: string | null;
  reason: string | null;
  at: string;
}>;

export type PaymentRequestRow = Readonly<{
  contributionId: string;
  attempt: number;
  attemptedAt: string;
  offerExpiresAt: string | null;
  requestId: string | null;
  expiredAt: string | null;
}>;

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

/** The rows a stretch of the log amounts to: absolute values, each row once, as of the stretch's last event. */
export type TableRows = {
  opened: boolean;
  status: { value: BoardStatus; at: string } | null;
  contributions: Map<string, ContributionRow>;
  payments: Map<string, { id: string; status: PaymentStatus; at: string }>;
  payouts: { payout: PlannedPayout; at: string }[];
  refunds: RefundRow[];
  refundChanges: Map<string, RefundChangeRow>;
  /** Ids of contributions whose payment was begun, begun anew, or given up. */
  paymentRequests: Set<string>;
  providerPayments: ProviderPaymentRow[];
  flags: FlagRow[];
  clearedFlags: FlagClearing[];
  payoutsReduced: boolean;
};

/** @throws RangeError when the log names a contribution the board does not have. */
export function tableRows(board: ProjectedBoard, batch: readonly RecordedEvent[]): TableRows {
  const rows: TableRows = {
    ...{ opened: false, status: null, contributions: new Map(), payments: new Map() },
    ...{ payouts: [], payoutsReduced: false, refunds: [], refundChanges: new Map() },
    ...{ paymentRequests: new Set(), providerPayments: [], flags: [], clearedFlags: [] },
  };
  for (const entry of batch) addRows(rows, board, entry);
  return rows;
}

function addRows(rows: TableRows, board: ProjectedBoard, { seq, at, event }: RecordedEvent): void {
  switch (event.type) {
    case "board_opened":
      rows.opened = true;
      rows.status = { value: "active", at };
      return;
    case "contribution_opened":
      rows.contributions.set(event.contributionId, openedContribution(board, event, at));
      rows.paymentRequests.add(event.contributionId);
      return;
    case "payment_retried":
      // A failed payment that is tried again is under way again.
      if (isRetriedAfterFailure(board, event.contributionId)) setPayment(rows, event.contributionId, "processing", at);
      rows.paymentRequests.add(event.contributionId);
      return;
    case "payment_requested":
      rows.paymentRequests.add(event.contributionId);
      return;
    case "payment_progressed":
      setPayment(rows, event.contributionId, event.status, at);
      rows.paymentRequests.add(event.contributionId);
      return;
    case "payment_completed":
      setPayment(rows, event.contributionId, "completed", at);
      rows.paymentRequests.add(event.contributionId);
      addProviderPayment(rows, board, { ...event, kind: "contribution", at });
      return;
    case "surplus_payment_received":
      addProviderPayment(rows, board, { ...event, kind: "surplus", at });
      return; // Never part of the pot; the refund that follows it has its row.
    case "refund_requested": {
      const { contributionId, amount, providerPaymentId, cause } = event;
      const { provider } = contributionOf(board.state, contributionId);
      rows.refunds.push({ seq, contributionId, amount, provider, providerPaymentId, cause, at });
      // Money that came and went without being told of has no row of its own yet.
      if (cause === "provider") addProviderPayment(rows, board, { ...event, kind: "surplus", at });
      return;
    }
    case "refund_progressed":
      changeRefund(rows, board, { ...event, at });
      return;
    case "refund_completed":
      changeRefund(rows, board, { ...event, status: "completed", reason: null, at });
      if (contributionOf(board.state, event.contributionId).providerPaymentId === event.providerPaymentId) {
        setPayment(rows, event.contributionId, "refunded", at);
      }
      return;
    case "flag_raised": {
      const { flag, contributionId, providerPaymentId = null, received = null } = event;
      rows.flags.push({ seq, flag, contributionId, providerPaymentId, received, at });
      if (flag !== "amount_mismatch" || !contributionId || !providerPaymentId || !received) return;
      addProviderPayment(rows, board, {
        contributionId,
        providerPaymentId,
        amount: received,
        kind: "wrong_amount",
        at,
      });
      return;
    }
    case "flag_cleared": {
      const { flag, contributionId, providerPaymentId = null } = event;
      rows.clearedFlags.push({ flag, contributionId, providerPaymentId, at });
      return;
    }
    case "payouts_reduced":
      rows.payoutsReduced = true;
      return;
    case "payouts_released":
      return;
    case "goal_reached":
    case "board_expired":
    case "board_cancelled":
      rows.status = { value: event.after.status, at };
      return;
    case "board_closed":
      rows.status = { value: event.after.status, at };
      for (const payout of event.payouts) rows.payouts.push({ payout, at });
      return;
    default:
      event satisfies never;
  }
}

function openedContribution(
  board: ProjectedBoard,
  event: Extract<BoardEvent, { type: "contribution_opened" }>,
  at: string,
): ContributionRow {
  const { contributionId: id, amount, fee, provider, reference } = event;
  const about = board.contributor(id);
  const { name = null, message = null, ipAddress = null, userAgent = null } = about ?? {};
  const written = { name, message, amount, fee, provider, reference, userAgent };
  return {
    id,
    ...written,
    // A header's text that is no address must not hold up the log.
    ipAddress: parseIpAddress(ipAddress),
    status: "pending",
    openedAt: at,
    updatedAt: at,
  };
}

function setPayment(rows: TableRows, id: string, status: PaymentStatus, at: string): void {
  const opened = rows.contributions.get(id);
  if (opened) rows.contributions.set(id, { ...opened, status, updatedAt: at });
  else rows.payments.set(id, { id, status, at });
}

/** What the board holds now is as good as what it held then: a later event says so itself. */
function isRetriedAfterFailure({ state }: ProjectedBoard, contributionId: string): boolean {
  return contributionOf(state, contributionId).status === "processing";
}

function addProviderPayment(
  rows: TableRows,
  { state }: ProjectedBoard,
  payment: Pick<ProviderPaymentRow, "contributionId" | "providerPaymentId" | "kind" | "at"> & { amount?: Cents },
): void {
  const { provider, amount: asked } = contributionOf(state, payment.contributionId);
  const { contributionId, providerPaymentId, kind, at, amount = asked } = payment;
  rows.providerPayments.push({ provider, providerPaymentId, contributionId, amount, kind, at });
}

function changeRefund(rows: TableRows, { state }: ProjectedBoard, change: Omit<RefundChangeRow, "attempt">): void {
  const { contributionId, providerPaymentId, status, reason, at } = change;
  const refund = contributionOf(state, contributionId).refunds.get(providerPaymentId);
  const { attempt = 1, providerRefundId = change.providerRefundId } = refund ?? {};
  const row = { contributionId, providerPaymentId, status, attempt, providerRefundId, reason, at };
  rows.refundChanges.set(`${contributionId}/${providerPaymentId}`, row);
}

export function contributionOf(state: BoardState, id: string): Contribution {
  const contribution = state.contributions.get(state.references.get(id) ?? "");
  if (!contribution) throw new RangeError(`the board has no contribution ${id}`);
  return contribution;
}

export function termsOf(state: BoardState): BoardTerms {
  if (!state.terms) throw new RangeError("a board that was never opened has nothing to project");
  return state.terms;
}
