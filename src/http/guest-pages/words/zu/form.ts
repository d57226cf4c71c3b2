import { joined } from "#browser/words/zulu";
import { formatRand } from "#domain/money";
import type { FormWords } from "../words.ts";

const WAYS: FormWords["ways"] = {
  payfast: { company: "PayFast", method: "Ikhadi", hint: "i-\u2060Visa noma i-\u2060Mastercard, nge-\u2060PayFast" },
  ozow: {
    company: "Ozow",
    method: "I-\u2060EFT esheshayo",
    hint: "kusuka ku-\u2060akhawunti yakho yasebhange, nge-\u2060Ozow",
  },
  snapscan: { company: "SnapScan", method: "Skena ukuze ukhokhe", hint: "nge-\u2060app ye-\u2060SnapScan" },
  sandbox: { company: "Sandbox", method: "Inkokhelo yokuhlola", hint: "khetha okwenzekayo, ayikho imali ehambayo" },
};

const MISTAKES: FormWords["mistakes"] = {
  not_an_amount: () => "Sicela ubhale inani ngamarandi, njengo-200 noma 150.50.",
  too_small: ({ minimum }) =>
    `Umnikelo omncane kakhulu ngu-\u2060${formatRand(minimum)}. Sicela ubhale inani elikhulu kunaleli.`,
  too_large: ({ maximum }) =>
    `Umnikelo owodwa awukwazi ukudlula u-\u2060${formatRand(maximum)}. Wamukelekile ukufaka isandla izikhathi eziningi.`,
  too_large_with_fee: ({ maximum }) =>
    `Uma ukhokha nenkokhelo yesevisi, umnikelo owodwa awukwazi ukudlula u-\u2060${formatRand(maximum)}. Bhala inani elincane, noma ususe uphawu enkokhelweni yesevisi.`,
  too_small_for_way: ({ way, minimum }) =>
    `I-\u2060${WAYS[way].company} yamukela u-\u2060${formatRand(minimum)} nangaphezulu. Sicela ubhale inani elikhulu kunaleli.`,
  too_large_for_way: ({ way, maximum }) =>
    `I-\u2060${WAYS[way].company} ayamukeli ngaphezu kuka-\u2060${formatRand(maximum)}. Bhala inani elincane, noma ukhethe enye indlela yokukhokha.`,
  amount_refused: () => "Sicela ubhale elinye inani.",
  name_too_long: ({ limit }) => `Sicela ufinyeze igama lakho libe yizinhlamvu ezingu-\u2060${limit}.`,
  message_too_long: ({ limit, length }) =>
    `Sicela ufinyeze umyalezo wakho ube yizinhlamvu ezingu-\u2060${limit}; manje unezingu-\u2060${length}.`,
  no_way: () => "Sicela ukhethe ukuthi ufuna ukukhokha kanjani.",
  form_too_old: () => "Leli fomu belivulwe isikhathi eside. Sicela ulihlole bese ucindezela inkinobho futhi.",
  tried_often: () => "Leli fomu selizanywe kaningi kakhulu. Sicela ulihlole bese ucindezela inkinobho futhi.",
};

export const FORM: FormWords = {
  ways: WAYS,
  mistakes: MISTAKES,
  destination: { gift: "esiphweni", organisation: (name) => `ku-\u2060${name}` },
  title: (child) => `Faka isandla esifisweni ${joined("sika", child)}`,
  pleaseCheck: (title) => `Sicela uhlole: ${title}`,
  almostThere: "Sekuseduze: sicela ubheke okumakwe ngezansi.",
  goesToCharity: (child) => `Imali yesipho ${joined("sika", child)} isiphelele: lokhu kuya emsebenzini omuhle.`,
  amount: "Umnikelo wakho",
  otherAmount: "Elinye inani",
  limits: (minimum, maximum) => `${minimum} kuya ku-\u2060${maximum}`,
  feeRule: (percent, minimum) =>
    `Inkokhelo yesevisi ye-\u2060ChipIn ingu-\u2060${percent}% (okungenani u-\u2060${minimum}).`,
  optional: "uma uthanda",
  name: "Igama lakho",
  nameHint: (child) => `Livela ebhodini ${joined("lika", child)}`,
  message: (child) => `Umyalezo wosuku lokuzalwa oya ${joined("ku", child)}`,
  messageHint: (child) => `Umndeni ${joined("ka", child)} kuphela obona lokhu`,
  howToPay: "Ungathanda ukukhokha kanjani?",
  payWith: (company) => `Khokha nge-\u2060${company}`,
  weNeverSee:
    "Ukhokha ekhasini eliphephile lenkampani yezinkokhelo. Asisoze sabona imininingwane yekhadi lakho noma yebhange lakho.",
  alerts: {
    boardUnreachable:
      "Asikwazanga ukufinyelela leli bhodi okwamanje. Akukho mali ekhokhisiwe. Sicela uzame futhi maduze.",
    boardBusy:
      "Baningi kakhulu abantu abakhokhayo lapha njengamanje. Akukho mali ekhokhisiwe. Sicela uzame futhi emva kwehora.",
    notStarted: (company) => `Asikwazanga ukuxhumana ne-\u2060${company}. Akukho mali ekhokhisiwe. Sicela uzame futhi.`,
    notStartedWithOthers: (company) =>
      `Asikwazanga ukuxhumana ne-\u2060${company}. Akukho mali ekhokhisiwe. Sicela uzame futhi, noma ukhethe enye indlela yokukhokha.`,
    notOffered: (company) =>
      `I-\u2060${company} ayitholakali okwamanje. Akukho mali ekhokhisiwe. Sicela ukhethe enye indlela yokukhokha.`,
  },
};
