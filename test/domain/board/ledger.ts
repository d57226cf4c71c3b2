import { isDeepStrictEqual } from "node:util";
import type { Actor } from "#domain/board/actor";
import type { BoardCommand, OpenBoard, ReportRefund } from "#domain/board/commands";
import type { BoardEvent, BoardEventOf, EventData, Payout } from "#domain/board/events";
import { acceptsContributions } from "#domain/board/lifecycle";
import { recount } from "#domain/board/pot";
import type { BoardState } from "#domain/board/state";

const DAY_MS = 86_400_000;
const ENDS: readonly BoardEvent["type"][] = ["board_closed", "board_expired", "board_cancelled"];

const sum = (amounts: Iterable<number>) => [...amounts].reduce((total, amount) => total + amount, 0);
const payment = (contributionId: string, providerPaymentId: string) => `${contributionId}/${providerPaymentId}`;
const shapeOf = ({ id, type, items }: Payout) => [`${id} ${type}`, ...items.map((item) => `${item.id} ${item.type}`)];
const share = (payouts: Iterable<Payout>, type: "gift" | "overflow") =>
  sum([...payouts].flatMap(({ items }) => items.filter((item) => item.type === type).map(({ amount }) => amount)));
const isUnpaid = ({ status }: Payout) => status === "pending" || status === "failed";
const idsOf = (payouts: readonly Payout[]) => payouts.map(({ id }) => id);
/** Less than this was never a contribution. */
const SMALLEST_GIFT = 2_000;

/** The lives of product-facts 3.3, by event. */
const PAYOUT_STEPS: Partial<
  Record<BoardEvent["type"], readonly [from: readonly Payout["status"][], to: Payout["status"]]>
> = {
  payout_started: [["pending"], "processing"],
  payout_completed: [["pending", "processing"], "completed"],
  payout_failed: [["pending", "processing"], "failed"],
  payout_retried: [["failed"], "pending"],
};

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
  payouts: "the payouts of a closed board add up to its payable money and what was lost of it",
  lost: "money is lost only when the provider takes back more than the payouts that nobody has begun to pay",
  giftFirst: "the gift is paid before the overflow, no payout is dropped, and none is negative",
  announced: "a payout is announced when it becomes ready or changes after that, and not while payouts are held",
  held: "payouts are held by a person and by open flags about money in the pot, and released with the last hold",
  paidOnce: "a payout takes only the steps of its life, is completed once, and keeps its amount once it was begun",
  notWhileHeld: "no payout is begun, or completed by somebody who did not begin it, while payouts are held",
  settled: "the board is paid out with the last payout that has something to pay",
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
  #command: BoardCommand["type"] | null = null;
  #ended = false;
  #goalReached = false;
  /** By id, as the events describe them. */
  readonly #payouts = new Map<string, Payout>();
  readonly #ready = new Set<string>();
  readonly #holds = new Set<string>();
  /** By flag: what the provider received, for a wrong amount. */
  readonly #received = new Map<string, number | null>();
  readonly #late = new Set<string>();
  #heldByPerson = false;
  #heldBefore = false;
  #closed = false;
  #lost = 0;
  /** What the next `payment_lost` must be. */
  #toLose = 0;

  constructor(opening: OpenBoard) {
    this.#opening = opening;
  }

  #hold(invariant: Invariant, holds: boolean): void {
    if (!holds) this.broken.add(INVARIANTS[invariant]);
  }

  /** Called before a command is decided. Ignores commands of other owners and reports about unknown payments. */
  observe(command: BoardCommand, by: Actor): void {
    const { partnerId, hostId } = this.#opening;
    this.#heldBefore = this.#isHeld();
    this.#command = command.type;
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
        // Late money stays only to be paid out on top.
        const mayStay = this.#pot.has(id) || (this.#closed && this.#command === "supplement_payout");
        const isOfPot = mayStay && this.#counted.get(id)?.key === key;
        const isUsable = state.status === "active" || state.status === "funded" || this.#closed;
        return this.#hold("withdrawn", isOfPot && isUsable && this.#refunding.has(key) && !this.#sent.has(key));
      }
      case "refund_completed": {
        const key = payment(id, event.providerPaymentId);
        if (!this.#refunding.has(key)) this.#expectLoss(id, key, true);
        return this.#hold("reported", this.#reportedDone.has(key) && !this.#done.has(key));
      }
      case "payout_started":
        return this.#hold("notWhileHeld", !this.#isHeld());
      case "payout_completed":
        return this.#hold(
          "notWhileHeld",
          this.#payouts.get(event.payout.id)?.status === "processing" || !this.#isHeld(),
        );
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
    // What came after closing was never in a payout.
    if (event.cause !== "late_payment") this.#expectLoss(event.contributionId, key, event.cause === "provider");
    this.#hold("refundAmount", named.has(event.amount) || isUnstated);
    this.#expectAttempt(event);
  }

  /** Money leaves the pot of a closed board. */
  #expectLoss(contributionId: string, key: string, mayLose: boolean): void {
    const counted = this.#counted.get(contributionId);
    if (!this.#closed || counted?.key !== key) return;
    const unpaid = sum([...this.#payouts.values()].filter(isUnpaid).map(({ gross }) => gross));
    this.#toLose = Math.max(0, counted.net - unpaid);
    this.#hold("lost", mayLose || this.#toLose === 0);
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
    this.#noteBoard(event);
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
        if (this.#ended) this.#late.add(id);
        else this.#pot.add(id);
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
        // Late money that stays is paid out, and in the pot like any other.
        this.#pot.add(id);
        return;
      case "refund_completed":
        this.#refunding.delete(key);
        this.#done.add(key);
        if (this.#counted.get(id)?.key === key) this.#counted.delete(id);
    }
  }

  #noteBoard(event: BoardEvent): void {
    if (ENDS.includes(event.type)) {
      this.#hold("milestones", !this.#ended);
      this.#ended = true;
    }
    switch (event.type) {
      case "goal_reached":
        this.#hold("milestones", !this.#goalReached && this.#payable() >= this.#opening.goal);
        this.#goalReached = true;
        return;
      case "board_closed": {
        this.#closed = true;
        for (const payout of event.payouts) this.#payouts.set(payout.id, payout);
        const types = new Set(event.payouts.map(({ type }) => type));
        const gift = Math.min(this.#payable(), this.#opening.goal);
        this.#hold("giftFirst", types.size === event.payouts.length && share(event.payouts, "gift") === gift);
        this.#hold("held", event.held === this.#isHeld());
        if (!this.#isHeld()) for (const { id } of event.payouts) this.#ready.add(id);
        return;
      }
      case "payouts_adjusted":
        this.#noteAdjusted(event);
        return;
      case "payouts_released": {
        const waiting = [...this.#payouts.values()].filter(({ status, gross }) => status === "pending" && gross > 0);
        this.#hold("held", this.#closed && this.#heldBefore && !this.#isHeld());
        this.#hold("announced", isDeepStrictEqual(event.payouts, waiting));
        for (const { id } of event.payouts) this.#ready.add(id);
        this.#heldBefore = false;
        return;
      }
      case "payout_started":
      case "payout_completed":
      case "payout_failed":
      case "payout_retried": {
        const before = this.#payouts.get(event.payout.id);
        const [from, to] = PAYOUT_STEPS[event.type] ?? [];
        this.#hold(
          "paidOnce",
          before !== undefined && from?.includes(before.status) === true && event.payout.status === to,
        );
        this.#hold(
          "paidOnce",
          event.payout.gross === before?.gross && isDeepStrictEqual(event.payout.items, before.items),
        );
        if (event.type === "payout_retried") this.#noteReady([event.payout], event.ready ? [event.payout.id] : []);
        this.#payouts.set(event.payout.id, event.payout);
        return;
      }
      case "payout_supplemented":
        this.#hold("giftFirst", !this.#payouts.has(event.payout.id));
        this.#hold("payouts", this.#late.has(event.contributionId));
        this.#noteReady([event.payout], event.ready ? [event.payout.id] : []);
        this.#payouts.set(event.payout.id, event.payout);
        return;
      case "payout_hold_placed":
      case "payout_hold_lifted": {
        const name = [event.reason, event.contributionId, event.providerPaymentId].join("/");
        const isPlaced = event.type === "payout_hold_placed";
        this.#hold("held", this.#holds.has(name) !== isPlaced);
        if (isPlaced) this.#holds.add(name);
        else this.#holds.delete(name);
        if (event.reason === "person") this.#heldByPerson = isPlaced;
        return;
      }
      case "board_paid_out":
        this.#hold("settled", this.#isSettled());
        return;
      case "payment_lost":
        this.#hold("lost", event.lost === this.#toLose && event.lost > 0);
        this.#toLose = 0;
        this.#lost += event.lost;
        return;
      case "flag_opened":
        this.#hold("flags", !this.#flags.has(flagName(event)));
        this.#flags.set(flagName(event), true);
        this.#received.set(flagName(event), event.received);
        return;
      case "flag_cleared":
        this.#flags.set(flagName(event), false);
    }
  }

  #noteAdjusted({ payouts, ready, updated }: EventData<"payouts_adjusted">): void {
    const before = new Map(this.#payouts);
    for (const payout of payouts) {
      const known = before.get(payout.id);
      this.#hold(
        "paidOnce",
        isUnpaid(payout) && (known === undefined || isDeepStrictEqual(fixedOf(payout), fixedOf(known))),
      );
      this.#hold("giftFirst", known === undefined || shapeOf(known).every((part) => shapeOf(payout).includes(part)));
      this.#payouts.set(payout.id, payout);
    }
    const after = [...this.#payouts.values()];
    const isGiftLess = share(after, "gift") < share(before.values(), "gift");
    const isCharityMore = share(after, "overflow") > share(before.values(), "overflow");
    this.#hold("giftFirst", !isGiftLess || share(after.filter(isUnpaid), "overflow") === 0);
    this.#hold("giftFirst", !isCharityMore || share(after, "gift") >= this.#opening.goal);
    const changed = payouts.filter(({ id }) => this.#ready.has(id) && !ready.includes(id));
    this.#hold("announced", isDeepStrictEqual([...updated], idsOf(changed)));
    const risen = payouts.filter(({ id, status }) => status === "pending" && (before.get(id)?.gross ?? 0) === 0);
    this.#noteReady(risen, ready);
  }

  /** `payouts` may be paid from now on, unless something holds them. */
  #noteReady(payouts: readonly Payout[], announced: readonly string[]): void {
    // What a command sets free is announced as released.
    const expected = this.#heldBefore || this.#isHeld() ? [] : idsOf(payouts.filter(({ gross }) => gross > 0));
    this.#hold("announced", isDeepStrictEqual([...announced], expected));
    for (const id of announced) this.#ready.add(id);
  }

  #isSettled(): boolean {
    const toPay = [...this.#payouts.values()].filter(({ gross }) => gross > 0);
    return toPay.length > 0 && toPay.every(({ status }) => status === "completed");
  }

  #isHeld(): boolean {
    const holds = [...this.#flags].some(([name, isOpen]) => isOpen && this.#concernsThePot(name));
    return holds || this.#heldByPerson;
  }

  #concernsThePot(name: string): boolean {
    const [flag, contributionId = "", providerPaymentId = ""] = name.split("/");
    if (contributionId === "") return true;
    const key = payment(contributionId, providerPaymentId);
    if (flag === "amount_mismatch") {
      return (this.#received.get(name) ?? 0) >= SMALLEST_GIFT && !this.#refunding.has(key) && !this.#done.has(key);
    }
    const counted = this.#counted.get(contributionId);
    return counted !== undefined && !this.#refunding.has(counted.key);
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
    if (this.#closed) this.#balancePayouts(state);
    const isOver = state.status === "cancelled" || state.status === "expired";
    this.#hold("held", (this.#isHeld() && !isOver) === this.#holds.size > 0);
    // Every payout that may be paid was announced, and none that may not.
    const isReleased = !(this.#closed && this.#heldBefore && !this.#isHeld());
    this.#hold(
      "held",
      isReleased || [...this.#payouts.values()].every(({ status, gross }) => status !== "pending" || gross === 0),
    );
    this.#hold("settled", (state.status === "closed" && this.#isSettled()) === false);
  }

  #balancePayouts(state: BoardState): void {
    const payouts = [...this.#payouts.values()];
    const gross = sum(payouts.map((payout) => payout.gross));
    const items = payouts.flatMap((payout) => payout.items);
    this.#hold("payouts", gross === this.#payable() + this.#lost && gross === sum(items.map(({ amount }) => amount)));
    this.#hold("lost", this.#toLose === 0 && state.lost === this.#lost);
    this.#hold(
      "giftFirst",
      items.every(({ amount }) => amount >= 0) &&
        payouts.every((payout) => payout.net >= 0 && payout.net === payout.gross - payout.fee),
    );
    this.#hold("paidOnce", isDeepStrictEqual([...state.payouts.values()], payouts));
  }
}

/** What of a payout no change of the pot may touch. */
function fixedOf({ gross: _gross, net: _net, items: _items, ...fixed }: Payout): unknown {
  return fixed;
}

function flagName(event: BoardEventOf<"flag_opened" | "flag_cleared">): string {
  return [event.flag, event.contributionId, event.providerPaymentId].join("/");
}

function remember(payments: Map<string, Set<number | null>>, key: string, amount: number | null): void {
  payments.set(key, (payments.get(key) ?? new Set()).add(amount));
}
