import type { PublicView } from "#domain/board/public-view";
import { zoneFormat } from "#domain/time";

/** The sentences that more than one page needs. None holds an amount; none names a gift that is already funded. */

const dayFormat = zoneFormat("en-ZA", { weekday: "long", day: "numeric", month: "long" });

export function possessive(name: string): string {
  return `${name}’s`;
}

/** What the board is for, in a few words; a funded gift has become its charity. */
export function purposeOf(view: PublicView): string {
  return view.charity?.name ?? view.gift?.name ?? "one dream gift";
}

/** Where a contribution goes, as the end of "R194 to …". */
export function destinationOf(view: PublicView): string {
  if (view.charity) return view.charity.name;
  return view.gift?.kind === "cause" ? view.gift.name : "the gift";
}

export function callToAction(view: PublicView): string {
  if (view.charity) return `Give to ${view.charity.name}`;
  return view.gift?.kind === "cause" ? `Give with ${view.childName}` : `Chip in for ${view.childName}`;
}

export function headline(view: PublicView): string {
  const whose = possessive(view.childName);
  if (view.phase === "cancelled") return `${whose} board was cancelled`;
  if (view.phase !== "open") return `${whose} board has closed`;
  if (!view.fullyFunded) return `${whose} birthday wish`;
  return view.mode === "charity" ? `${whose} gift is fully funded!` : `${whose} wish is fully funded!`;
}

export function lede(view: PublicView): string {
  const { childName: name, gift, charity, phase } = view;
  switch (phase) {
    case "cancelled":
      return "Every contribution is being refunded in full. Your payment provider tells you when the money is back.";
    case "expired":
      return "The time to chip in has passed. Thank you for stopping by.";
    case "closed":
      if (view.contributionCount === 0) return "The time to chip in has passed. Thank you for stopping by.";
      return view.fullyFunded
        ? "Fully funded, thanks to everyone who chipped in. What a birthday!"
        : "Thank you to everyone who chipped in.";
    case "open":
      if (charity) return `You did it, together! From here on, every contribution goes to ${charity.name}.`;
      if (gift?.kind !== "cause") return `One dream gift, from everyone who loves ${name}.`;
      if (view.fullyFunded)
        return "You did it, together! It stays open: whatever comes in now does more of the same good.";
      return `Instead of presents, ${name} is giving. Join in!`;
    default:
      return phase satisfies never;
  }
}

/** For search engines' and messengers' previews, which keep what they once saw. */
export function description(view: PublicView): string {
  const { childName: name, gift, charity } = view;
  if (view.phase !== "open") return lede(view);
  if (charity) return `The gift is fully funded! Everything from here on goes to ${charity.name}. ${charity.impact}.`;
  if (gift?.kind === "cause") return `Instead of presents, ${name} is giving: ${gift.name}. Chip in with us.`;
  return `Friends and family are chipping in for one dream gift: ${purposeOf(view)}. Every bit helps.`;
}

/** What a guest sends on; the link follows it. */
export function shareText(view: PublicView): string {
  const { childName: name, gift, charity } = view;
  if (charity)
    return `${possessive(name)} birthday gift is fully funded! Now we’re giving to ${charity.name} together.`;
  if (gift?.kind === "cause")
    return `Instead of birthday presents, ${name} is giving: ${gift.name}. Let’s chip in together!`;
  return `${name} has one big birthday wish: ${purposeOf(view)}. Let’s make it happen together!`;
}

export function closingDay(deadline: string): string {
  return dayFormat().format(new Date(deadline));
}
