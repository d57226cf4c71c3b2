import type { FormWords } from "./form-words.ts";

export const FORM: FormWords = {
  split: { charge: "Jy betaal", fee: "ChipIn-fooi", net: (destination) => `Kom by ${destination} uit` },
  coverFee: (destination) => `Betaal ook die fooi, sodat die volle bedrag by ${destination} uitkom`,
  coverFeeOf: ({ fee, gift }, destination) => `Voeg ${fee} by sodat die volle ${gift} by ${destination} uitkom`,
  pay: (amount) => `Betaal ${amount}`,
  shownAs: (name) => `Die bord sal wys: ${name ?? "Anoniem"}`,
};
