import type { LiveWords } from "./live-words.ts";
import { pluralOf } from "./plural.ts";

const plural = pluralOf("en");

export const LIVE: LiveWords = {
  people: (count) => plural(count, { one: "1 person has chipped in", other: `${count} people have chipped in` }),
  days: (days) => plural(days, { one: "Last day", other: `${days} days left` }),
  raised: (amount) => `At least ${amount} raised so far`,
  firstToGive: "Be one of the first to give",
  justStarted: "Just started",
  way: { open: "of the way there", ended: "of the way" },
  anonymous: "Anonymous",
  more: (count) => `+ ${count} more`,
  news: (name, percent) => `${name ?? "Someone"} chipped in.${percent ? ` ${percent}% of the way there.` : ""}`,
  goalReached: "The goal is reached!",
  linkCopied: "Link copied",
  copyThisLink: "Copy this link",
};
