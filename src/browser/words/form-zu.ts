import type { FormWords } from "./form-words.ts";

export const FORM: FormWords = {
  split: { charge: "Ukhokha", fee: "Inkokhelo yesevisi ye-\u2060ChipIn", net: (destination) => `Efika ${destination}` },
  coverFee: (destination) => `Khokha nenkokhelo yesevisi, ukuze imali yonke ifike ${destination}`,
  coverFeeOf: ({ fee, gift }, destination) =>
    `Engeza u-\u2060${fee} ukuze u-\u2060${gift} ophelele afike ${destination}`,
  pay: (amount) => `Khokha u-\u2060${amount}`,
  shownAs: (name) => `Ibhodi lizokhombisa: ${name ?? "Ongaziwa"}`,
};
