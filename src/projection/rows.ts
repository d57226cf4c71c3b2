import type { BoardAbout, ContributorAbout } from "#domain/board/about";
import type { BoardEvent, PlannedPayout, RecordedEvent, RefundCause } from "#domain/board/events";
import type { BoardStatus, PaymentProviderName, PaymentStatus } from "#domain/board/lifecycle";
import type { BoardState, BoardTerms, Contribution } from "#domain/board/state";
import type { Cents } from "#domain/money";
import { parseIpAddress } from "#ip-address";

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

/** The rows a stretch of the log amounts to: absolute values, each row once, as of the stretch's last event. */
export type TableRows = {
  opened: boolean;
  status: { value: BoardStatus; at: string } | null;
  contributions: Map<string, ContributionRow>;
  payments: Map<string, { id: string; status: PaymentStatus; at: string }>;
  payouts: { payout: PlannedPayout; at: string }[];
  refunds: RefundRow[];
};

/** @throws RangeError when the log names a contribution the board does not have. */
export function tableRows(board: ProjectedBoard, batch: readonly RecordedEvent[]): TableRows {
  const rows: TableRows = {
    ...{ opened: false, status: null, contributions: new Map(), payments: new Map() },
    ...{ payouts: [], refunds: [] },
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
      return;
    case "payment_progressed":
      setPayment(rows, event.contributionId, event.status, at);
      return;
    case "payment_completed":
      setPayment(rows, event.contributionId, "completed", at);
      return;
    case "surplus_payment_received":
      return; // Never part of the pot; the refund that follows it has its row.
    case "refund_requested": {
      const { contributionId, amount, providerPaymentId, cause } = event;
      const { provider } = contributionOf(board.state, contributionId);
      rows.refunds.push({ seq, contributionId, amount, provider, providerPaymentId, cause, at });
      return;
    }
    case "goal_reached":
    case "board_expired":
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

export function contributionOf(state: BoardState, id: string): Contribution {
  const contribution = state.contributions.get(state.references.get(id) ?? "");
  if (!contribution) throw new RangeError(`the board has no contribution ${id}`);
  return contribution;
}

export function termsOf(state: BoardState): BoardTerms {
  if (!state.terms) throw new RangeError("a board that was never opened has nothing to project");
  return state.terms;
}
