import type { Gift, GiftType, OverflowGift, PayoutMethod } from "../gift.ts";
import { type Cents, cents } from "../money.ts";
import type { BoardAbout } from "./about.ts";
import type { PlannedPayout, Standing } from "./events.ts";
import type { BoardStatus } from "./lifecycle.ts";
import type { BoardState } from "./state.ts";

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
  raised: Cents;
  overflow: Cents;
  message: string | null;
  deadline: string;
  status: BoardStatus;
  displayMode: "gift" | "charity";
  contributionCount: number;
  createdAt: string;
  updatedAt: string;
  payouts: readonly PlannedPayout[];
}>;

/** `then` shows the board's standing as it was right after one event; without it, as it is. */
export function boardSnapshot(state: BoardState, about: BoardAbout, then?: Standing): BoardSnapshot | null {
  const { terms } = state;
  if (!terms) return null;
  const { status, raised, contributionCount } = then ?? state;
  // A finished board stays what it was: late money is on its way back.
  const funded = (then ? raised : (state.closing?.raised ?? raised)) >= terms.goal;
  return {
    id: terms.boardId,
    partnerId: terms.partnerId,
    hostId: terms.hostId,
    slug: about.slug,
    childName: about.childName,
    childPhotoUrl: about.childPhotoUrl,
    birthdayDate: about.birthdayDate,
    giftType: terms.giftType,
    gift: about.gift,
    overflowGift: about.overflowGift,
    payoutMethod: terms.payoutMethod,
    goal: terms.goal,
    raised,
    overflow: cents(Math.max(0, raised - terms.goal)),
    message: about.message,
    deadline: state.deadline.toISOString(),
    status,
    displayMode: terms.giftType === "takealot_product" && funded ? "charity" : "gift",
    contributionCount,
    createdAt: state.openedAt,
    updatedAt: state.updatedAt,
    payouts: state.closing?.payouts ?? [],
  };
}
