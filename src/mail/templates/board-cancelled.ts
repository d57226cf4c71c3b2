import type { MailContent } from "../content.ts";
import type { MailFacts } from "../facts.ts";

export function boardCancelled({ board: { childName, url } }: MailFacts): MailContent {
  return {
    subject: `${childName}'s dream board was cancelled`,
    heading: `${childName}'s dream board was cancelled`,
    blocks: [
      {
        kind: "text",
        text: "Everybody who chipped in gets the whole amount back, the ChipIn fee too, the way they paid. Their payment provider tells them when it is there; with some that takes a few days.",
      },
      { kind: "text", text: "You need not do anything." },
      { kind: "button", label: "See the board", url },
    ],
  };
}
