import { zoneFormat, zoneTime } from "#domain/time";
import type { CommonWords } from "../words.ts";

const dayFormat = zoneFormat("af-ZA", { weekday: "long", day: "numeric", month: "long" });
const dateFormat = zoneFormat("af-ZA", { day: "numeric", month: "short", year: "numeric" });

export const COMMON: CommonWords = {
  day: (at) => dayFormat().format(at),
  instant: (at) => `${dateFormat().format(at)}, ${zoneTime(at)}`,
  refundTime: "Kaarte neem tot 10 werksdae, EFT 2 tot 3.",
  createYourOwn: "Maak jou eie droombord",
  backToBoardOf: (child) => `Terug na ${child} se bord`,
  backToBoard: "Terug na die bord",
};
