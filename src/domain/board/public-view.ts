import { type Cents, cents, ZERO } from "../money.ts";
import { daysLeft } from "../time.ts";
import type { BoardAbout } from "./about.ts";
import { mayStartAgain } from "./decide-payments.ts";
import type { RefundCause } from "./events.ts";
import { acceptsContributions, type BoardStatus, type PaymentProviderName, type PaymentStatus } from "./lifecycle.ts";
import { findContribution } from "./standing.ts";
import type { BoardState } from "./state.ts";

/** What is happening, in a guest's words. A board past its deadline is closed for them before any job has run. */
export type Phase = "open" | "closed" | "expired" | "cancelled";

export type GiftCard =
  | { kind: "product"; name: string; image: string }
  | { kind: "cause"; name: string; image: string; description: string; impact: string };

/** The charity a funded board turns to. `raised` is what came in beyond the gift, null once the board has closed. */
export type CharityCard = { causeId: string; name: string; impact: string; raised: Cents | null };

/**
 * Everything a guest may see of a board, as page, JSON or socket message; what is not in here never leaves the object for
 * a guest. No money in gift mode, no gift in charity mode, no messages, no e-mail, first names only. (product-facts 4)
 */
export type PublicView = Readonly<{
  slug: string;
  childName: string;
  photoUrl: string;
  hostMessage: string | null;
  phase: Phase;
  /** `charity` hides the gift: everything from here on goes to the cause. */
  mode: "gift" | "charity";
  gift: GiftCard | null;
  charity: CharityCard | null;
  /** 0 to 100; null in charity mode, where there is no target any more. */
  percent: number | null;
  fullyFunded: boolean;
  acceptsContributions: boolean;
  /** ISO 8601. */
  deadline: string;
  daysLeft: number;
  /** First names of those who chipped in, newest first, at most eight; `null` is somebody who gave no name. */
  contributors: readonly (string | null)[];
  contributionCount: number;
}>;

/** Names by contribution id, as typed. */
export type ContributorNames = (contributionId: string) => string | null;

/** Null while there is nothing a guest may know about: unopened and draft boards look like no board at all. */
export function publicView(
  board: { state: BoardState; about: BoardAbout; nameOf: ContributorNames },
  now: Date,
): PublicView | null {
  const { state, about, nameOf } = board;
  if (!state.terms || state.status === "draft") return null;
  const { raised, contributionCount } = guestStanding(state);
  const funded = raised >= state.terms.goal;
  const phase = phaseOf(state, now);
  const turnsToCharity = state.terms.giftType === "takealot_product" && funded;
  return {
    slug: about.slug,
    childName: about.childName,
    photoUrl: about.childPhotoUrl,
    hostMessage: about.message,
    phase,
    mode: turnsToCharity ? "charity" : "gift",
    // A cancelled board that was funded must not show the gift again.
    gift: turnsToCharity || phase === "cancelled" ? null : giftCard(about),
    charity: turnsToCharity ? charityCard(about, raised, state.terms.goal, phase) : null,
    percent: turnsToCharity && phase === "open" ? null : percentOf(raised, state.terms.goal),
    fullyFunded: funded,
    acceptsContributions: acceptsContributions(state.status, state.deadline, now),
    deadline: state.deadline.toISOString(),
    daysLeft: daysLeft(state.deadline, now),
    contributors: state.newestContributors.filter((id) => !isGoingBack(state, id)).map((id) => firstName(nameOf(id))),
    contributionCount,
  };
}

/** `floor(raised × 100 / goal)`: 99 at most until the goal is really there, 100 from then on. */
export function percentOf(raised: Cents, goal: Cents): number {
  return Math.min(100, Math.floor((raised * 100) / goal));
}

/** "Sarah M." and "Sarah Mokoena" are both Sarah to other guests, and an address is not shown to them. */
export function firstName(typed: string | null): string | null {
  return typed?.trim().split(/[\s@]+/)[0] || null;
}

/** A finished board stands as it finished: late money is on its way back and changes nothing a guest sees. */
function guestStanding(state: BoardState): { raised: Cents; contributionCount: number } {
  if (state.closing) return state.closing;
  const isOver = state.status === "expired" || state.status === "cancelled";
  return isOver ? { raised: ZERO, contributionCount: 0 } : state;
}

function isGoingBack(state: BoardState, contributionId: string): boolean {
  const contribution = findContribution(state, contributionId);
  return contribution?.refunds.has(contribution.providerPaymentId ?? "") ?? false;
}

function phaseOf(state: BoardState, now: Date): Phase {
  const status: BoardStatus = state.status;
  if (status === "cancelled" || status === "expired") return status;
  if (status === "closed" || status === "paid_out") return "closed";
  return now < state.deadline ? "open" : "closed";
}

function giftCard({ gift }: BoardAbout): GiftCard {
  if (gift.type === "takealot_product") return { kind: "product", name: gift.productName, image: gift.productImage };
  const { causeName: name, causeImage: image, causeDescription: description, impactDescription: impact } = gift;
  return { kind: "cause", name, image, description, impact };
}

function charityCard({ overflowGift }: BoardAbout, pot: Cents, goal: Cents, phase: Phase): CharityCard | null {
  if (!overflowGift) return null;
  const { causeId, causeName: name, impactDescription: impact } = overflowGift;
  // Only what came in beyond the gift: the whole pot would give away the gift's price.
  const raised = phase === "open" ? cents(Math.max(0, pot - goal)) : null;
  return { causeId, name, impact, raised };
}

/** What the payer of one contribution may see, asked for with its unguessable reference. */
export type Receipt = Readonly<{
  reference: string;
  provider: PaymentProviderName;
  status: PaymentStatus;
  amount: Cents;
  contributorName: string | null;
  /** Why this money is on its way back, or already there; null when it stays. */
  refund: RefundCause | null;
  /** As far as this payment goes, the guest may (still, or again) be sent to the provider; the board may have closed. */
  payable: boolean;
  /** Which attempt a guest who is sent to the provider now makes, and until when its offer stands (ISO 8601). */
  attempt: number;
  offerExpiresAt: string | null;
}>;

export function receiptOf(state: BoardState, reference: string, nameOf: ContributorNames): Receipt | null {
  const contribution = state.contributions.get(reference);
  if (!contribution) return null;
  const { id, provider, status, amount, attempt, offerExpiresAt, refunds, providerPaymentId } = contribution;
  const contributorName = firstName(nameOf(id));
  const refund = refunds.get(providerPaymentId ?? "")?.cause ?? null;
  const payable = mayStartAgain(contribution);
  return { reference, provider, status, amount, contributorName, refund, payable, attempt, offerExpiresAt };
}
