import { formatRand } from "#domain/money";
import type { Block, MailContent } from "../content.ts";
import type { MailFacts } from "../facts.ts";
import { giftName } from "./words.ts";

export function boardClosed(facts: MailFacts): MailContent {
  const { childName, url } = facts.board;
  return {
    subject: `${childName}'s dream board has closed`,
    heading: `${childName}'s dream board has closed`,
    blocks: [
      ...(facts.payouts.length > 0 ? whatHappensNext(facts) : nothingRaised(childName)),
      { kind: "button", label: "See the board", url },
    ],
  };
}

function whatHappensNext(facts: MailFacts): Block[] {
  const { childName } = facts.board;
  return [
    {
      kind: "text",
      text: `Together, family and friends raised ${formatRand(facts.board.payable)} for ${childName}. Thank you!`,
    },
    { kind: "text", text: "What happens next:" },
    { kind: "list", items: facts.payouts.map((payout) => nextStep(payout, facts.board)) },
    { kind: "text", text: "You need not do anything." },
  ];
}

function nextStep({ type, net }: MailFacts["payouts"][number], board: MailFacts["board"]): string {
  switch (type) {
    case "takealot_gift_card":
      return `A Takealot gift card of ${formatRand(net)} goes to the payout e-mail address of the board.`;
    case "karri_card_topup":
      return `${formatRand(net)} is loaded onto the Karri card you named.`;
    case "philanthropy_donation":
      return `${formatRand(net)} is donated to ${board.overflowGift?.causeName ?? giftName(board.gift)}.`;
    default:
      return type satisfies never;
  }
}

function nothingRaised(childName: string): Block[] {
  return [{ kind: "text", text: `Nothing is in the pot for ${childName}, so there is nothing to pay out.` }];
}
