import type { LandingWords } from "../words.ts";

export const LANDING: LandingWords = {
  title: "Een droomgeskenk, van almal saam",
  preview: "Vriende en familie dra saam by vir een verjaardaggeskenk waarvan ’n kind regtig droom.",
  question: "Baie klein presentjies, of een groot droom?",
  lede: "Vriende en familie gee saam: een verjaardaggeskenk waarvan jou kind regtig droom.",
  how: "Hoe dit werk",
  steps: [
    ["Kies een droomgeskenk", "Die een ding waarop jou kind regtig hoop, in plaas van vyftien kleintjies."],
    ["Deel een skakel", "Stuur die bord op WhatsApp na familie en vriende."],
    ["Almal dra by", "Almal gee wat hulle kan. Geen app, geen rekening, en ander gaste sien nooit die bedrag nie."],
    [
      "Die droom word waar",
      "Die geld gaan na die geskenk. Sodra die volle bedrag daarvoor in is, gaan alles wat nog inkom na ’n goeie saak.",
    ],
  ],
  example: {
    label: "’n Voorbeeld van ’n bord",
    who: "Maya word sewe",
    dream: "en droom van ’n fiets met ’n mandjie",
  },
  create: "Maak ’n droombord",
  fee: (percent) => `’n Bord is gratis om te maak. Ons fooi van ${percent}% is deel van elke bydrae.`,
  start: "Begin met jou e-pos",
  gotALink: "Het jy ’n skakel gekry? Maak dit net oop. Jy het nie ’n rekening nodig om by te dra nie.",
  signIn: "Meld aan by my borde",
  partners: "Vir skole en winkels:",
};
