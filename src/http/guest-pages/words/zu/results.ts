import { joined } from "#browser/words/zulu";
import type { ResultWords } from "../words.ts";

const your = (amount: string | null) => (amount ? `u-\u2060${amount} wakho` : "inkokhelo yakho");
const yourFull = (amount: string | null) => (amount ? `u-\u2060${amount} wakho ophelele` : "inkokhelo yakho ephelele");

export const RESULTS: ResultWords = {
  title: {
    generic: "Siyabonga ngokufaka isandla!",
    confirming: "Siqinisekisa inkokhelo yakho…",
    confirmed: (name) => (name ? `Siyabonga, ${name}!` : "Siyabonga!"),
    late: "Inkokhelo yakho ifike sekuvaliwe",
    refunding: "Umnikelo wakho uyabuyiselwa",
    failed: "Leyo nkokhelo ayiphumelelanga",
    refunded: "Umnikelo wakho ubuyiselwe",
    wrong_amount: "Inani belihlukile",
  },
  preview: (child) => `Ibhodi losuku lokuzalwa ${joined("lika", child)}`,
  everyBit: (child) => `Konke okuncane kusondeza isifiso sosuku lokuzalwa ${joined("sika", child)}.`,
  waiting: (company, amount) =>
    `Silinde ukuthi i-\u2060${company} iqinisekise ${your(amount)}. Kuvame ukuthatha imizuzwana embalwa. Ungashiya leli khasi livuliwe.`,
  stillWaiting: (company, amount) => `Sisalinde ukuthi i-\u2060${company} iqinisekise ${your(amount)}.`,
  patience:
    "Kuthatha isikhathi eside kunokujwayelekile. Kuphephile ukulishiya leli khasi: inkokhelo yakho ayilahlekile, futhi ibhodi liyayikhombisa lapho nje isiqinisekisiwe.",
  couldNotCheck: (company) =>
    `Asikwazanga ukubuza ku-\u2060${company} okwamanje. Sizobuza emizuzwini embalwa, futhi ungalishiya leli khasi.`,
  noNews: (company) => `Sisanda kubuza ku-\u2060${company}. Abakayitholi inkokhelo yakho.`,
  checkNow: (company) => `Buza ku-\u2060${company} manje`,
  notPaidYet: (company) => `Awukakhokhi? Qhubeka uye ku-\u2060${company}`,
  isIn: (amount, child) =>
    `${amount ? `U-\u2060${amount} wakho ungenile.` : "Inkokhelo yakho ingenile."} ${joined("U", child)} uzokuthanda kakhulu lokhu!`,
  goesTo: (paid, organisation, child) =>
    `${paid ? `U-\u2060${paid.net} ku-\u2060${paid.amount} wakho uya` : "Inkokhelo yakho iya"} ku-\u2060${organisation}, egameni ${joined("lika", child)}.`,
  goalReached: {
    exclamation: "Umgomo ufinyelelwe!",
    charity: (child, organisation) =>
      `Imali yesipho ${joined("sika", child)} isiphelele, sibonga nawe. Konke okungaphezu kwesipho kuya ku-\u2060${organisation}.`,
    cause: (child) =>
      `Imali yesifiso ${joined("sika", child)} isiphelele, futhi konke okwengeziwe kwandisa wona lowo msebenzi omuhle.`,
  },
  hadClosed: (child) => `Ibhodi ${joined("lika", child)} belisivaliwe.`,
  late: (child, amount) =>
    `Ibhodi ${joined("lika", child)} belisivaliwe, ngakho uzobuyiselwa ${yourFull(amount)}, kuhlanganise nenkokhelo yesevisi.`,
  refunding: (amount) => `Uzobuyiselwa ${yourFull(amount)}, kuhlanganise nenkokhelo yesevisi.`,
  refunded: (amount) => `Sesikubuyisele ${your(amount)}.`,
  failed: "Ayikho imali ethathiwe.",
  again: "Ungazama futhi, noma ukhethe enye indlela yokukhokha.",
  paidInstead: (paid, amount) => `Ukhokhe u-\u2060${paid} esikhundleni sika-\u2060${amount}.`,
  paidAnother: "Kukhokhwe elinye inani, hhayi lelo obelicelwe.",
  isLookedAt: "Le mali ayikabalwa, futhi siyayihlola. Sicela ungakhokhi futhi.",
  goesBackInFull: "Yonke le mali ibuyela kuwe.",
  tryAgain: "Zama futhi",
  receipt: {
    label: "Irisidi",
    amount: "Inani",
    paidWith: "Indlela yokukhokha",
    date: "Usuku",
    reference: "Ireferensi",
    keep: "Gcina leli khasi njengerisidi yakho.",
    help: (address) => `Udinga usizo? Bhalela ku-\u2060${address}`,
  },
  signed: {
    summary: "Irisidi ongayidlulisa",
    what: "Lo mugqa ufakazela ukuthi siyitholile inkokhelo. Akukho magama kuwo, futhi awusona isitifiketi sentela.",
    check: "Noma ubani angawuhlola.",
    download: "Yilande",
  },
};
