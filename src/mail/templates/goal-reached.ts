import { formatRand } from "#domain/money";
import type { MailContent } from "../content.ts";
import type { MailFacts } from "../facts.ts";
import { closingDay, giftName } from "./words.ts";

export function goalReached({ board }: MailFacts): MailContent {
  const { childName, gift, overflowGift, goal, url, manageUrl } = board;
  const open = `The board stays open until ${closingDay(board.deadline)}.`;
  const then = overflowGift
    ? `${open} Whatever comes in from here on goes to ${overflowGift.causeName}: ${overflowGift.impactDescription}.`
    : `${open} Whatever comes in from here on goes to the same good cause.`;
  return {
    subject: `${childName}’s gift is fully funded`,
    heading: "The goal is reached!",
    blocks: [
      { kind: "text", text: `Family and friends have given all of the ${formatRand(goal)} for ${giftName(gift)}.` },
      { kind: "text", text: then },
      {
        kind: "buttons",
        buttons: [
          { label: "Manage the board", url: manageUrl },
          { label: "See the board", url },
        ],
      },
    ],
  };
}
