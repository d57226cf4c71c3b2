import { cents, formatRand } from "#domain/money";
import type { Block, MailContent } from "../content.ts";
import type { ContributionFacts, MailFacts } from "../facts.ts";
import { guestFirstName, guestName, potSoFar } from "./words.ts";

const MAX_LISTED = 20;

/** A mail about one contribution, or about several in one. @throws RangeError without any. */
export function contributionReceived({ board, contributions }: MailFacts): MailContent {
  const [first, ...others] = contributions;
  if (!first) throw new RangeError("there is no contribution to write about");
  const { subject, heading, news, fee } = others.length === 0 ? one(first, board) : several(contributions, board);
  return {
    subject,
    heading,
    blocks: [
      ...news,
      { kind: "text", text: potSoFar(board) },
      {
        kind: "buttons",
        buttons: [
          { label: "See who chipped in", url: `${board.manageUrl}/contributors` },
          { label: "See the board", url: board.url },
        ],
      },
      { kind: "small", text: fee },
    ],
  };
}

type News = { subject: string; heading: string; news: Block[]; fee: string };

function one(contribution: ContributionFacts, { childName }: MailFacts["board"]): News {
  const { name, amount, fee } = contribution;
  const line = `${guestFirstName(name)} chipped in ${formatRand(amount)}`;
  return {
    subject: `${line} for ${childName}`,
    heading: `${line}!`,
    news: [
      ...messageOf(contribution),
      { kind: "text", text: `${guestName(name)} chipped in ${formatRand(amount)} for ${childName}.` },
    ],
    fee: feeLine(amount, fee),
  };
}

/** Every message is in it: it is what the family keeps. */
function several(contributions: readonly ContributionFacts[], { childName }: MailFacts["board"]): News {
  const count = contributions.length;
  const sumOf = (of: "amount" | "fee") => cents(contributions.reduce((sum, contribution) => sum + contribution[of], 0));
  const listed = contributions
    .slice(0, MAX_LISTED)
    .flatMap((contribution): Block[] => [
      { kind: "text", text: `${guestName(contribution.name)} chipped in ${formatRand(contribution.amount)}.` },
      ...messageOf(contribution),
    ]);
  const others = contributions.slice(MAX_LISTED).flatMap(messageOf);
  if (count > MAX_LISTED)
    listed.push({ kind: "text", text: `${count - MAX_LISTED} more people chipped in.` }, ...others);
  return {
    subject: `${count} new contributions for ${childName}`,
    heading: `${count} people chipped in for ${childName}!`,
    news: [{ kind: "text", text: `${formatRand(sumOf("amount"))} in all.` }, ...listed],
    fee: feeLine(sumOf("amount"), sumOf("fee")),
  };
}

function messageOf({ message }: ContributionFacts): Block[] {
  return message ? [{ kind: "quote", text: message }] : [];
}

function feeLine(amount: number, fee: number): string {
  return `${formatRand(cents(amount - fee))} goes to the gift after the ChipIn fee of ${formatRand(cents(fee))}.`;
}
