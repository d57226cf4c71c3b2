import type { BoardCommand } from "#domain/board/commands";
import type { BoardEvent, PlannedPayout } from "#domain/board/events";
import { recount } from "#domain/board/evolve";
import { acceptsContributions, PAYMENT_STATUSES } from "#domain/board/lifecycle";
import { findContribution } from "#domain/board/standing";
import type { BoardState, Contribution } from "#domain/board/state";

const DAY_MS = 86_400_000;
const ENDS: readonly BoardEvent["type"][] = ["board_closed", "board_expired", "board_cancelled"];

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);
const payment = (contributionId: string, providerPaymentId: string) => `${contributionId}/${providerPaymentId}`;
const shapeOf = (payouts: readonly PlannedPayout[]) =>
  payouts.map(({ id, type, items }) => [id, type, ...items.map((item) => `${item.id} ${item.type}`)].join()).join("; ");

/** design 7, as far as one board's log can hold it, and what else must never happen to anybody's money. */
export const INVARIANTS = {
  tally: "raised = Σ net of completed = the tally, after every event",
  after: "`after` is where the board stands",
  milestones: "the goal is reached once, a board ends once",
  once: "a contribution is completed once",
  exact: "only the exact amount completes, and only what was paid",
  invited: "nobody is sent to pay where nothing is taken, or twice",
  patient: "we wait a day before we stop waiting",
  askedOnce: "a payment is asked back once",
  received: "only what was received is asked back, to the cent",
  told: "a refund is done once, when somebody said so",
  back: "what is back is not counted",
  strands: "no money strands: it is in the pot, on its way back, or somebody must look",
  kept: "a board that was cancelled or has expired keeps nothing",
  payouts: "the payouts are what is left of the pot",
  giftFirst: "the gift comes first, and no payout is lost, added or below zero",
  held: "payouts are held while a flag was open at closing, and released once",
  flags: "a flag is raised once",
} as const;
export type Invariant = keyof typeof INVARIANTS;

/**
 * A bookkeeper beside the board who believes no rule: it hears what the world says, sees what was recorded, and compares.
 * What it knows of money it counts from these alone.
 */
export class Ledger {
  readonly broken = new Set<string>();
  /** By payment: the amounts a provider has named when it told of its success, or of its return. */
  readonly #paid = new Map<string, Set<number | null>>();
  readonly #sentBack = new Map<string, Set<number | null>>();
  readonly #saidDone = new Set<string>();
  readonly #askedBack = new Map<string, number>();
  readonly #done = new Set<string>();
  readonly #completed = new Set<string>();
  /** Ids of contributions that were completed before the board ended. */
  readonly #pot = new Set<string>();
  readonly #flags = new Map<string, boolean>();
  #ended = false;
  #goalReached = false;
  #shape: string | null = null;
  #held = false;
  #released = false;

  #hold(invariant: Invariant, holds: boolean) {
    if (!holds) this.broken.add(INVARIANTS[invariant]);
  }

  /** Before the rules judge it. What names no payment of ours, or comes from a stranger, says nothing. */
  hear(command: BoardCommand, state: BoardState) {
    if (command.type === "report_refund" && command.status === "completed") {
      this.#saidDone.add(payment(command.contributionId, command.providerPaymentId));
    }
    if (command.type !== "report_payment") return;
    const contribution = state.contributions.get(command.reference);
    if (contribution?.provider !== command.provider) return;
    const key = payment(contribution.id, command.providerPaymentId);
    if (command.status === "completed") remember(this.#paid, key, command.amount);
    if (command.status !== "refunded") return;
    remember(this.#sentBack, key, command.amount);
    this.#saidDone.add(key);
  }

  /** Before an event is folded. */
  expect(event: BoardEvent, state: BoardState, now: Date) {
    const contribution = "contributionId" in event ? findContribution(state, event.contributionId ?? "") : undefined;
    const takes = acceptsContributions(state.status, state.deadline, now);
    switch (event.type) {
      case "contribution_opened":
        return this.#hold("invited", takes && !contribution);
      case "payment_retried": {
        const mayPay = contribution && ["pending", "processing", "failed"].includes(contribution.status);
        this.#hold("invited", takes && mayPay === true && !contribution.underWay);
        return this.#hold("invited", event.attempt === (contribution?.attempt ?? 0) + 1);
      }
      case "payment_progressed": {
        const waited = now.getTime() - Date.parse(contribution?.attemptedAt ?? "");
        return this.#hold("patient", !event.expiredUnpaid || waited >= DAY_MS);
      }
      case "payment_completed": {
        const paid = this.#paid.get(payment(event.contributionId, event.providerPaymentId));
        this.#hold("once", !this.#completed.has(event.contributionId));
        return this.#hold("exact", paid?.has(contribution?.amount ?? Number.NaN) === true);
      }
      case "refund_requested":
        return this.#expectRefund(event, contribution);
      case "refund_completed": {
        const key = payment(event.contributionId, event.providerPaymentId);
        this.#hold("told", this.#saidDone.has(key) && !this.#done.has(key));
      }
    }
  }

  #expectRefund(event: Extract<BoardEvent, { type: "refund_requested" }>, contribution: Contribution | undefined) {
    const key = payment(event.contributionId, event.providerPaymentId);
    const named = new Set([...(this.#paid.get(key) ?? []), ...(this.#sentBack.get(key) ?? [])]);
    // What came back without a word on its amount was, as far as anybody knows, what we had asked for.
    const unnamed = this.#sentBack.has(key) && event.amount === contribution?.amount;
    this.#hold("askedOnce", !this.#askedBack.has(key));
    this.#hold("received", named.has(event.amount) || unnamed);
  }

  /** After an event was folded. */
  note(event: BoardEvent, state: BoardState) {
    this.#hold("tally", state.raised === recount(state).raised && state.raised >= 0);
    if ("after" in event) {
      const { status, raised, contributionCount } = event.after;
      const stands = status === state.status && raised === state.raised;
      this.#hold("after", stands && contributionCount === state.contributionCount);
    }
    if (ENDS.includes(event.type)) {
      this.#hold("milestones", !this.#ended);
      this.#ended = true;
    }
    switch (event.type) {
      case "goal_reached":
        this.#hold("milestones", !this.#goalReached && state.raised >= (state.terms?.goal ?? 0));
        this.#goalReached = true;
        return;
      case "payment_completed":
        this.#completed.add(event.contributionId);
        if (!this.#ended) this.#pot.add(event.contributionId);
        return;
      case "refund_requested":
        this.#askedBack.set(payment(event.contributionId, event.providerPaymentId), event.amount);
        return;
      case "refund_completed":
        this.#done.add(payment(event.contributionId, event.providerPaymentId));
        return;
      case "board_closed":
        this.#shape = shapeOf(event.payouts);
        this.#held = this.#isFlagOpen();
        return;
      case "flag_raised":
        this.#hold("flags", !this.#flags.has(flagName(event)));
        this.#flags.set(flagName(event), true);
        return;
      case "flag_cleared":
        this.#flags.set(flagName(event), false);
        // From here on the payouts may go; `balance` sees whether the board says so too.
        if (!this.#isFlagOpen()) this.#held = false;
        return;
      case "payouts_released":
        this.#hold("held", !this.#released && !this.#isFlagOpen());
        this.#released = true;
    }
  }

  /** Between two commands, when everything must fit. */
  balance(state: BoardState) {
    const { counts } = recount(state);
    const all = [...state.contributions.values()];
    this.#hold("tally", state.contributionCount === counts.completed);
    this.#hold("tally", sum(PAYMENT_STATUSES.map((status) => counts[status])) === all.length);
    for (const contribution of all) this.#balanceContribution(contribution, state);
    if (state.closing) this.#balancePayouts(state.closing, all, state);
  }

  #balanceContribution(contribution: Contribution, state: BoardState) {
    const { id, status, providerPaymentId: own, refunds } = contribution;
    const isCounted = status === "completed";
    const goesBack = own !== null && this.#askedBack.has(payment(id, own));
    if (own !== null && refunds.get(own)?.status === "completed") this.#hold("back", status === "refunded");
    if (state.status === "cancelled" || state.status === "expired") this.#hold("kept", !isCounted || goesBack);
    for (const key of this.#paid.keys()) {
      if (!key.startsWith(id)) continue;
      const isInPot = own !== null && key === payment(id, own) && isCounted && this.#pot.has(id);
      // Cleared or not: somebody looked at this very payment, and may still send it back.
      const isFlagged = this.#flags.has(`amount_mismatch/${key}`);
      this.#hold("strands", isInPot || this.#askedBack.has(key) || isFlagged);
    }
    for (const key of this.#sentBack.keys()) {
      if (!key.startsWith(id)) continue;
      this.#hold("back", !(isCounted && own !== null && key === payment(id, own)));
      this.#hold("back", !this.#askedBack.has(key) || this.#done.has(key));
    }
  }

  #balancePayouts(closing: NonNullable<BoardState["closing"]>, all: readonly Contribution[], { terms }: BoardState) {
    const left = all
      .filter(({ id, providerPaymentId }) => this.#pot.has(id) && !this.#askedBack.has(`${id}/${providerPaymentId}`))
      .map(({ amount, fee }) => amount - fee);
    const gross = sum(closing.payouts.map((payout) => payout.gross));
    const items = closing.payouts.flatMap((payout) => payout.items);
    const gift = sum(items.filter(({ type }) => type === "gift").map(({ amount }) => amount));
    this.#hold("payouts", gross === sum(left) && gross === sum(items.map(({ amount }) => amount)));
    this.#hold("giftFirst", gift === Math.min(gross, terms?.goal ?? 0) && items.every(({ amount }) => amount >= 0));
    this.#hold("giftFirst", shapeOf(closing.payouts) === this.#shape);
    this.#hold("held", closing.held === this.#held);
  }

  #isFlagOpen(): boolean {
    return [...this.#flags.values()].includes(true);
  }
}

function flagName(event: Extract<BoardEvent, { type: "flag_raised" | "flag_cleared" }>): string {
  return [event.flag, event.contributionId, event.providerPaymentId].join("/");
}

function remember(payments: Map<string, Set<number | null>>, key: string, amount: number | null) {
  payments.set(key, (payments.get(key) ?? new Set()).add(amount));
}
