import { joined } from "#browser/words/zulu";
import type { BoardWords } from "../words.ts";

export const BOARD: BoardWords = {
  title: {
    wish: (child) => `Isifiso sosuku lokuzalwa ${joined("sika", child)}`,
    giftFunded: (child) => `Imali yesipho ${joined("sika", child)} isiphelele!`,
    wishFunded: (child) => `Imali yesifiso ${joined("sika", child)} isiphelele!`,
    closed: (child) => `Ibhodi ${joined("lika", child)} selivaliwe`,
    cancelled: (child) => `Ibhodi ${joined("lika", child)} likhanseliwe`,
  },
  lede: {
    gift: (child) => `Isipho esisodwa sephupho, esivela kubo bonke abathanda ${joined("u", child)}.`,
    cause: (child) => `Esikhundleni sokuthola izipho, ${joined("u", child)} uyapha. Hlanganyela!`,
    causeFunded: "Nikwenzile, ndawonye! Usengapha: konke okwengeziwe kwandisa wona lowo msebenzi omuhle.",
    charity: (organisation) => `Nikwenzile, ndawonye! Kusukela manje, yonke iminikelo iya ku-\u2060${organisation}.`,
    closed: "Siyabonga kubo bonke abafake isandla.",
    closedFunded: "Imali isiphelele, sibonga bonke abafake isandla. Yeka usuku lokuzalwa!",
    closedEmpty: "Leli bhodi selivaliwe, ngakho awusakwazi ukufaka isandla. Siyabonga ngokusivakashela!",
    cancelled: "Wonke umuntu ubuyiselwa imali yakhe yonke, kuhlanganise nenkokhelo yethu yesevisi.",
  },
  preview: {
    gift: (gift) => `Umndeni nabangane bahlanganisela isipho esisodwa sephupho: ${gift}. Konke okuncane kuyasiza.`,
    cause: (child, cause) =>
      `Esikhundleni sokuthola izipho, ${joined("u", child)} uyapha: ${cause}. Faka isandla kanye nathi.`,
    charity: (organisation, impact) =>
      `Imali yesipho isiphelele! Konke okulandelayo kuya ku-\u2060${organisation}. ${impact}.`,
  },
  oneDreamGift: "isipho esisodwa sephupho",
  kicker: {
    gift: "Isipho sephupho",
    cause: "Ukupha esikhundleni sezipho",
    charity: "Manje sinikela kule nhlangano",
    charityEnded: "Kanye nomsebenzi omuhle",
  },
  progress: {
    label: "Inqubekelaphambili",
    bar: "Ukuthi isipho sesifike kuphi",
    funded: "Imali isiphelele!",
    first: "Yiba ngowokuqala!",
  },
  until: (day) => `kuze kube ${day.startsWith("u") ? "ng" : "y"}${day}`,
  cancelled: {
    question: "Ushintshe umqondo?",
    answer: "Ayikho inkinga: ungafaka isandla noma nini uma uthanda.",
    nothingTaken: "Ayikho inkinga: akukho mali ethathiwe, futhi ungafaka isandla noma nini uma uthanda.",
    ifPaid: "Uma ukhokhile, sicela ungakhokhi futhi: kuzovela lapha lapho nje sekuqinisekisiwe.",
  },
  callToAction: {
    gift: (child) => `Nikela ${joined("ku", child)}`,
    cause: (child) => `Nikela ${joined("no", child)}`,
    charity: (organisation) => `Nikela ku-\u2060${organisation}`,
  },
  promise: {
    takealot: (child) =>
      `Uma imali yonke ingafinyelelwanga, ${joined("u", child)} usazothola okungenile, njengekhadi lesipho le-\u2060Takealot.`,
    karri: (child) =>
      `Uma imali yonke ingafinyelelwanga, ${joined("u", child)} usazothola okungenile, ekhadini le-\u2060Karri.`,
    cause: (organisation) => `Uma imali yonke ingafinyelelwanga, i-\u2060${organisation} isazothola okungenile.`,
    charity: (organisation, child) =>
      `Lokho okunikelayo kuya ku-\u2060${organisation}, egameni ${joined("lika", child)}.`,
  },
  amountsAreSecret: "Ezinye izivakashi azisoze zabona ukuthi unikela ngamalini.",
  outcome: {
    takealot: (child) => `Lokho okunikelile kuya ${joined("ku", child)} njengekhadi lesipho le-\u2060Takealot.`,
    karri: (child) => `Lokho okunikelile kuya ${joined("ku", child)} ekhadini le-\u2060Karri.`,
    cause: (organisation, child) =>
      `Lokho okunikelile kuya ku-\u2060${organisation}, egameni ${joined("lika", child)}.`,
    beyond: (organisation) => `Konke okungaphezu kwesipho kuya ku-\u2060${organisation}.`,
  },
  share: {
    heading: "Tshela umndeni",
    button: "Thumela isixhumanisi",
    gift: (child, gift) =>
      `${joined("U", child)} unesifiso esisodwa esikhulu sosuku lokuzalwa: ${gift}. Masisifeze ndawonye!`,
    cause: (child, cause) =>
      `Esikhundleni sezipho zosuku lokuzalwa, ${joined("u", child)} uyapha: ${cause}. Masifake isandla ndawonye!`,
    charity: (child, organisation) =>
      `Imali yesipho sosuku lokuzalwa ${joined("sika", child)} isiphelele! Manje sinikela ku-\u2060${organisation} ndawonye.`,
  },
};
