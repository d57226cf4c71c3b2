import type { LiveWords } from "./live-words.ts";
import { pluralOf } from "./plural.ts";

const plural = pluralOf("af");

export const LIVE: LiveWords = {
  people: (count) => plural(count, { one: "1 mens het bygedra", other: `${count} mense het bygedra` }),
  days: (days) => plural(days, { one: "Laaste dag", other: `Nog ${days} dae` }),
  raised: (amount) => `Al minstens ${amount} ingesamel`,
  firstToGive: "Wees een van die eerstes om te gee",
  justStarted: "Pas begin",
  way: { open: "van die pad agter die rug", ended: "van die pad" },
  anonymous: "Anoniem",
  more: (count) => `+ nog ${count}`,
  news: (name, percent) =>
    `${name ?? "Iemand"} het bygedra.${percent ? ` ${percent}% van die pad is agter die rug.` : ""}`,
  goalReached: "Die doelwit is bereik!",
  linkCopied: "Skakel gekopieer",
  copyThisLink: "Kopieer hierdie skakel",
};
