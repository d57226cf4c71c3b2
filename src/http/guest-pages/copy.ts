import type { PublicView } from "#domain/board/public-view";
import { isolated } from "#domain/isolate";
import { wishText } from "#domain/share";
import { closingTime, lastMoment, zoneFormat } from "#domain/time";

/** The sentences that more than one page needs. None holds an amount; none names a gift that is already funded. */

// Not en-ZA: it writes "06 December".
const receiptFormat = zoneFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const dayFormat = zoneFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });

/** How long money that was sent back is on its way. (operate.md, refunds) */
export const REFUND_TIME = "Cards take up to 10 working days, EFT 2 to 3.";

export function possessive(name: string): string {
  return `${name}’s`;
}

/** The child's name for one line with other words. */
export function childOf({ childName }: PublicView): string {
  return isolated(childName);
}

/** What the board is for, in a few words; a funded gift has become its charity. */
export function purposeOf(view: PublicView): string {
  return isolated(view.charity?.name ?? view.gift?.name ?? "one dream gift");
}

/** Where a contribution goes, as the end of "R194 to …". */
export function destinationOf(view: PublicView): string {
  if (view.charity) return isolated(view.charity.organisation);
  return view.gift?.kind === "cause" ? isolated(view.gift.organisation) : "the gift";
}

/** What is bought with the money, and what if the goal is missed. */
export function promise(view: PublicView): string {
  const child = childOf(view);
  if (view.charity) return `What you give goes to ${destinationOf(view)}, in ${possessive(child)} name.`;
  switch (view.payoutMethod) {
    case "takealot_gift_card":
      return `If the whole amount isn’t reached, ${child} still gets what came in, as a Takealot gift card.`;
    case "karri_card_topup":
      return `If the whole amount isn’t reached, ${child} still gets what came in, on a Karri card.`;
    case "philanthropy_donation":
      return `If the whole amount isn’t reached, ${destinationOf(view)} still gets what came in.`;
    default:
      return view.payoutMethod satisfies never;
  }
}

/** Where the money of a closed board goes; null when it has none. */
export function outcome(view: PublicView): string | null {
  if (view.phase !== "closed" || view.contributionCount === 0) return null;
  const child = childOf(view);
  const rest = view.charity ? ` Everything beyond the gift goes to ${destinationOf(view)}.` : "";
  switch (view.payoutMethod) {
    case "takealot_gift_card":
      return `What you gave goes to ${child} as a Takealot gift card.${rest}`;
    case "karri_card_topup":
      return `What you gave goes to ${child} on a Karri card.${rest}`;
    case "philanthropy_donation":
      return `What you gave goes to ${destinationOf(view)}, in ${possessive(child)} name.`;
    default:
      return view.payoutMethod satisfies never;
  }
}

export function callToAction(view: PublicView): string {
  if (view.charity) return `Give to ${destinationOf(view)}`;
  return view.gift?.kind === "cause" ? `Give with ${childOf(view)}` : `Chip in for ${childOf(view)}`;
}

export function headline(view: PublicView): string {
  const whose = possessive(childOf(view));
  if (view.phase === "cancelled") return `${whose} board was cancelled`;
  if (view.phase !== "open") return `${whose} board has closed`;
  if (!view.fullyFunded) return `${whose} birthday wish`;
  return view.mode === "charity" ? `${whose} gift is fully funded!` : `${whose} wish is fully funded!`;
}

export function lede(view: PublicView): string {
  const { gift, charity, phase } = view;
  const name = childOf(view);
  switch (phase) {
    case "cancelled":
      return `Everyone gets their full amount back, including our fee. ${REFUND_TIME}`;
    case "expired":
      return "This board has closed, so you can’t chip in any more. Thanks for visiting!";
    case "closed":
      if (view.contributionCount === 0)
        return "This board has closed, so you can’t chip in any more. Thanks for visiting!";
      return view.fullyFunded
        ? "Fully funded, thanks to everyone who chipped in. What a birthday!"
        : "Thank you to everyone who chipped in.";
    case "open":
      if (charity)
        return `You did it, together! From here on, every contribution goes to ${isolated(charity.organisation)}.`;
      if (gift?.kind !== "cause") return `One dream gift, from everyone who loves ${name}.`;
      if (view.fullyFunded)
        return "You did it together! You can still give: every bit more does more of the same good.";
      return `Instead of presents, ${name} is giving. Join in!`;
    default:
      return phase satisfies never;
  }
}

/** For search engines' and messengers' previews, which keep what they once saw. */
export function description(view: PublicView): string {
  const { gift, charity } = view;
  const name = childOf(view);
  if (view.phase !== "open") return lede(view);
  if (charity)
    return `The gift is fully funded! Everything from here on goes to ${isolated(charity.organisation)}. ${charity.impact}.`;
  if (gift?.kind === "cause") return `Instead of presents, ${name} is giving: ${isolated(gift.name)}. Chip in with us.`;
  return `Friends and family are chipping in for one dream gift: ${purposeOf(view)}. Every bit helps.`;
}

/** What a guest sends on; the link follows it. */
export function shareText(view: PublicView): string {
  const { gift, charity } = view;
  const name = childOf(view);
  if (charity)
    return `${possessive(name)} birthday gift is fully funded! Now we’re giving to ${isolated(charity.organisation)} together.`;
  return wishText(
    name,
    gift ? { kind: gift.kind, name: isolated(gift.name) } : { kind: "product", name: purposeOf(view) },
  );
}

/** `Friday 18 December`, with the time unless the board is open to the end of that day. */
export function closingDay(deadline: string): string {
  const at = new Date(deadline);
  const time = closingTime(at);
  const day = dayFormat().format(lastMoment(at)).replace(",", "");
  return time === null ? day : `${day}, ${time}`;
}

/** `28 Nov 2026, 18:05` in South African time, of an instant in ISO 8601. */
export function receiptTime(at: string): string {
  return receiptFormat().format(new Date(at));
}
