import { joined } from "#browser/words/zulu";
import { zoneFormat, zoneTime } from "#domain/time";
import type { CommonWords } from "../words.ts";

const weekdayFormat = zoneFormat("zu-ZA", { weekday: "long" });
const monthFormat = zoneFormat("zu-ZA", { month: "long" });
const dateFormat = zoneFormat("en-ZA", { day: "numeric", year: "numeric" });

/** The year and the day of the month, as they are written in every language. */
function numbersOf(at: Date): { day: number; year: string } {
  const parts = dateFormat().formatToParts(at);
  const part = (name: string) => parts.find(({ type }) => type === name)?.value ?? "";
  return { day: Number(part("day")), year: part("year") };
}

export const COMMON: CommonWords = {
  // Intl writes the month before the day, and the name of the day as at the beginning of a sentence.
  day: (at) => {
    const weekday = weekdayFormat().format(at);
    return `${weekday.charAt(0).toLowerCase()}${weekday.slice(1)} ${numbersOf(at).day} ${monthFormat().format(at)}`;
  },
  instant: (at) => `${numbersOf(at).day} ${monthFormat().format(at)} ${numbersOf(at).year}, ${zoneTime(at)}`,
  refundTime: "Amakhadi athatha izinsuku zokusebenza ezifika ku-10, i-EFT ithatha ezi-2 kuya kwezi-3.",
  seeHowItWorks: "Bona ukuthi i-ChipIn isebenza kanjani",
  backToBoardOf: (child) => `Buyela ebhodini ${joined("lika", child)}`,
  backToBoard: "Buyela ebhodini",
};
