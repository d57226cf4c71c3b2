import type { MailContent } from "../content.ts";
import type { MailFacts } from "../facts.ts";
import { dayAndTime, giftName } from "./words.ts";

export function boardLive({ board }: MailFacts): MailContent {
  const { childName, url, partnerName } = board;
  return {
    subject: `${childName}'s dream board is live`,
    heading: `${childName}'s dream board is live!`,
    blocks: [
      { kind: "text", text: `${partnerName} opened it on ChipIn and named you as its host.` },
      { kind: "text", text: `Family and friends can now chip in for one special gift: ${giftName(board.gift)}.` },
      { kind: "text", text: "Share this link with everyone who would like to be part of it:" },
      { kind: "exact", text: url },
      { kind: "button", label: "See the board", url },
      { kind: "text", text: `The board stays open until ${dayAndTime(board.deadline)} (South African time).` },
      { kind: "text", text: "We will write to you whenever somebody chips in." },
      {
        kind: "exact",
        text: "You did not ask for this? Then you need not do anything, but please tell security@chipin.co.za.",
      },
    ],
  };
}
