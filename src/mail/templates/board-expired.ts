import type { MailContent } from "../content.ts";
import type { MailFacts } from "../facts.ts";
import { dayAndTime } from "./words.ts";

export function boardExpired({ board }: MailFacts): MailContent {
  const { childName, deadline, url } = board;
  return {
    subject: `${childName}'s dream board has come to its end`,
    heading: `${childName}'s dream board has come to its end`,
    blocks: [
      {
        kind: "text",
        text: `It was open until ${dayAndTime(deadline)} (South African time). No contributions came in.`,
      },
      {
        kind: "text",
        text: "Nobody was charged and you need not do anything. A new board can be started at any time.",
      },
      { kind: "button", label: "Visit ChipIn", url: new URL(url).origin },
    ],
  };
}
