import { wishText } from "#domain/share";

/** The board's page. None of these sentences holds an amount; none but those of `gift` names the gift. */
export const BOARD = {
  title: {
    wish: (child: string) => `${child}’s birthday wish`,
    giftFunded: (child: string) => `${child}’s gift is fully funded!`,
    wishFunded: (child: string) => `${child}’s wish is fully funded!`,
    closed: (child: string) => `${child}’s board has closed`,
    cancelled: (child: string) => `${child}’s board was cancelled`,
  },
  lede: {
    gift: (child: string) => `One dream gift, from everyone who loves ${child}.`,
    cause: (child: string) => `Instead of presents, ${child} is giving. Join in!`,
    causeFunded: "You did it together! You can still give: every bit more does more of the same good.",
    charity: (organisation: string) =>
      `You did it, together! From here on, every contribution goes to ${organisation}.`,
    closed: "Thank you to everyone who chipped in.",
    closedFunded: "Fully funded, thanks to everyone who chipped in. What a birthday!",
    closedEmpty: "This board has closed, so you can’t chip in any more. Thanks for visiting!",
    cancelled: "Everyone gets their full amount back, including our fee.",
  },
  /** For previews of the link. */
  preview: {
    gift: (gift: string) => `Friends and family are chipping in for one dream gift: ${gift}. Every bit helps.`,
    cause: (child: string, cause: string) => `Instead of presents, ${child} is giving: ${cause}. Chip in with us.`,
    charity: (organisation: string, impact: string) =>
      `The gift is fully funded! Everything from here on goes to ${organisation}. ${impact}.`,
  },
  /** In place of a gift without a name. */
  oneDreamGift: "one dream gift",
  kicker: {
    gift: "The dream gift",
    cause: "Giving instead of gifts",
    charity: "Now giving to",
    charityEnded: "And a good cause too",
  },
  progress: {
    label: "Progress",
    bar: "How far along the gift is",
    funded: "Fully funded!",
    first: "Be the first to chip in",
  },
  until: (day: string) => `until ${day}`,
  /** Back from the provider without having paid. */
  cancelled: {
    question: "Changed your mind?",
    answer: "No problem: you can chip in whenever you like.",
    nothingTaken: "No problem: nothing was taken, and you can chip in whenever you like.",
    ifPaid: "If you did pay, please don’t pay again: it shows here as soon as it is confirmed.",
  },
  callToAction: {
    gift: (child: string) => `Chip in for ${child}`,
    cause: (child: string) => `Give with ${child}`,
    charity: (organisation: string) => `Give to ${organisation}`,
  },
  /** What is bought with the money if the goal is missed, or that the charity gets it. */
  promise: {
    takealot: (child: string) =>
      `If the whole amount isn’t reached, ${child} still gets what came in, as a Takealot gift card.`,
    karri: (child: string) => `If the whole amount isn’t reached, ${child} still gets what came in, on a Karri card.`,
    cause: (organisation: string) => `If the whole amount isn’t reached, ${organisation} still gets what came in.`,
    charity: (organisation: string, child: string) => `What you give goes to ${organisation}, in ${child}’s name.`,
  },
  amountsAreSecret: "Other guests never see how much you give.",
  /** Where the money of a closed board goes. */
  outcome: {
    takealot: (child: string) => `What you gave goes to ${child} as a Takealot gift card.`,
    karri: (child: string) => `What you gave goes to ${child} on a Karri card.`,
    cause: (organisation: string, child: string) => `What you gave goes to ${organisation}, in ${child}’s name.`,
    beyond: (organisation: string) => `Everything beyond the gift goes to ${organisation}.`,
  },
  share: {
    heading: "Tell the family",
    button: "Share the link",
    gift: (child: string, gift: string) => wishText(child, { kind: "product", name: gift }),
    cause: (child: string, cause: string) => wishText(child, { kind: "cause", name: cause }),
    charity: (child: string, organisation: string) =>
      `${child}’s birthday gift is fully funded! Now we’re giving to ${organisation} together.`,
  },
};
