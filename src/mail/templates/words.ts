import type { Gift } from "#domain/gift";
import { isolated } from "#domain/isolate";
import { formatRand } from "#domain/money";
import { shownName } from "#domain/shown-name";
import { closingTime, lastMoment, zoneFormat, zoneTime } from "#domain/time";
import type { BoardFacts } from "../facts.ts";
import { inert, withoutAddresses } from "../inert.ts";

const dayFormat = zoneFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** `Saturday 14 March 2026`, or `Saturday 14 March 2026, 18:00 (South African time)` when it ends before the day does. */
export function closingDay(deadline: Date): string {
  const time = closingTime(deadline);
  const day = dayFormat().format(lastMoment(deadline)).replace(",", "");
  return time === null ? day : `${day}, ${time} (South African time)`;
}

/** `Saturday 14 March 2026, 23:59`, in South African time: an instant, and no deadline. */
export function dayAndTime(at: Date): string {
  return `${dayFormat().format(at).replace(",", "")}, ${zoneTime(at)}`;
}

const MAX_GIFT_NAME = 100;

/** Without addresses of pages, and cut where it is no name any more: a partner chose it, and the mail comes from us. */
export function giftName(gift: Gift): string {
  const name = isolated(withoutAddresses(gift.type === "takealot_product" ? gift.productName : gift.causeName));
  if (name.length <= MAX_GIFT_NAME) return name || "a surprise";
  return `${name.slice(0, MAX_GIFT_NAME).toWellFormed().trimEnd()}…`;
}

/** The cause that a donation of the board goes to. */
export function causeName({ overflowGift, gift }: Pick<BoardFacts, "overflowGift" | "gift">): string {
  return overflowGift?.causeName ?? giftName(gift);
}

/** The name of a guest for the host: the whole name they gave, unless it is hidden. */
export function guestName(name: string | null): string {
  return isolated(name?.trim() ?? "") || NAMELESS;
}

/** For a subject line: the name as guests see it. What a mail program would make a link of is no name. */
export function guestFirstName(name: string | null): string {
  return guestName(inert(name ?? "") === name ? shownName(name) : null);
}

const NAMELESS = "Someone";

export function potSoFar({ payable, goal }: BoardFacts): string {
  return payable >= goal
    ? `The goal is reached: ${formatRand(payable)} of ${formatRand(goal)} raised so far.`
    : `${formatRand(payable)} of ${formatRand(goal)} raised so far.`;
}
