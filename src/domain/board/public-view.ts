import { firstCause } from "../causes.ts";
import { type PayoutMethod, pictureOf } from "../gift.ts";
import { type Cents, cents, ZERO } from "../money.ts";
import { shownName } from "../shown-name.ts";
import { daysLeft } from "../time.ts";
import { mayStartAttempt, wayToPay } from "./decide-payments.ts";
import type { BoardEvent } from "./events.ts";
import { SHOWN_POT_MS } from "./evolve.ts";
import { openFlags } from "./flags.ts";
import {
  acceptsContributions,
  type BoardStatus,
  type PaymentStatus,
  type PaymentWay,
  type RefundCause,
} from "./lifecycle.ts";
import { activeRefund, isReturning, potOf } from "./pot.ts";
import type { BoardProfile } from "./profile.ts";
import type { BoardState, Contribution } from "./state.ts";

/** What is happening, in a guest's words. A board past its deadline is closed for them before any job has run. */
export type Phase = "open" | "closed" | "expired" | "cancelled";

export type GiftCard =
  | { kind: "product"; name: string; image: string }
  | { kind: "cause"; name: string; organisation: string; image: string; description: string; impact: string };

/**
 * The charity a funded board turns to. `organisation`: who receives the money; the cause's name where it is not known. `raised` is
 * roughly what came in beyond the gift, null once the board has closed.
 */
export type CharityCard = {
  causeId: string;
  name: string;
  organisation: string;
  description: string;
  /** Absent where a release before this answers. */
  image?: string;
  impact: string;
  raised: Cents | null;
};

/**
 * Everything a guest may see of a board, as page, JSON or socket message; what is not in here never leaves the object for
 * a guest. No money in gift mode, no gift in charity mode, no messages, no e-mail, first names only. (product-facts 4)
 */
export type PublicView = Readonly<{
  slug: string;
  /** Its partner tries ChipIn out: no money is real. Absent where a release before this answers. */
  sandbox?: boolean;
  childName: string;
  photoUrl: string;
  hostMessage: string | null;
  phase: Phase;
  /** `charity` hides the gift: everything from here on goes to the cause. */
  mode: "gift" | "charity";
  gift: GiftCard | null;
  charity: CharityCard | null;
  /** How the gift reaches the family, whether or not the goal is reached. */
  payoutMethod: PayoutMethod;
  /** How full the pot is, in steps (`progressStep`): 0 to 95, or 100; null in charity mode, which has no target. */
  percent: number | null;
  fullyFunded: boolean;
  /** The goal is not reached, and for all the bar shows at least 80 % of it may be there: no copy of this may be kept for long. */
  nearGoal: boolean;
  acceptsContributions: boolean;
  /** ISO 8601. */
  deadline: string;
  daysLeft: number;
  /** First names of those who chipped in, newest first, at most eight; `null` is a name that was not given or is hidden. */
  contributors: readonly (string | null)[];
  contributionCount: number;
}>;

/** Whether guests may not be shown a copy from before this event: for the truth, or for what it takes away. */
export function endsCopies({ type }: BoardEvent): boolean {
  return ENDS_COPIES.has(type);
}

const ENDS_COPIES: ReadonlySet<BoardEvent["type"]> = new Set([
  "board_updated",
  "board_closed",
  "board_expired",
  "board_cancelled",
  "board_anonymised",
] as const);

/** Whether a gift that guests saw is one no longer. */
export function isFunded(state: BoardState): boolean {
  return state.terms !== null && guestPot(state).payable >= state.terms.goal;
}

/** Names by contribution id, as typed. */
export type ContributorNames = (contributionId: string) => string | null;

/** Names a page lists before "+ n more". */
const NAMES_SHOWN = 8;

/** Null while there is nothing a guest may know about: unopened, draft and anonymised boards look like no board at all. */
export function publicView(
  board: { state: BoardState; profile: BoardProfile; nameOf: ContributorNames },
  now: Date,
): PublicView | null {
  const { state, profile, nameOf } = board;
  const { terms } = state;
  if (!terms || state.status === "draft" || state.anonymised) return null;
  const { payable, contributionCount } = guestPot(state);
  const funded = payable >= terms.goal;
  const phase = phaseOf(state, now);
  const turnsToCharity = terms.giftType === "takealot_product" && funded;
  return {
    slug: profile.slug,
    sandbox: terms.sandbox,
    childName: profile.childName,
    photoUrl: profile.childPhotoUrl,
    hostMessage: profile.message,
    phase,
    mode: turnsToCharity ? "charity" : "gift",
    // A cancelled board that was funded must not show the gift again.
    gift: turnsToCharity || phase === "cancelled" ? null : giftCard(profile),
    charity: turnsToCharity
      ? charityCard(profile, phase === "open" ? shownOverflow(state, terms.goal, now) : null)
      : null,
    payoutMethod: terms.payoutMethod,
    percent: turnsToCharity && phase === "open" ? null : percentOf(payable, terms.goal),
    fullyFunded: funded,
    nearGoal: !funded && isNearGoal(payable, terms.goal),
    acceptsContributions: acceptsContributions(state.status, state.deadline, now),
    deadline: state.deadline.toISOString(),
    daysLeft: daysLeft(state.deadline, now),
    contributors: newestNames(state, nameOf),
    contributionCount,
  };
}

/*
 * Guests see names, so they may not see sums from which one guest's amount follows. (design 6) The bar moves in steps; the
 * charity's sum is rounded down and moves only after three contributions or an hour (`moveShownPot` in evolve.ts).
 */

/** A step of the bar is worth at least this much, so that a single step says little about a single contribution. */
const SMALLEST_STEP_CENTS = 5_000;
const STEPS_PERCENT = [5, 10, 25, 50] as const;
const HIGHEST_BEFORE_GOAL = 95;
const NEAR_GOAL_PERCENT = 80;

/** The bar's step for this goal, in percent: 5, or more for small goals. Below R100 the bar stays empty until the goal. */
export function progressStep(goal: Cents): number {
  return STEPS_PERCENT.find((percent) => (goal * percent) / 100 >= SMALLEST_STEP_CENTS) ?? 100;
}

/** 100 once the goal is really there; before it a whole number of steps, 95 at most. */
export function percentOf(payable: Cents, goal: Cents): number {
  if (payable >= goal) return 100;
  const step = progressStep(goal);
  const exact = (Math.max(0, payable) * 100) / goal;
  return Math.min(HIGHEST_BEFORE_GOAL, Math.floor(exact / step) * step);
}

/** Whether the shown step of the bar may hide 80 % or more. Judged by the step, because guests can tell the answer. */
function isNearGoal(payable: Cents, goal: Cents): boolean {
  return percentOf(payable, goal) + progressStep(goal) > NEAR_GOAL_PERCENT;
}

/** What came in beyond the gift, rounded down to R100, or to R50 below R500. */
export function roundedOverflow(overflow: number): Cents {
  const unit = overflow < 50_000 ? 5_000 : 10_000;
  return cents(Math.floor(Math.max(0, overflow) / unit) * unit);
}

/** Only what came in beyond the gift: the whole pot would give away the gift's price. */
function shownOverflow(state: BoardState, goal: Cents, now: Date): Cents {
  const { shown } = state;
  const isDue = now.getTime() - Date.parse(shown.at) >= SHOWN_POT_MS;
  return roundedOverflow((isDue ? potOf(state).payable : shown.payable) - goal);
}

function newestNames(state: BoardState, nameOf: ContributorNames): (string | null)[] {
  return state.newestContributors
    .filter((id) => {
      const contribution = state.contributions.get(id);
      return contribution?.status === "completed" && !isReturning(contribution);
    })
    .slice(0, NAMES_SHOWN)
    .map((id) => (state.hidden.get(id)?.name ? null : shownName(nameOf(id))));
}

/** A finished board stays as it finished: late money is on its way back and changes nothing a guest sees. */
function guestPot(state: BoardState): { payable: Cents; contributionCount: number } {
  if (state.closing) return state.closing;
  const isOver = state.status === "expired" || state.status === "cancelled";
  if (isOver) return { payable: ZERO, contributionCount: 0 };
  return { payable: potOf(state).payable, contributionCount: state.contributionCount };
}

function phaseOf(state: BoardState, now: Date): Phase {
  const status: BoardStatus = state.status;
  if (status === "cancelled" || status === "expired") return status;
  if (status === "closed" || status === "paid_out") return "closed";
  return now < state.deadline ? "open" : "closed";
}

function giftCard({ gift }: BoardProfile): GiftCard {
  const image = pictureOf(gift);
  if (gift.type === "takealot_product") return { kind: "product", name: gift.productName, image };
  const { causeId, causeName: name, causeDescription: description, impactDescription: impact } = gift;
  const organisation = gift.organisation ?? firstCause(causeId)?.organisation ?? name;
  return { kind: "cause", name, organisation, image, description, impact };
}

function charityCard({ overflowGift }: BoardProfile, raised: Cents | null): CharityCard | null {
  if (!overflowGift) return null;
  const { causeId, causeName: name, impactDescription: impact } = overflowGift;
  const { organisation = name, description = "", image } = { ...firstCause(causeId), ...overflowGift };
  return { causeId, name, organisation, description, ...(image !== undefined && { image }), impact, raised };
}

/** What the payer of one contribution may see, asked for with its unguessable reference. */
export type Receipt = Readonly<{
  reference: string;
  provider: PaymentWay;
  status: PaymentStatus;
  amount: Cents;
  contributorName: string | null;
  /** ISO 8601; null until it is paid. */
  completedAt: string | null;
  /** The goal was reached before it was paid. */
  afterGoal: boolean;
  /** What was paid, when it was another amount and goes back. */
  wrongAmount: Cents | null;
  /** What was paid, while another amount waits for a person. Absent where there is none. */
  mismatch?: Cents;
  /** Why this money is on its way back, or already there; null when it stays. */
  refund: RefundCause | null;
  /** As far as this payment goes, the guest may (still, or again) be sent to the provider; the board may have closed. */
  payable: boolean;
  /** Which attempt a guest who is sent to the provider now makes, when it began and until when it may be paid (ISO 8601). */
  attempt: number;
  attemptedAt: string;
  attemptExpiresAt: string | null;
}>;

export function receiptOf(state: BoardState, contribution: Contribution, nameOf: ContributorNames): Receipt {
  const { id, reference, status, amount, providerPaymentId } = contribution;
  const { attempt, attemptedAt, attemptExpiresAt } = contribution;
  return {
    reference,
    provider: wayToPay(state.terms, contribution),
    status,
    amount,
    contributorName: shownName(nameOf(id)),
    completedAt: contribution.completedAt,
    afterGoal: state.afterGoal.has(id),
    wrongAmount: wrongAmountOf(contribution),
    ...mismatchOf(state, contribution),
    refund: activeRefund(contribution, providerPaymentId)?.cause ?? null,
    payable: mayStartAttempt(contribution),
    attempt,
    attemptedAt,
    attemptExpiresAt,
  };
}

function mismatchOf(state: BoardState, { id, status, flagged }: Contribution): Pick<Receipt, "mismatch"> {
  if (!flagged || status === "completed" || status === "refunded") return {};
  const received = openFlags(state).find(
    ({ flag, contributionId }) => flag === "amount_mismatch" && contributionId === id,
  )?.received;
  return received == null ? {} : { mismatch: received };
}

function wrongAmountOf({ refunds }: Contribution): Cents | null {
  const refund = [...refunds.values()].find(
    ({ cause, status }) => cause === "amount_mismatch" && status !== "withdrawn",
  );
  return refund?.amount ?? null;
}
