import { cents, formatRand } from "#domain/money";
import type { Block, MailContent } from "../content.ts";
import type { ContributionFacts, MailFacts } from "../facts.ts";
import { guestFirstName, guestName, potSoFar } from "./words.ts";

const MAX_LISTED = 20;

/** A mail about one contribution, or a digest of several. @throws RangeError without any. */
export function contributionReceived({ board, contributions }: MailFacts): MailContent {
  const [first, ...others] = contributions;
  if (!first) throw new RangeError("there is no contribution to write about");
  const { subject, heading, told } = others.length === 0 ? one(first, board) : several(contributions, board);
  return {
    subject,
    heading,
    blocks: [
      ...told,
      { kind: "text", text: potSoFar(board) },
      { kind: "button", label: "See the board", url: board.url },
    ],
  };
}

type Told = { subject: string; heading: string; told: Block[] };

function one({ name, message, amount, fee }: ContributionFacts, { childName }: MailFacts["board"]): Told {
  const who = guestName(name);
  const given = formatRand(amount);
  const split = `${formatRand(cents(amount - fee))} goes into the pot after the ChipIn fee of ${formatRand(fee)}.`;
  const told: Block[] = [{ kind: "text", text: `${who} chipped in ${given} for ${childName}. ${split}` }];
  if (message) told.push({ kind: "text", text: "They wrote:" }, { kind: "quote", text: message });
  return {
    subject: `${guestFirstName(name)} chipped in ${given} for ${childName}`,
    heading: `A new contribution for ${childName}`,
    told,
  };
}

function several(contributions: readonly ContributionFacts[], { childName }: MailFacts["board"]): Told {
  const count = contributions.length;
  const total = cents(contributions.reduce((sum, { amount }) => sum + amount, 0));
  const items = contributions
    .slice(0, MAX_LISTED)
    .map(({ name, amount }) => `${guestName(name)}: ${formatRand(amount)}`);
  if (count > MAX_LISTED) items.push(`and ${count - MAX_LISTED} more`);
  const summary = `${childName}'s board is busy, so here is the last hour in one e-mail: ${formatRand(total)} in all.`;
  return {
    subject: `${count} new contributions for ${childName}`,
    heading: `${count} new contributions for ${childName}`,
    told: [
      { kind: "text", text: summary },
      { kind: "list", items },
    ],
  };
}
