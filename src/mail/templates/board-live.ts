import { SECURITY_ADDRESS } from "#domain/addresses";
import { whatsAppLink, wishText } from "#domain/share";
import type { MailContent } from "../content.ts";
import type { MailFacts } from "../facts.ts";
import { inert } from "../inert.ts";
import { closingDay, giftName } from "./words.ts";

export function boardLive({ board }: MailFacts): MailContent {
  const { childName, url, partnerName } = board;
  const kind = board.gift.type === "takealot_product" ? "product" : "cause";
  const gift = { kind, name: giftName(board.gift) } as const;
  return {
    subject: `${childName}’s dream board is live`,
    heading: `${childName}’s dream board is live!`,
    blocks: [
      ...(partnerName === null
        ? []
        : [{ kind: "text" as const, text: `${partnerName} opened it on ChipIn and named you as its host.` }]),
      { kind: "text", text: `Family and friends can now chip in for one special gift: ${gift.name}.` },
      { kind: "text", text: "Share this link with everyone who would like to be part of it:" },
      { kind: "exact", text: url },
      {
        kind: "buttons",
        buttons: [
          { label: "Share on WhatsApp", url: whatsAppLink(`${inert(wishText(childName, gift))} ${url}`) },
          { label: "See the board", url },
        ],
      },
      { kind: "text", text: `The board stays open until ${closingDay(board.deadline)}.` },
      { kind: "text", text: "We’ll write to you whenever someone chips in." },
      {
        kind: "exact",
        text: `You didn’t ask for this? Then you don’t need to do anything, but please tell ${SECURITY_ADDRESS}.`,
      },
    ],
  };
}
