import { formatRand } from "#domain/money";
import type { Block, MailContent } from "../content.ts";
import type { BoardFacts, MailFacts, PayoutFacts } from "../facts.ts";
import { causeName } from "./words.ts";

export function boardClosed(facts: MailFacts): MailContent {
  const { childName, url, manageUrl } = facts.board;
  // Refunds have emptied the others.
  const toPay = facts.payouts.filter(({ gross }) => gross > 0);
  return {
    subject: `${childName}’s dream board has closed`,
    heading: `${childName}’s dream board has closed`,
    blocks: [
      ...(toPay.length > 0 ? whatHappensNext(facts.board, toPay) : nothingRaised(childName)),
      {
        kind: "buttons",
        buttons: [
          { label: "Follow the payout", url: `${manageUrl}/payout` },
          { label: "Money statement", url: `${manageUrl}/statement` },
          { label: "See the board", url },
        ],
      },
    ],
  };
}

function whatHappensNext(board: BoardFacts, payouts: readonly PayoutFacts[]): Block[] {
  const { childName, payable } = board;
  return [
    {
      kind: "text",
      text: `Your family and friends raised ${formatRand(payable)} for ${childName}!`,
    },
    { kind: "text", text: "What happens next:" },
    { kind: "list", items: payouts.map((payout) => nextStep(payout, board)) },
    { kind: "text", text: announced(payouts) },
    { kind: "text", text: "You don’t need to do anything." },
  ];
}

/** The mail `payout_sent`. */
function announced(payouts: readonly PayoutFacts[]): string {
  const sent = payouts.length === 1 ? "once it has been sent" : "once each has been sent";
  return `An e-mail to the payout e-mail address of the board follows ${sent}.`;
}

function nextStep({ type, net }: PayoutFacts, board: BoardFacts): string {
  switch (type) {
    case "takealot_gift_card":
      return `A Takealot gift card of ${formatRand(net)} will be e-mailed to the payout address of the board.`;
    case "karri_card_topup":
      return `${formatRand(net)} will be loaded onto the Karri card of the board.`;
    case "philanthropy_donation":
      return `${formatRand(net)} will be donated to ${causeName(board)}.`;
    default:
      return type satisfies never;
  }
}

function nothingRaised(childName: string): Block[] {
  return [{ kind: "text", text: `Nothing is in the pot for ${childName}, so there is nothing to pay out.` }];
}
