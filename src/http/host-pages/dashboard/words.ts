import type { HoldReason, PaymentWay, PayoutStatus } from "#domain/board/lifecycle";
import type { StatementExtra, StatementState } from "#domain/board/money-statement";
import type { PublicView } from "#domain/board/public-view";
import type { BoardSnapshot } from "#domain/board/snapshot";
import type { PayoutMethod } from "#domain/gift";
import { isolated } from "#domain/isolate";
import { type Cents, formatRand } from "#domain/money";
import { closingTime, daysLeft, lastMoment, zoneFormat } from "#domain/time";

/** The sentences of the hosts' pages. Amounts are exact here: the pages are the host's alone. */

// Not en-ZA: it writes "06 December".
const dayFormat = zoneFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const momentFormat = zoneFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** `Friday 18 December`, with the time unless it ends with that day. `deadline`: ISO 8601. */
export function closingDay(deadline: string): string {
  const at = new Date(deadline);
  const time = closingTime(at);
  const day = dayFormat().format(lastMoment(at)).replace(",", "");
  return time === null ? day : `${day}, ${time}`;
}

/** `28 Nov 2026, 18:05` in South African time, of an instant in ISO 8601. */
export function moment(at: string): string {
  return momentFormat().format(new Date(at));
}

export function boardOf({ childName }: Pick<BoardSnapshot, "childName">): string {
  return `${isolated(childName)}’s board`;
}

/** Rounded down; 99 at most before the goal is reached. (product-facts 4) */
export function percentOfGoal({ payable, goal }: Pick<BoardSnapshot, "payable" | "goal">): number {
  return payable >= goal ? 100 : Math.min(99, Math.floor((payable * 100) / goal));
}

type Status = Readonly<{ text: string; look: "fresh" | "warm" | "grey" }>;

/** How the board stands, for its host. A board whose deadline has passed closes within minutes. */
export function statusOf(board: Pick<BoardSnapshot, "status" | "deadline" | "payouts">, now: Date): Status {
  const isDue = now >= new Date(board.deadline);
  switch (board.status) {
    case "draft":
      return { text: "Not open yet", look: "grey" };
    case "active":
      return isDue ? { text: "Closing", look: "warm" } : { text: "Open", look: "fresh" };
    case "funded":
      return isDue ? { text: "Closing", look: "warm" } : { text: "Goal reached, still open", look: "fresh" };
    case "closed":
      return { text: "Closed", look: "warm" };
    case "paid_out":
      return { text: "Paid out", look: "grey" };
    case "expired":
      return { text: "Ended without contributions", look: "grey" };
    case "cancelled":
      return { text: "Cancelled", look: "grey" };
    default:
      return board.status satisfies never;
  }
}

export function isOpen({ status }: Pick<BoardSnapshot, "status">): boolean {
  return status === "active" || status === "funded";
}

/** Whether there is, or may be, a payout. */
export function mayPayOut({ status }: Pick<BoardSnapshot, "status">): boolean {
  return isOpen({ status }) || status === "closed" || status === "paid_out";
}

export function daysLine({ deadline }: Pick<BoardSnapshot, "deadline">, now: Date): string {
  const days = daysLeft(new Date(deadline), now);
  if (days === 0) return "None";
  return days === 1 ? "Last day" : `${days} days`;
}

export function counted(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}

export function contributionsLine(count: number): string {
  return counted(count, "contribution", "contributions");
}

/** A contributor's name as typed. */
export function nameOf(name: string | null): string {
  return isolated(name?.trim() ?? "") || "Anonymous";
}

/** How a guest paid. */
export const METHODS: Record<PaymentWay, string> = {
  payfast: "Card",
  ozow: "EFT",
  snapscan: "SnapScan",
  sandbox: "Test payment",
};

export const STATES: Record<StatementState, string> = {
  in_pot: "In the pot",
  returning: "On its way back",
  refunded: "Sent back",
};

export const EXTRAS: Record<StatementExtra["why"], string> = {
  paid_again: "Paid a second time",
  wrong_amount: "Another amount than agreed",
};

export const EXTRA_STATES: Record<StatementExtra["state"], string> = {
  waiting: "ChipIn is looking at it",
  returning: "On its way back",
  refunded: "Sent back",
};

export const PAYOUT_TYPES: Record<PayoutMethod, string> = {
  takealot_gift_card: "Takealot gift card",
  karri_card_topup: "Karri card",
  philanthropy_donation: "Donation",
};

/** Where a payout goes, as the end of "R2,499 as a …". */
export function destinationOf(type: PayoutMethod, board: Pick<BoardSnapshot, "overflowGift" | "gift">): string {
  switch (type) {
    case "takealot_gift_card":
      return "as a Takealot gift card";
    case "karri_card_topup":
      return "onto your Karri card";
    case "philanthropy_donation":
      return `to ${isolated(causeOf(board))}`;
    default:
      return type satisfies never;
  }
}

export function causeOf({ overflowGift, gift }: Pick<BoardSnapshot, "overflowGift" | "gift">): string {
  return overflowGift?.causeName ?? (gift.type === "philanthropy" ? gift.causeName : "charity");
}

export function giftOf({ gift }: Pick<BoardSnapshot, "gift">): string {
  return isolated(gift.type === "philanthropy" ? gift.causeName : gift.productName);
}

export const PAYOUT_STATES: Record<PayoutStatus, Readonly<{ text: string; look: Status["look"]; next: string }>> = {
  pending: {
    text: "Not paid yet",
    look: "warm",
    next: "We pay it within a few working days, and write to you once it is done.",
  },
  processing: { text: "Being paid", look: "warm", next: "It is on its way. We write to you once it is done." },
  completed: { text: "Paid", look: "fresh", next: "" },
  failed: {
    text: "Delayed",
    look: "grey",
    next: "It did not go through. We are looking into it, and try again or write to you.",
  },
};

/** Why the payouts wait, in words that accuse no contributor. */
export const HOLDS: Record<HoldReason, string> = {
  unexpected_country: "A contribution came from an unusual place. We check it first.",
  new_board_spike: "A lot came in within the board’s first day. We check such boards before we pay them out.",
  new_host: "Your account is new and the pot is large. We check the first large payout of each account.",
  amount_mismatch: "A payment arrived with another amount than agreed. We clear that up first.",
  refund_returned: "A refund came back from the bank. We clear that up first.",
  refund_reversed: "A payment was sent back and then reported as paid again. We clear that up first.",
  person: "A person at ChipIn is looking at this board.",
};

/** How long a refund takes. (operate.md, refunds) */
export const REFUND_TIME = "Card payments take up to 10 working days, bank payments 2 to 3.";

/** `R1,940`, of the sum and how many there are: `R1,940 from 12 contributions`. */
export function amountFrom({ count, amount }: Readonly<{ count: number; amount: Cents }>): string {
  return `${formatRand(amount)} from ${contributionsLine(count)}`;
}

/** What guests see at the top of their page, for the preview. */
export function previewTitle(view: PublicView): string {
  const child = isolated(view.childName);
  if (view.phase === "cancelled") return `${child}’s board was cancelled`;
  if (view.phase !== "open") return `${child}’s board has closed`;
  return view.fullyFunded ? `${child}’s gift is fully funded!` : `${child}’s birthday wish`;
}
