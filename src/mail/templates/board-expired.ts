import type { MailContent } from "../content.ts";
import type { MailFacts } from "../facts.ts";

export function boardExpired({ board }: MailFacts): MailContent {
  const { childName, url } = board;
  return {
    subject: `${childName}’s dream board has closed`,
    heading: `${childName}’s dream board has closed`,
    blocks: [
      { kind: "text", text: "No contributions came in, so there is nothing to pay out." },
      { kind: "text", text: "You don’t need to do anything." },
      { kind: "button", label: "Visit ChipIn", url: new URL(url).origin },
    ],
  };
}
