import type { FormWords } from "./form-words.ts";

export const FORM: FormWords = {
  limits: (minimum, maximum) => `Kusukela ku-${minimum} kuya ku-${maximum} ngesikhathi.`,
  split: ({ charge, net, fee }, destination) =>
    `U-${charge} namuhla: u-${net} uya ${destination}, u-${fee} uyinkokhelo yesevisi ye-ChipIn.`,
  coverFee: (destination) => `Khokha nenkokhelo yesevisi, ukuze imali yonke ifike ${destination}`,
  coverFeeOf: ({ fee, gift }, destination) => `Engeza u-${fee} ukuze u-${gift} ophelele afike ${destination}`,
  pay: (amount) => `Khokha u-${amount}`,
};
