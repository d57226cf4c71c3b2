import type { FormWords } from "./form-words.ts";

export const FORM: FormWords = {
  limits: (minimum, maximum) => `From ${minimum} to ${maximum} at a time.`,
  split: ({ charge, net, fee }, destination) => `${charge} today: ${net} to ${destination}, ${fee} ChipIn fee.`,
  coverFee: (destination) => `Cover the fee too, so the full amount reaches ${destination}`,
  coverFeeOf: ({ fee, gift }, destination) => `Add ${fee} so that the full ${gift} reaches ${destination}`,
  pay: (amount) => `Pay ${amount}`,
};
