import { joined } from "#browser/words/zulu";
import type { CheckoutWords } from "../words.ts";

export const CHECKOUT: CheckoutWords = {
  preview: "Inkokhelo ephephile.",
  split: ({ charge, fee, net }, destination) =>
    `U-\u2060${charge} namuhla: u-\u2060${net} uya ${destination}, u-\u2060${fee} uyinkokhelo yesevisi ye-\u2060ChipIn.`,
  takingYouTo: (company) => `Sikuyisa ku-\u2060${company}…`,
  continueTo: (company) => `Qhubeka uye ku-\u2060${company}`,
  goBack: "Buyela emuva uyishintshe",
  code: (company) => `Ikhodi ye-\u2060${company} yale nkokhelo`,
  scan: (company) => `Usebenzisa ikhompyutha? Skena lokhu nge-\u2060app ye-\u2060${company} efonini yakho.`,
  openOnPhone: (company) => `Vula i-\u2060${company} kule foni`,
  waiting: "Silinde inkokhelo yakho. Leli khasi lizibuyekeza ngokwalo uma usukhokhile.",
  codeMayHaveExpired:
    "Sisalindile. Kungenzeka ukuthi le khodi isiphelelwe yisikhathi. Akukho mali oyikhokhisiwe ngaphandle uma usukhokhile.",
  freshCode: "Thola ikhodi entsha",
  codeHasRunOut: "Le khodi isiphelelwe yisikhathi",
  yourPaymentWith: (company) => `Inkokhelo yakho nge-\u2060${company}`,
  noPaymentYet: "Ayikho inkokhelo esifikele kuze kube manje.",
  iHavePaid: "Ngikhokhile",
  iHavePaidAlready: "Sengikhokhile",
  anotherWay: "Khetha enye indlela yokukhokha",
  challenge: {
    title: "Ukuhlola okusheshayo",
    why: "Ziningi izinkokhelo ezivele ku-\u2060Wi-Fi noma kunethiwekhi yakho. Sicela uqinisekise ukuthi awulona irobhothi.",
    failed: "Lokho akusebenzanga. Sicela uzame kanye futhi.",
    needsScripts:
      "Lokhu kuhlola kudinga i-\u2060JavaScript. Ngaphandle kwayo, sicela uzame futhi emva kwehora. Akukho mali ekhokhisiwe.",
    continue: "Qhubeka",
  },
  test: {
    title: (amount) => `Inkokhelo yokuhlola engu-\u2060${amount}`,
    preview: "Inkokhelo yokuhlola.",
    choose: (child) => `Eyebhodi ${joined("lika", child)}. Khetha okungabikwa yinkampani yezinkokhelo.`,
    outcomes: {
      pay: ["Khokha", "Inkokhelo ifika ngaso leso sikhathi."],
      cancel: ["Khansela", "Ubuyela ebhodini; inkokhelo iyehluleka."],
      fail: ["Hlulekisa", "Inkokhelo iyehluleka. Ingazanywa futhi."],
      pay_twice: ["Khokha kabili", "Kufika izinkokhelo ezimbili. Eyesibili iyabuyiselwa."],
      pay_late: ["Khokha sekwephuzile", "Wena ubuya kuqala; inkokhelo ifika emva kwemizuzwana emihlanu."],
      wrong_amount: ["Khokha uhhafu", "Kufika elinye inani. Alibalwa futhi liyabuyiselwa."],
      bad_signature: [
        "Thumela i-\u2060callback mbumbulu",
        "I-\u2060callback enesiginesha engalungile iyenqatshwa. Akukho okushintshayo.",
      ],
      silent: ["Thula", "Akukho okubikwayo. Umnikelo uphelelwa yisikhathi emva kosuku."],
      duplicate: ["Bika kathathu", "Inkokhelo eyodwa ibikwa kathathu futhi ibalwa kanye."],
      reorder: [
        "Bika ngokulandelana okungalungile",
        "Kufika inkokhelo, bese kufika ukwehluleka komzamo wangaphambili. Inkokhelo iyabalwa.",
      ],
    },
  },
};
