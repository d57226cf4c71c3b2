import type { MailContent } from "../content.ts";
import type { MailFacts } from "../facts.ts";

export function boardExpired({ board }: MailFacts): MailContent {
  const { childName, url } = board;
  return {
    subject: `${childName}'s dream board has come to its end`,
    heading: `${childName}'s dream board has come to its end`,
    blocks: [
      { kind: "text", text: "It has ended with nothing in its pot, so there is nothing to pay out." },
      { kind: "text", text: "You need not do anything." },
      { kind: "button", label: "Visit ChipIn", url: new URL(url).origin },
    ],
  };
}
