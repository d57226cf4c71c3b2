import type { MailContent } from "../content.ts";
import type { MailFacts } from "../facts.ts";
import { closingDay, potSoFar } from "./words.ts";

export function closingTomorrow({ board }: MailFacts): MailContent {
  const { childName, payable, deadline, url, manageUrl } = board;
  return {
    subject: `${childName}’s dream board closes soon`,
    heading: `${childName}’s dream board closes soon`,
    blocks: [
      { kind: "text", text: `It is open until ${closingDay(deadline)}.` },
      { kind: "text", text: payable > 0 ? potSoFar(board) : "There are no contributions yet." },
      { kind: "text", text: "Is someone still missing? Send them this link:" },
      { kind: "exact", text: url },
      { kind: "text", text: "Is one more week better? You can still extend it." },
      {
        kind: "buttons",
        buttons: [
          { label: "See the board", url },
          { label: "Extend it", url: `${manageUrl}/settings` },
        ],
      },
    ],
  };
}
