import type { MailContent } from "../content.ts";
import type { MailFacts } from "../facts.ts";
import { dayAndTime, giftName } from "./words.ts";

export function boardLive({ board }: MailFacts): MailContent {
  const { childName, url } = board;
  return {
    subject: `${childName}'s dream board is live`,
    heading: `${childName}'s dream board is live!`,
    blocks: [
      { kind: "text", text: `Family and friends can now chip in for one special gift: ${giftName(board.gift)}.` },
      { kind: "text", text: "Share this link with everyone who would like to be part of it:" },
      { kind: "text", text: url },
      { kind: "button", label: "See the board", url },
      { kind: "text", text: `The board stays open until ${dayAndTime(board.deadline)} (South African time).` },
      { kind: "text", text: "We will write to you whenever somebody chips in." },
    ],
  };
}
