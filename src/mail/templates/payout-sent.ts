import { formatRand } from "#domain/money";
import type { Block, MailContent } from "../content.ts";
import type { BoardFacts, PayoutFacts } from "../facts.ts";
import { causeName, giftName } from "./words.ts";

/** `giftCard`: its code, when we have it. It is in the body only, never in the subject. (product-facts 7) */
export type SentPayout = Pick<PayoutFacts, "type" | "net" | "externalRef"> &
  Readonly<{ giftCard: Readonly<{ code: string; url: string | null }> | null }>;

const REASON = "You get this e-mail because a dream board on ChipIn pays out to this address.";

export function payoutSent(board: BoardFacts, payout: SentPayout): MailContent {
  return {
    ...contentOf(board, payout),
    reason: REASON,
  };
}

function contentOf(board: BoardFacts, payout: SentPayout): MailContent {
  const { childName, gift } = board;
  const amount = formatRand(payout.net);
  const seeBoard: Block = { kind: "button", label: "See the board", url: board.url };
  switch (payout.type) {
    case "takealot_gift_card":
      return {
        subject: `A Takealot gift card of ${amount} for ${childName}`,
        heading: `The gift card for ${childName}`,
        blocks: [
          { kind: "text", text: `Family and friends give ${childName} a Takealot gift card of ${amount}.` },
          { kind: "text", text: `It is for: ${giftName(gift)}.` },
          ...howItComes(payout),
          seeBoard,
        ],
      };
    case "karri_card_topup":
      return {
        subject: `${amount} is on the Karri card for ${childName}`,
        heading: `The gift for ${childName} is on the Karri card`,
        blocks: [
          { kind: "text", text: `${amount} from family and friends was loaded onto the Karri card you named.` },
          { kind: "text", text: `It is for: ${giftName(gift)}.` },
          seeBoard,
        ],
      };
    case "philanthropy_donation": {
      const cause = causeName(board);
      return {
        subject: `${amount} was donated to ${cause} for ${childName}`,
        heading: "The donation was made",
        blocks: [
          {
            kind: "text",
            text: `Family and friends gave ${amount} to ${cause} through ${childName}’s dream board. Thank you!`,
          },
          seeBoard,
        ],
      };
    }
    default:
      return payout.type satisfies never;
  }
}

function howItComes({ externalRef, giftCard }: SentPayout): Block[] {
  const order: Block[] = externalRef ? [{ kind: "text", text: `Order number: ${externalRef}.` }] : [];
  if (!giftCard) {
    return [{ kind: "text", text: "The gift card comes from Takealot in an e-mail of its own." }, ...order];
  }
  const { code, url } = giftCard;
  return [
    { kind: "text", text: "Its code:" },
    { kind: "exact", text: code },
    ...(url ? [{ kind: "button", label: "Open the gift card", url } as const] : []),
    { kind: "text", text: "Whoever has the code can spend it, so please keep this e-mail to yourself." },
    ...order,
  ];
}
