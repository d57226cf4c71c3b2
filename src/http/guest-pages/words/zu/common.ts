import { joined } from "#browser/words/zulu";
import { zoneDate, zoneTime } from "#domain/time";
import type { CommonWords } from "../words.ts";

// Not by Intl: the Workers runtime does not know isiZulu, and writes English.
const WEEKDAYS = ["iSonto", "uMsombuluko", "uLwesibili", "uLwesithathu", "uLwesine", "uLwesihlanu", "uMgqibelo"];
const MONTHS = [
  "Januwari",
  "Februwari",
  "Mashi",
  "Ephreli",
  "Meyi",
  "Juni",
  "Julayi",
  "Agasti",
  "Septhemba",
  "Okthoba",
  "Novemba",
  "Disemba",
];

function dayAndMonth(at: Date): string {
  const [, month, day] = zoneDate(at).split("-").map(Number);
  return `${day} ${MONTHS[(month ?? 1) - 1]}`;
}

export const COMMON: CommonWords = {
  day: (at) => `${WEEKDAYS[new Date(zoneDate(at)).getUTCDay()]} ${dayAndMonth(at)}`,
  instant: (at) => `${dayAndMonth(at)} ${zoneDate(at).slice(0, 4)}, ${zoneTime(at)}`,
  refundTime:
    "Amakhadi athatha izinsuku zokusebenza ezifika ku-\u206010, i-\u2060EFT ithatha ezi-\u20602 kuya kwezi-\u20603.",
  createYourOwn: "Yenza elakho ibhodi lephupho",
  backToBoardOf: (child) => `Buyela ebhodini ${joined("lika", child)}`,
  backToBoard: "Buyela ebhodini",
};
