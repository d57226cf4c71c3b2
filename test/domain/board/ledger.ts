import { isDeepStrictEqual } from "node:util";
import type { Actor } from "#domain/board/actor";
import type { BoardCommand, OpenBoard, ReportRefund } from "#domain/board/commands";
import type { BoardEvent, BoardEventOf, EventData, PlannedPayout } from "#domain/board/events";
import { acceptsContributions } from "#domain/board/lifecycle";
import { recount } from "#domain/board/pot";
import type { BoardState } from "#domain/board/state";

const DAY_MS = 86_400_000;
const ENDS: readonly BoardEvent["type"][] = ["board_closed", "board_expired", "board_cancelled"];

const sum = (amounts: Iterable<number>) => [...amounts].reduce((total, amount) => total + amount, 0);
const payment = (contributionId: string, providerPaymentId: string) => `${contributionId}/${providerPaymentId}`;
const shapeOf = (payouts: readonly PlannedPayout[]) =>
  payouts.flatMap(({ id, type, items }) => [`${id} ${type}`, ...items.map((item) => `${id} ${item.id} ${item.type}`)]);

/** The invariants of design 7 that one board's log can break, and further ones about money. */
export const INVARIANTS = {
  owners: "only the owners of the board, admins and the system change it",
  tally: "`counted` and `returning` equal a recount after every event",
  indexes: "the indexes of the state list exactly their contributions",
  totals: "`after` equals the totals of the board",
  milestones: "the goal is reached once, by payable money, and the board ends once",
  completedOnce: "a contribution is completed once",
  exactAmount: "only a reported payment of the exact amount completes a contribution",
  payable:
    "an attempt starts only on a board that accepts contributions, and only when no other payment is in progress",
  expiry: "a payment does not expire within a day of the start of its attempt",
  revived: "a revived contribution equals the one that left the state",
  requestedOnce: "the refund of a payment is requested once, or again after a withdrawal",
  attempts: "the attempts of a refund are numbered from 1 without gaps",
  refundAmount: "the amount of a refund is the amount that was received",
  reported: "a refund is completed once, after a report of its completion",
  withdrawn: "a withdrawn refund is of money in the pot, was not sent, and the board is active, funded or closed",
  returned: "returned money is not counted",
  accounted: "every payment is in the pot, being refunded, refunded or flagged",
  emptied: "a cancelled or expired board refunds all its money",
  payouts: "the payouts of a closed board add up to its payable money",
  giftFirst: "the gift is paid before the overflow, no payout is lost, and none is negative",
  announced: "a payout is announced when its amount rises from zero, and not while payouts are held",
  held: "payouts are held while a flag is open at closing, and released once",
  flags: "a flag is opened once",
} as const;
export type Invariant = keyof typeof INVARIANTS;

/** A contribution as its events describe it. */
type Account = {
  opened: EventData<"contribution_opened">;
  openedAt: string;
  attempt: number;
  attemptedAt: string;
  requestId: string | null;
  failedPaymentIds: string[];
};

/**
 * A second account of a board's money that uses no rule of the board. It observes the commands and the events, counts
 * from these alone, and compares the result with the state.
 */
export class Ledger {
  readonly broken = new Set<string>();
  readonly #opening: OpenBoard;
  /** By contribution id. */
  readonly #accounts = new Map<string, Account>();
  readonly #ids = new Map<string, string>();
  /** By payment: the amounts in the reports of its success, and of its return. */
  readonly #paid = new Map<string, Set<number | null>>();
  readonly #sentBack = new Map<string, Set<number | null>>();
  readonly #reportedDone = new Set<string>();
  /** Payments whose refund was requested and not withdrawn. */
  readonly #refunding = new Set<string>();
  readonly #sent = new Set<string>();
  readonly #done = new Set<string>();
  readonly #refundAttempts = new Map<string, number>();
  /** Contribution id -> its payment and net amount, while it is completed. */
  readonly #counted = new Map<string, { key: string; net: number }>();
  readonly #completed = new Set<string>();
  /** Ids of contributions that were completed before the board ended. */
  readonly #pot = new Set<string>();
  readonly #flags = new Map<string, boolean>();
  #isOtherOwner = false;
  #ended = false;
  #goalReached = false;
  #payouts: readonly PlannedPayout[] = [];
  #held = false;
  #released = false;

  constructor(opening: OpenBoard) {
    this.#opening = opening;
  }

  #hold(invariant: Invariant, holds: boolean): void {
    if (!holds) this.broken.add(INVARIANTS[invariant]);
  }

  /** Called before a command is decided. Ignores commands of other owners and reports about unknown payments. */
  observe(command: BoardCommand, by: Actor): void {
    const { partnerId, hostId } = this.#opening;
    this.#isOtherOwner =
      (by.kind === "partner" && by.partnerId !== partnerId) || (by.kind === "host" && by.hostId !== hostId);
    if (this.#isOtherOwner) return;
    if (command.type === "report_refund" && command.status === "completed") {
      this.#reportedDone.add(payment(this.#named(command.contribution), command.providerPaymentId));
    }
    if (command.type !== "report_payment") return;
    const id = this.#named(command);
    if (this.#accounts.get(id)?.opened.provider !== command.provider) return;
    const key = payment(id, command.providerPaymentId);
    if (command.status === "completed") remember(this.#paid, key, command.amount);
    if (command.status !== "refunded") return;
    remember(this.#sentBack, key, command.amount);
    this.#reportedDone.add(key);
  }

  #named(contribution: ReportRefund["contribution"]): string {
    return "id" in contribution ? contribution.id : (this.#ids.get(contribution.reference) ?? "");
  }

  /** Called before an event is folded. */
  expect(event: BoardEvent, state: BoardState, now: Date) {
    this.#hold("owners", !this.#isOtherOwner);
    const id = "contributionId" in event ? (event.contributionId ?? "") : "";
    const account = this.#accounts.get(id);
    const takes = acceptsContributions(state.status, state.deadline, now);
    switch (event.type) {
      case "contribution_opened": {
        const same = [...this.#accounts].filter(([, { opened }]) => opened.submission === event.submission);
        const isPaid = same.some(([known]) => this.#completed.has(known));
        return this.#hold("payable", takes && !account && !isPaid);
      }
      case "contribution_revived":
        return this.#expectRevival(event, state);
      case "payment_retried": {
        const contribution = state.contributions.get(id);
        const mayPay = contribution && ["pending", "processing", "failed"].includes(contribution.status);
        this.#hold("payable", takes && mayPay === true && !contribution.inProgress);
        return this.#hold("payable", event.attempt === (account?.attempt ?? 0) + 1);
      }
      case "payment_expired":
        return this.#hold("expiry", now.getTime() - Date.parse(account?.attemptedAt ?? "") >= DAY_MS);
      case "payment_completed": {
        const amounts = this.#paid.get(payment(id, event.providerPaymentId));
        this.#hold("completedOnce", !this.#completed.has(id));
        return this.#hold("exactAmount", amounts?.has(account?.opened.amount ?? Number.NaN) === true);
      }
      case "refund_requested":
        return this.#expectRefund(event, account);
      case "refund_retried":
        return this.#expectAttempt(event);
      case "refund_withdrawn": {
        const key = payment(id, event.providerPaymentId);
        const isOfPot = this.#pot.has(id) && this.#counted.get(id)?.key === key;
        const isUsable = state.status === "active" || state.status === "funded" || state.status === "closed";
        return this.#hold("withdrawn", isOfPot && isUsable && this.#refunding.has(key) && !this.#sent.has(key));
      }
      case "refund_completed": {
        const key = payment(id, event.providerPaymentId);
        return this.#hold("reported", this.#reportedDone.has(key) && !this.#done.has(key));
      }
    }
  }

  #expectRevival(event: BoardEventOf<"contribution_revived">, state: BoardState) {
    const account = this.#accounts.get(event.contributionId);
    if (!account) return this.#hold("revived", false);
    const { attemptExpiresAt: _, ...opened } = account.opened;
    const { openedAt, attempt, requestId, failedPaymentIds } = account;
    const left = { type: "contribution_revived", ...opened, openedAt, attempt, requestId, failedPaymentIds };
    this.#hold("revived", !state.contributions.has(event.contributionId) && isDeepStrictEqual(event, left));
  }

  #expectRefund(event: BoardEventOf<"refund_requested">, account: Account | undefined): void {
    const key = payment(event.contributionId, event.providerPaymentId);
    const named = new Set([...(this.#paid.get(key) ?? []), ...(this.#sentBack.get(key) ?? [])]);
    // A return without a stated amount counts as one of the requested amount.
    const isUnstated = this.#sentBack.has(key) && event.amount === account?.opened.amount;
    this.#hold("requestedOnce", !this.#refunding.has(key));
    this.#hold("refundAmount", named.has(event.amount) || isUnstated);
    this.#expectAttempt(event);
  }

  #expectAttempt({
    contributionId,
    providerPaymentId,
    attempt,
  }: EventData<"refund_retried" | "refund_requested">): void {
    const key = payment(contributionId, providerPaymentId);
    this.#hold("attempts", attempt === (this.#refundAttempts.get(key) ?? 0) + 1);
    this.#refundAttempts.set(key, attempt);
  }

  /** Called after an event was folded. */
  note(event: BoardEvent, state: BoardState, at: string): void {
    if ("contributionId" in event && event.contributionId !== null) this.#noteContribution(event, at);
    this.#noteBoard(event, state);
    this.#balancePot(state);
    if (!("after" in event)) return;
    const { status, counted, returning, contributionCount, deadline, updatedAt } = state;
    const totals = { status, counted, returning, contributionCount, deadline: deadline.toISOString(), updatedAt };
    this.#hold("totals", isDeepStrictEqual({ ...event.after }, totals));
  }

  #noteContribution(event: BoardEventOf<BoardEvent["type"]>, at: string): void {
    const id = "contributionId" in event ? (event.contributionId ?? "") : "";
    const account = this.#accounts.get(id);
    const key = "providerPaymentId" in event ? payment(id, event.providerPaymentId ?? "") : "";
    switch (event.type) {
      case "contribution_opened": {
        const { type: _, ...opened } = event;
        const first = { attempt: 1, attemptedAt: at, requestId: null, failedPaymentIds: [] };
        this.#accounts.set(id, { opened, openedAt: at, ...first });
        this.#ids.set(event.reference, id);
        return;
      }
      case "payment_retried":
        if (account) Object.assign(account, { attempt: event.attempt, attemptedAt: at, requestId: null });
        return;
      case "payment_requested":
        if (account) account.requestId = event.requestId;
        return;
      case "payment_failed":
        account?.failedPaymentIds.push(event.providerPaymentId);
        return;
      case "payment_completed":
        this.#completed.add(id);
        this.#counted.set(id, { key, net: event.amount - event.fee });
        if (!this.#ended) this.#pot.add(id);
        return;
      case "refund_requested":
      case "refund_retried":
      case "refund_failed":
      case "refund_needs_manual_action":
        this.#refunding.add(key);
        this.#sent.delete(key);
        return;
      case "refund_sent":
        this.#sent.add(key);
        return;
      case "refund_withdrawn":
        this.#refunding.delete(key);
        return;
      case "refund_completed":
        this.#refunding.delete(key);
        this.#done.add(key);
        if (this.#counted.get(id)?.key === key) this.#counted.delete(id);
    }
  }

  #noteBoard(event: BoardEvent, state: BoardState): void {
    if (ENDS.includes(event.type)) {
      this.#hold("milestones", !this.#ended);
      this.#ended = true;
    }
    switch (event.type) {
      case "goal_reached":
        this.#hold("milestones", !this.#goalReached && this.#payable() >= this.#opening.goal);
        this.#goalReached = true;
        return;
      case "board_closed":
        this.#payouts = event.payouts;
        this.#held = this.#isFlagOpen();
        return;
      case "payouts_adjusted": {
        const before = new Map(this.#payouts.map(({ id, gross }) => [id, gross]));
        const isNew = ({ id, gross }: PlannedPayout) => gross > 0 && (before.get(id) ?? 0) === 0;
        const ready = this.#held ? [] : event.payouts.filter(isNew).map(({ id }) => id);
        this.#hold("announced", isDeepStrictEqual([...event.ready], ready) && event.closedAt === state.closing?.at);
        const shape = shapeOf(event.payouts);
        const isUnique = new Set(event.payouts.map(({ type }) => type)).size === event.payouts.length;
        this.#hold("giftFirst", isUnique && shapeOf(this.#payouts).every((part) => shape.includes(part)));
        this.#payouts = event.payouts;
        return;
      }
      case "payouts_released":
        this.#hold("held", !this.#released && !this.#isFlagOpen());
        this.#hold(
          "announced",
          isDeepStrictEqual(event.payouts, this.#payouts) && event.closedAt === state.closing?.at,
        );
        this.#released = true;
        return;
      case "flag_opened":
        this.#hold("flags", !this.#flags.has(flagName(event)));
        this.#flags.set(flagName(event), true);
        return;
      case "flag_cleared":
        this.#flags.set(flagName(event), false);
        // From here on the payouts are not held; `balance` checks the state of the board.
        if (!this.#isFlagOpen()) this.#held = false;
    }
  }

  #balancePot(state: BoardState): void {
    const { counted, returning } = recount(state);
    this.#hold("tally", state.counted === counted && state.returning === returning);
    this.#hold(
      "tally",
      counted === this.#sumOf(() => true) && returning === this.#sumOf((key) => this.#refunding.has(key)),
    );
  }

  #sumOf(isMeant: (key: string) => boolean): number {
    return sum([...this.#counted.values()].filter(({ key }) => isMeant(key)).map(({ net }) => net));
  }

  #payable(): number {
    return this.#sumOf((key) => !this.#refunding.has(key));
  }

  /** Called between two commands. Checks the whole state. */
  balance(state: BoardState): void {
    const all = [...state.contributions.values()];
    this.#hold("tally", state.contributionCount === all.filter(({ status }) => status === "completed").length);
    const open = all.filter(({ status }) => status === "pending" || status === "processing");
    const failed = [...state.failed.keys()].map((id) => state.contributions.get(id)?.status);
    this.#hold("indexes", state.open.size === open.length && open.every(({ id }) => state.open.has(id)));
    this.#hold(
      "indexes",
      failed.every((status) => status === "failed"),
    );
    this.#hold(
      "indexes",
      state.references.size === all.length &&
        [...state.submissions.values()].every((id) => state.contributions.has(id)),
    );
    this.#hold(
      "indexes",
      all.every(({ id, reference }) => state.references.get(reference) === id),
    );
    for (const { id, status, providerPaymentId: own } of all) {
      if (own !== null && this.#done.has(payment(id, own))) this.#hold("returned", status === "refunded");
    }
    for (const { key } of this.#counted.values()) {
      if (state.status === "cancelled" || state.status === "expired") this.#hold("emptied", this.#refunding.has(key));
    }
    const inPot = new Set([...this.#counted].filter(([id]) => this.#pot.has(id)).map(([, { key }]) => key));
    for (const key of this.#paid.keys()) {
      // A cleared flag counts too: a person has decided about this payment, and can still refund it.
      const isFlagged = this.#flags.has(`amount_mismatch/${key}`);
      this.#hold("accounted", inPot.has(key) || this.#refunding.has(key) || this.#done.has(key) || isFlagged);
    }
    for (const key of this.#sentBack.keys()) this.#hold("returned", !inPot.has(key) && !this.#refunding.has(key));
    if (state.closing) this.#balancePayouts(state.closing);
  }

  #balancePayouts({ payouts, held }: NonNullable<BoardState["closing"]>): void {
    const gross = sum(payouts.map((payout) => payout.gross));
    const items = payouts.flatMap((payout) => payout.items);
    const gift = sum(items.filter(({ type }) => type === "gift").map(({ amount }) => amount));
    this.#hold("payouts", gross === this.#payable() && gross === sum(items.map(({ amount }) => amount)));
    this.#hold("giftFirst", gift === Math.min(gross, this.#opening.goal) && items.every(({ amount }) => amount >= 0));
    this.#hold(
      "giftFirst",
      payouts.every((payout) => payout.net >= 0 && payout.net === payout.gross - payout.fee),
    );
    this.#hold("held", held === this.#held);
  }

  #isFlagOpen(): boolean {
    return [...this.#flags.values()].includes(true);
  }
}

function flagName(event: BoardEventOf<"flag_opened" | "flag_cleared">): string {
  return [event.flag, event.contributionId, event.providerPaymentId].join("/");
}

function remember(payments: Map<string, Set<number | null>>, key: string, amount: number | null): void {
  payments.set(key, (payments.get(key) ?? new Set()).add(amount));
}
