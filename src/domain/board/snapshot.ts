import type { Gift, GiftType, OverflowGift, PayoutMethod } from "../gift.ts";
import { type Cents, cents } from "../money.ts";
import type { CopyProblems } from "../pictures.ts";
import type { BoardTotals, Payout } from "./events.ts";
import type { BoardStatus } from "./lifecycle.ts";
import { potOf, totalsAfter } from "./pot.ts";
import type { BoardProfile } from "./profile.ts";
import type { BoardState, BoardTerms } from "./state.ts";

/** A board as its owners see it (partner API, host, webhook payloads). Amounts in cents, instants ISO 8601. */
export type BoardSnapshot = Readonly<{
  id: string;
  partnerId: string;
  hostId: string;
  slug: string;
  childName: string;
  childPhotoUrl: string;
  birthdayDate: string;
  giftType: GiftType;
  gift: Gift;
  overflowGift: OverflowGift | null;
  payoutMethod: PayoutMethod;
  goal: Cents;
  /** Completed contributions, net of fees. */
  raised: Cents;
  /** `raised` without what is on its way back: what is paid out. */
  payable: Cents;
  overflow: Cents;
  message: string | null;
  deadline: string;
  status: BoardStatus;
  displayMode: "gift" | "charity";
  contributionCount: number;
  sandbox: boolean;
  createdAt: string;
  updatedAt: string;
  payouts: readonly Payout[];
  /** Where a picture is still at another host, and why. */
  copyProblems?: CopyProblems;
}>;

type ShownTerms = Omit<BoardTerms, "hostSince">;
type ShownProfile = Pick<
  BoardProfile,
  "slug" | "childName" | "childPhotoUrl" | "birthdayDate" | "gift" | "overflowGift" | "message"
>;

/** The board as its totals were right after an event, without its payouts. A function of what does not change and the event. */
export function snapshotAfter(terms: ShownTerms, profile: ShownProfile, after: BoardTotals): BoardSnapshot {
  const { counted, payable } = potOf(after);
  return {
    id: terms.boardId,
    partnerId: terms.partnerId,
    hostId: terms.hostId,
    slug: profile.slug,
    childName: profile.childName,
    childPhotoUrl: profile.childPhotoUrl,
    birthdayDate: profile.birthdayDate,
    giftType: terms.giftType,
    gift: profile.gift,
    overflowGift: profile.overflowGift,
    payoutMethod: terms.payoutMethod,
    goal: terms.goal,
    raised: counted,
    payable,
    overflow: cents(Math.max(0, counted - terms.goal)),
    message: profile.message,
    deadline: after.deadline,
    status: after.status,
    displayMode: terms.giftType === "takealot_product" && payable >= terms.goal ? "charity" : "gift",
    contributionCount: after.contributionCount,
    sandbox: terms.sandbox,
    createdAt: terms.openedAt,
    updatedAt: after.updatedAt,
    payouts: [],
  };
}

/** The board as it is. Null before it was opened. */
export function boardSnapshot(state: BoardState, profile: BoardProfile): BoardSnapshot | null {
  if (!state.terms) return null;
  const after = totalsAfter(state, new Date(state.updatedAt));
  const snapshot = snapshotAfter(state.terms, profile, after);
  const { copyProblems } = profile;
  return { ...snapshot, payouts: [...state.payouts.values()], ...(copyProblems && { copyProblems }) };
}
