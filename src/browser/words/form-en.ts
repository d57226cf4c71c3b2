import type { FormWords } from "./form-words.ts";

export const FORM: FormWords = {
  split: { charge: "You pay", fee: "ChipIn fee", net: (destination) => `Reaches ${destination}` },
  coverFee: (destination) => `Cover the fee too, so the full amount reaches ${destination}`,
  coverFeeOf: ({ fee, gift }, destination) => `Add ${fee} so that the full ${gift} reaches ${destination}`,
  pay: (amount) => `Pay ${amount}`,
  shownAs: (name) => `The board will show: ${name ?? "Anonymous"}`,
};
