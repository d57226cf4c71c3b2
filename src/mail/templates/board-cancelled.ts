import type { MailContent } from "../content.ts";
import type { MailFacts } from "../facts.ts";

export function boardCancelled({ board: { childName, url } }: MailFacts): MailContent {
  return {
    subject: `${childName}’s dream board was cancelled`,
    heading: `${childName}’s dream board was cancelled`,
    blocks: [
      {
        kind: "text",
        text: "Everyone who chipped in will get their full amount back, including our fee, to the card or account they paid from. This can take up to 10 working days.",
      },
      { kind: "text", text: "You don’t need to do anything." },
      { kind: "button", label: "See the board", url },
    ],
  };
}
