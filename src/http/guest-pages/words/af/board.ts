import type { BoardWords } from "../words.ts";

export const BOARD: BoardWords = {
  title: {
    wish: (child) => `${child} se verjaardagwens`,
    giftFunded: (child) => `Die volle bedrag vir ${child} se geskenk is in!`,
    wishFunded: (child) => `Die volle bedrag vir ${child} se wens is in!`,
    closed: (child) => `${child} se bord het gesluit`,
    cancelled: (child) => `${child} se bord is gekanselleer`,
  },
  lede: {
    gift: (child) => `Een droomgeskenk, van almal wat lief is vir ${child}.`,
    cause: (child) => `In plaas daarvan om geskenke te kry, gee ${child}. Gee saam!`,
    causeFunded:
      "Julle het dit saam reggekry! Jy kan steeds gee: elke bietjie ekstra doen nog meer van dieselfde goed.",
    charity: (organisation) => `Julle het dit saam reggekry! Van nou af gaan elke bydrae na ${organisation}.`,
    closed: "Dankie aan almal wat bygedra het.",
    closedFunded: "Die volle bedrag is in, danksy almal wat bygedra het. Wat ’n verjaardag!",
    closedEmpty: "Hierdie bord het gesluit, so jy kan nie meer bydra nie. Dankie dat jy kom kyk het!",
    cancelled: "Almal kry hul volle bedrag terug, ons fooi ingesluit.",
  },
  preview: {
    gift: (gift) => `Familie en vriende dra saam by vir een droomgeskenk: ${gift}. Elke bietjie help.`,
    cause: (child, cause) => `In plaas daarvan om geskenke te kry, gee ${child}: ${cause}. Dra saam met ons by.`,
    charity: (organisation, impact) =>
      `Die volle bedrag vir die geskenk is in! Alles van nou af gaan na ${organisation}. ${impact}.`,
  },
  oneDreamGift: "een droomgeskenk",
  kicker: {
    gift: "Die droomgeskenk",
    cause: "Gee in plaas van kry",
    charity: "Nou gee ons aan",
    charityEnded: "En ook ’n goeie saak",
  },
  progress: {
    label: "Vordering",
    bar: "Hoe ver ons met die geskenk is",
    funded: "Die volle bedrag is in!",
    first: "Wees die eerste een!",
  },
  until: (day) => `tot ${day}`,
  cancelled: {
    question: "Van plan verander?",
    answer: "Geen probleem nie: jy kan bydra wanneer jy wil.",
    nothingTaken: "Geen probleem nie: niks is geneem nie, en jy kan bydra wanneer jy wil.",
    ifPaid: "As jy wel betaal het, moet asseblief nie weer betaal nie: dit wys hier sodra dit bevestig is.",
  },
  callToAction: {
    gift: (child) => `Dra by vir ${child}`,
    cause: (child) => `Gee saam met ${child}`,
    charity: (organisation) => `Gee aan ${organisation}`,
  },
  promise: {
    takealot: (child) =>
      `As die volle bedrag nie gehaal word nie, kry ${child} steeds wat ingekom het, as ’n Takealot-geskenkkaart.`,
    karri: (child) =>
      `As die volle bedrag nie gehaal word nie, kry ${child} steeds wat ingekom het, op ’n Karri-kaart.`,
    cause: (organisation) => `As die volle bedrag nie gehaal word nie, kry ${organisation} steeds wat ingekom het.`,
    charity: (organisation, child) => `Wat jy gee, gaan na ${organisation}, in ${child} se naam.`,
  },
  amountsAreSecret: "Ander gaste sien nooit hoeveel jy gee nie.",
  outcome: {
    takealot: (child) => `Wat jy gegee het, gaan na ${child} as ’n Takealot-geskenkkaart.`,
    karri: (child) => `Wat jy gegee het, gaan na ${child} op ’n Karri-kaart.`,
    cause: (organisation, child) => `Wat jy gegee het, gaan na ${organisation}, in ${child} se naam.`,
    beyond: (organisation) => `Alles bo en behalwe die geskenk gaan na ${organisation}.`,
  },
  share: {
    heading: "Vertel die familie",
    button: "Deel die skakel",
    gift: (child, gift) => `${child} het een groot verjaardagwens: ${gift}. Kom ons maak dit saam waar!`,
    cause: (child, cause) =>
      `In plaas daarvan om verjaardaggeskenke te kry, gee ${child}: ${cause}. Kom ons dra saam by!`,
    charity: (child, organisation) =>
      `Die volle bedrag vir ${child} se verjaardaggeskenk is in! Nou gee ons saam aan ${organisation}.`,
  },
};
