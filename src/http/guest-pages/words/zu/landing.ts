import type { LandingWords } from "../words.ts";

export const LANDING: LandingWords = {
  title: "Isipho esisodwa sephupho, esivela kuwo wonke umuntu",
  preview: "Abangani nomndeni bahlanganisela isipho esisodwa sosuku lokuzalwa ingane esiphuphayo ngempela.",
  question: "Izipho eziningi ezincane, noma iphupho elilodwa elikhulu?",
  lede: "Abangani nomndeni bapha ndawonye: isipho esisodwa sosuku lokuzalwa ingane yakho esiphuphayo ngempela.",
  how: "Kusebenza kanjani",
  steps: [
    [
      "Khetha isipho esisodwa sephupho",
      "Into eyodwa ingane yakho eyifisa ngempela, esikhundleni sezincane eziyishumi nanhlanu.",
    ],
    ["Thumela isixhumanisi esisodwa", "Thumela ibhodi emndenini nakubangani ku-\u2060WhatsApp."],
    [
      "Wonke umuntu ufaka isandla",
      "Wonke umuntu unikela ngalokho anakho. Ayikho i-\u2060app, ayikho i-\u2060akhawunti, futhi ezinye izivakashi azisoze zabona inani.",
    ],
    [
      "Iphupho liyafezeka",
      "Imali iya esiphweni. Uma imali yaso isiphelele, konke okunye okungenayo kuya emsebenzini omuhle.",
    ],
  ],
  example: {
    label: "Isibonelo sebhodi",
    who: "UMaya uneminyaka engu-7",
    dream: "futhi uphupha ngebhayisikili",
  },
  create: "Yenza ibhodi lephupho",
  fee: (percent) =>
    `Ukwenza ibhodi kumahhala. Inkokhelo yethu yesevisi engu-\u2060${percent}% iyingxenye yomnikelo ngamunye.`,
  start: "Qala nge-\u2060imeyili yakho",
  gotALink: "Unaso isixhumanisi? Sivule nje. Awuyidingi i-\u2060akhawunti ukuze ufake isandla.",
  signIn: "Ngena emabhodini ami",
  partners: "Izikole nezitolo:",
};
