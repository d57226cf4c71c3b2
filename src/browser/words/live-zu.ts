import type { LiveWords } from "./live-words.ts";
import { pluralOf } from "./plural.ts";
import { joined } from "./zulu.ts";

const plural = pluralOf("zu");

export const LIVE: LiveWords = {
  people: (count) =>
    plural(count, { one: "Umuntu oyedwa usefake isandla", other: `Abantu abangu-\u2060${count} sebefake isandla` }),
  days: (days) => plural(days, { one: "Usuku lokugcina", other: `Kusele izinsuku ezingu-\u2060${days}` }),
  raised: (amount) => `Sekuqoqwe okungenani u-\u2060${amount}`,
  firstToGive: "Yiba ngomunye wabokuqala ukunikela",
  justStarted: "Kusanda kuqala",
  way: { open: "yendlela isihanjiwe", ended: "yendlela" },
  anonymous: "Ongaziwa",
  more: (count) => plural(count, { one: "+ omunye", other: `+ abanye abangu-\u2060${count}` }),
  news: (name, percent) =>
    `${name ? joined("U", name) : "Othile"} ufake isandla.${percent ? ` ${percent}% yendlela isihanjiwe.` : ""}`,
  goalReached: "Umgomo ufinyelelwe!",
  linkCopied: "Isixhumanisi sikopishiwe",
  copyThisLink: "Kopisha lesi sixhumanisi",
};
