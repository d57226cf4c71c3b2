import type { LiveWords } from "./live-words.ts";
import { pluralOf } from "./plural.ts";
import { joined } from "./zulu.ts";

const plural = pluralOf("zu");

export const LIVE: LiveWords = {
  people: (count) =>
    plural(count, { one: "Umuntu oyedwa usefake isandla", other: `Abantu abangu-${count} sebefake isandla` }),
  days: (days) => plural(days, { one: "Usuku lokugcina", other: `Kusele izinsuku ezingu-${days}` }),
  raised: (amount) => `Sekuqoqwe okungenani u-${amount}`,
  firstToGive: "Yiba ngomunye wabokuqala ukunikela",
  justStarted: "Kusanda kuqala",
  way: { open: "yendlela isihanjiwe", ended: "yendlela" },
  anonymous: "Ongaziwa",
  more: (count) => plural(count, { one: "+ omunye", other: `+ abanye abangu-${count}` }),
  news: (name, percent) =>
    `${name ? joined("U", name) : "Othile"} ufake isandla.${percent ? ` ${percent}% yendlela isihanjiwe.` : ""}`,
  goalReached: "Umgomo ufinyelelwe!",
  linkCopied: "Isixhumanisi sikopishiwe",
  copyThisLink: "Kopisha lesi sixhumanisi",
};
