import type { Gift } from "#domain/gift";
import { formatRand } from "#domain/money";
import { shownName } from "#domain/shown-name";
import { zoneFormat } from "#domain/time";
import type { BoardFacts } from "../facts.ts";
import { inert, withoutAddresses } from "../inert.ts";

const dayAndTimeFormat = zoneFormat("en-GB", {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** `Saturday 14 March 2026, 23:59`, in South African time. */
export function dayAndTime(at: Date): string {
  const parts = new Map(
    dayAndTimeFormat()
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const { weekday, day, month, year, hour, minute } = Object.fromEntries(parts);
  return `${weekday} ${day} ${month} ${year}, ${hour}:${minute}`;
}

const MAX_GIFT_NAME = 100;

/** Without addresses of pages, and cut where it is no name any more: a partner chose it, and the mail comes from us. */
export function giftName(gift: Gift): string {
  const name = withoutAddresses(gift.type === "takealot_product" ? gift.productName : gift.causeName);
  if (name.length <= MAX_GIFT_NAME) return name || "a surprise";
  return `${name.slice(0, MAX_GIFT_NAME).toWellFormed().trimEnd()}…`;
}

/** The cause that a donation of the board goes to. */
export function causeName({ overflowGift, gift }: Pick<BoardFacts, "overflowGift" | "gift">): string {
  return overflowGift?.causeName ?? giftName(gift);
}

/** The name of a guest for the host: the whole name they gave, unless it is hidden. */
export function guestName(name: string | null): string {
  return name?.trim() || "An anonymous guest";
}

/** For a subject line: the name as guests see it. What a mail program would make a link of is no name. */
export function guestFirstName(name: string | null): string {
  return guestName(inert(name ?? "") === name ? shownName(name) : null);
}

export function potSoFar({ payable, goal }: BoardFacts): string {
  return payable >= goal
    ? `The pot now holds ${formatRand(payable)}, which is all of the ${formatRand(goal)} you hoped for.`
    : `The pot now holds ${formatRand(payable)} of the ${formatRand(goal)} you hope for.`;
}
