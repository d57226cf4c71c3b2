import type { FormWords } from "./form-words.ts";

export const FORM: FormWords = {
  limits: (minimum, maximum) => `Van ${minimum} tot ${maximum} op ’n slag.`,
  split: ({ charge, net, fee }, destination) => `${charge} vandag: ${net} na ${destination}, ${fee} ChipIn-fooi.`,
  coverFee: (destination) => `Betaal ook die fooi, sodat die volle bedrag by ${destination} uitkom`,
  coverFeeOf: ({ fee, gift }, destination) => `Voeg ${fee} by sodat die volle ${gift} by ${destination} uitkom`,
  pay: (amount) => `Betaal ${amount}`,
};
