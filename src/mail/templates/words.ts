import type { Gift } from "#domain/gift";
import { formatRand } from "#domain/money";
import { zoneFormat } from "#domain/time";
import type { BoardFacts } from "../facts.ts";

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

export function giftName(gift: Gift): string {
  return gift.type === "takealot_product" ? gift.productName : gift.causeName;
}

/** The cause that a donation of the board goes to. */
export function causeName({ overflowGift, gift }: Pick<BoardFacts, "overflowGift" | "gift">): string {
  return overflowGift?.causeName ?? giftName(gift);
}

/** The name of a guest for the host: the whole name they gave, unless it is hidden. */
export function guestName(name: string | null): string {
  return name?.trim() || "An anonymous guest";
}

export function potSoFar({ payable, goal }: BoardFacts): string {
  return payable >= goal
    ? `The pot now holds ${formatRand(payable)}, which is all of the ${formatRand(goal)} you hoped for.`
    : `The pot now holds ${formatRand(payable)} of the ${formatRand(goal)} you hope for.`;
}
