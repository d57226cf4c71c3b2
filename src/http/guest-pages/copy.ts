import type { PublicView } from "#domain/board/public-view";
import { isolated } from "#domain/isolate";
import { closingTime, lastMoment } from "#domain/time";
import type { Words } from "./words/words.ts";

/** Which sentence is said of a board, for more than one page. None holds an amount; none names a gift that is already funded. */

/** The child's name for one line with other words. */
export function childOf({ childName }: PublicView): string {
  return isolated(childName);
}

/** What the board is for, in a few words; a funded gift has become its charity. */
export function purposeOf(view: PublicView, { board }: Words): string {
  return isolated(view.charity?.name ?? view.gift?.name ?? board.oneDreamGift);
}

/** Who gets the contributions of this board when it is an organisation; null while they go to the child's gift. */
export function organisationOf({ charity, gift }: PublicView): string | null {
  if (charity) return isolated(charity.organisation);
  return gift?.kind === "cause" ? isolated(gift.organisation) : null;
}

/** Where a contribution goes, as the end of "R194 to …". */
export function destinationOf(view: PublicView, { form: { destination } }: Words): string {
  const organisation = organisationOf(view);
  return organisation === null ? destination.gift : destination.organisation(organisation);
}

/** What is bought with the money, and what if the goal is missed. */
export function promise(view: PublicView, words: Words): string {
  const child = childOf(view);
  const { promise: say } = words.board;
  if (view.charity) return say.charity(receiverOf(view, words), child);
  switch (view.payoutMethod) {
    case "takealot_gift_card":
      return say.takealot(child);
    case "karri_card_topup":
      return say.karri(child);
    case "philanthropy_donation":
      return say.cause(receiverOf(view, words));
    default:
      return view.payoutMethod satisfies never;
  }
}

/** Where the money of a closed board goes; null when it has none. */
export function outcome(view: PublicView, words: Words): string | null {
  if (view.phase !== "closed" || view.contributionCount === 0) return null;
  const child = childOf(view);
  const { outcome: say } = words.board;
  const rest = view.charity ? ` ${say.beyond(receiverOf(view, words))}` : "";
  switch (view.payoutMethod) {
    case "takealot_gift_card":
      return say.takealot(child) + rest;
    case "karri_card_topup":
      return say.karri(child) + rest;
    case "philanthropy_donation":
      return say.cause(receiverOf(view, words), child);
    default:
      return view.payoutMethod satisfies never;
  }
}

/** Who gets what is given to a cause. A board that shows neither charity nor cause does not say. */
export function receiverOf(view: PublicView, words: Words): string {
  return organisationOf(view) ?? purposeOf(view, words);
}

export function callToAction(view: PublicView, words: Words): string {
  const { callToAction: say } = words.board;
  if (view.charity) return say.charity(receiverOf(view, words));
  return view.gift?.kind === "cause" ? say.cause(childOf(view)) : say.gift(childOf(view));
}

export function headline(view: PublicView, { board: { title } }: Words): string {
  const child = childOf(view);
  if (view.phase === "cancelled") return title.cancelled(child);
  if (view.phase !== "open") return title.closed(child);
  if (!view.fullyFunded) return title.wish(child);
  return view.mode === "charity" ? title.giftFunded(child) : title.wishFunded(child);
}

export function lede(view: PublicView, { board, common }: Words): string {
  const { gift, charity, phase } = view;
  const { lede: say } = board;
  switch (phase) {
    case "cancelled":
      return `${say.cancelled} ${common.refundTime}`;
    case "expired":
      return say.closedEmpty;
    case "closed":
      if (view.contributionCount === 0) return say.closedEmpty;
      return view.fullyFunded ? say.closedFunded : say.closed;
    case "open":
      if (charity) return say.charity(isolated(charity.organisation));
      if (gift?.kind !== "cause") return say.gift(childOf(view));
      return view.fullyFunded ? say.causeFunded : say.cause(childOf(view));
    default:
      return phase satisfies never;
  }
}

/** For search engines' and messengers' previews, which keep what they once saw. */
export function description(view: PublicView, words: Words): string {
  const { gift, charity } = view;
  const { preview } = words.board;
  if (view.phase !== "open") return lede(view, words);
  if (charity) return preview.charity(isolated(charity.organisation), charity.impact);
  return gift?.kind === "cause"
    ? preview.cause(childOf(view), isolated(gift.name))
    : preview.gift(purposeOf(view, words));
}

/** What a guest sends on; the link follows it. */
export function shareText(view: PublicView, words: Words): string {
  const { gift, charity } = view;
  const { share } = words.board;
  if (charity) return share.charity(childOf(view), isolated(charity.organisation));
  return gift?.kind === "cause"
    ? share.cause(childOf(view), isolated(gift.name))
    : share.gift(childOf(view), purposeOf(view, words));
}

/** `Friday 18 December`, with the time unless the board is open to the end of that day. */
export function closingDay(deadline: string, { common }: Words): string {
  const at = new Date(deadline);
  const time = closingTime(at);
  const day = common.day(lastMoment(at));
  return time === null ? day : `${day}, ${time}`;
}
