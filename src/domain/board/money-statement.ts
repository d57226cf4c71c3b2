import { type Cents, cents, ZERO } from "../money.ts";
import { wayToPay } from "./decide-payments.ts";
import type { Payout } from "./events.ts";
import { flagKey } from "./flags.ts";
import type { PaymentWay, PayoutStatus, RefundStatus } from "./lifecycle.ts";
import { activeRefund, netOf } from "./pot.ts";
import type { ContributorProfile } from "./profile.ts";
import type { BoardState, BoardTerms, Contribution } from "./state.ts";

/** `in_pot`: it is paid out. `returning`: its refund is requested. `refunded`: it is back with the payer. */
export type StatementState = "in_pot" | "returning" | "refunded";

/** One paid contribution. Amounts in cents, instants ISO 8601. Whose it is, is read for the lines that are shown (`withNames`). */
export type StatementLine = Readonly<{
  id: string;
  paidAt: string;
  /** The owner hides the name from guests. */
  nameHidden: boolean;
  method: PaymentWay;
  amount: Cents;
  fee: Cents;
  net: Cents;
  state: StatementState;
  /** Paid after the board had closed. */
  late: boolean;
}>;

/** `name` as typed. */
export type StatementContribution = StatementLine & Readonly<{ name: string | null }>;

/** Money that came in beside a contribution and is no part of the pot: paid a second time, or another amount than agreed. */
export type StatementExtra = Readonly<{
  /** Of the contribution under whose reference it came. */
  contributionId: string;
  name: string | null;
  method: PaymentWay;
  amount: Cents;
  why: "paid_again" | "wrong_amount";
  /** `waiting`: ChipIn decides what becomes of it. */
  state: "waiting" | "returning" | "refunded";
}>;

export type StatementPayout = Readonly<{
  id: string;
  type: Payout["type"];
  gross: Cents;
  fee: Cents;
  net: Cents;
  status: PayoutStatus;
  createdAt: string;
  completedAt: string | null;
}>;

export type Sums = Readonly<{ count: number; amount: Cents; fee: Cents; net: Cents }>;
type PayoutSums = Readonly<{ count: number; gross: Cents; fee: Cents; net: Cents }>;

/**
 * Every cent of a board: `received` is the sum of the three below it, `payable` the net of `inPot`. `payouts` is `payable` and
 * `lost` (what a bank took back after it was paid out), less `unplanned`, which is all of it until the board closes and 0 afterwards.
 */
export type StatementTotals = Readonly<{
  received: Sums;
  inPot: Sums;
  returning: Sums;
  refunded: Sums;
  /** Net of all completed contributions: the specified `raised_cents`. */
  raised: Cents;
  payable: Cents;
  payouts: PayoutSums;
  paidOut: PayoutSums;
  lost: Cents;
  unplanned: Cents;
}>;

export type MoneyStatement = Readonly<{
  /** The earliest first. */
  contributions: readonly StatementLine[];
  extras: readonly StatementExtra[];
  payouts: readonly StatementPayout[];
  totals: StatementTotals;
}>;

type Books = Readonly<{
  state: BoardState;
  terms: BoardTerms;
  contributor(contributionId: string): ContributorProfile | null;
}>;

/** The board's books, line by line. They are read from the folded log, which is complete for test boards too and never behind. */
export function moneyStatement({ state, terms, contributor }: Books): MoneyStatement {
  const nameOf = (id: string) => contributor(id)?.name ?? null;
  const all = [...state.contributions.values()];
  const contributions = all
    .flatMap((contribution) => lineOf(contribution, { state, terms }))
    .toSorted((a, b) => (a.paidAt === b.paidAt ? order(a.id, b.id) : order(a.paidAt, b.paidAt)));
  const extras = all.flatMap((contribution) => extrasOf(contribution, { state, terms, nameOf }));
  const payouts = [...state.payouts.values()].map(payoutLine);
  return { contributions, extras, payouts, totals: totalsOf(state, contributions, payouts) };
}

/** The lines with the names of their contributors. Names are beside the log: no sum hangs on them. */
export function withNames(
  lines: readonly StatementLine[],
  contributor: Books["contributor"],
): readonly StatementContribution[] {
  return lines.map((line) => ({ ...line, name: contributor(line.id)?.name ?? null }));
}

type Lines = Readonly<{ state: BoardState; terms: BoardTerms; nameOf(id: string): string | null }>;

function lineOf(contribution: Contribution, { state, terms }: Omit<Lines, "nameOf">): StatementLine[] {
  const { id, amount, fee, completedAt, late } = contribution;
  const standing = standingOf(contribution);
  if (standing === null || completedAt === null) return [];
  const nameHidden = state.hidden.get(id)?.name ?? false;
  const method = wayToPay(terms, contribution);
  return [
    { id, paidAt: completedAt, nameHidden, method, amount, fee, net: netOf(contribution), state: standing, late },
  ];
}

/** Where the contribution's own payment is; null when it was never paid. */
export function standingOf(contribution: Contribution): StatementState | null {
  if (contribution.status === "refunded") return "refunded";
  if (contribution.status !== "completed") return null;
  return activeRefund(contribution, contribution.providerPaymentId) ? "returning" : "in_pot";
}

function extrasOf(contribution: Contribution, { state, terms, nameOf }: Lines): StatementExtra[] {
  const { id, providerPaymentId: own } = contribution;
  const about = { contributionId: id, name: nameOf(id), method: wayToPay(terms, contribution) };
  const isWrong = (providerPaymentId: string) =>
    state.flags.has(flagKey({ flag: "amount_mismatch", contributionId: id, providerPaymentId }));
  const returned = [...contribution.refunds.values()]
    .filter(({ providerPaymentId }) => providerPaymentId !== own)
    .map(({ providerPaymentId, amount, status }): StatementExtra => {
      const why = isWrong(providerPaymentId) ? "wrong_amount" : "paid_again";
      return { ...about, amount, why, state: extraState(status) };
    });
  const kept = [...state.flags.values()].filter(
    ({ flag, contributionId, providerPaymentId }) =>
      flag === "amount_mismatch" && contributionId === id && !contribution.refunds.has(providerPaymentId ?? ""),
  );
  return [
    ...returned,
    ...kept.map(({ received }): StatementExtra => {
      return { ...about, amount: received ?? ZERO, why: "wrong_amount", state: "waiting" };
    }),
  ];
}

function extraState(status: RefundStatus): StatementExtra["state"] {
  if (status === "completed") return "refunded";
  return status === "withdrawn" ? "waiting" : "returning";
}

function payoutLine({ id, type, gross, fee, net, status, createdAt, completion }: Payout): StatementPayout {
  return { id, type, gross, fee, net, status, createdAt, completedAt: completion?.completedAt ?? null };
}

function totalsOf(
  state: BoardState,
  contributions: readonly StatementLine[],
  payouts: readonly StatementPayout[],
): StatementTotals {
  const inState = (wanted: StatementState) => sumsOf(contributions.filter((line) => line.state === wanted));
  const [inPot, returning] = [inState("in_pot"), inState("returning")];
  const planned = payoutSums(payouts);
  const payable = inPot.net;
  return {
    received: sumsOf(contributions),
    inPot,
    returning,
    refunded: inState("refunded"),
    raised: cents(inPot.net + returning.net),
    payable,
    payouts: planned,
    paidOut: payoutSums(payouts.filter(({ status }) => status === "completed")),
    lost: state.lost,
    unplanned: cents(payable + state.lost - planned.gross),
  };
}

function sumsOf(lines: readonly StatementLine[]): Sums {
  const sum = (of: (line: StatementLine) => Cents) => cents(lines.reduce((total, line) => total + of(line), 0));
  return { count: lines.length, amount: sum((it) => it.amount), fee: sum((it) => it.fee), net: sum((it) => it.net) };
}

function payoutSums(lines: readonly StatementPayout[]): PayoutSums {
  const sum = (of: (line: StatementPayout) => Cents) => cents(lines.reduce((total, line) => total + of(line), 0));
  return { count: lines.length, gross: sum((it) => it.gross), fee: sum((it) => it.fee), net: sum((it) => it.net) };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
