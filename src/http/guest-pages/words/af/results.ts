import type { ResultWords } from "../words.ts";

const your = (amount: string | null) => `jou ${amount ?? "betaling"}`;
const yourFull = (amount: string | null) => `jou volle ${amount ?? "betaling"}`;

export const RESULTS: ResultWords = {
  title: {
    generic: "Dankie dat jy bygedra het!",
    confirming: "Ons bevestig jou betaling…",
    confirmed: (name) => (name ? `Dankie, ${name}!` : "Dankie!"),
    late: "Jou betaling het ná sluiting gekom",
    refunding: "Jou bydrae word terugbetaal",
    failed: "Daardie betaling het nie deurgegaan nie",
    refunded: "Jou bydrae is terugbetaal",
    wrong_amount: "Die bedrag was anders",
  },
  preview: (child) => `${child} se verjaardagbord`,
  everyBit: (child) => `Elke bietjie bring ${child} se verjaardagwens nader.`,
  waiting: (company, amount) =>
    `Ons wag dat ${company} ${your(amount)} bevestig. Dit neem gewoonlik ’n paar sekondes. Jy kan hierdie blad oop los.`,
  stillWaiting: (company, amount) => `Ons wag nog dat ${company} ${your(amount)} bevestig.`,
  patience:
    "Dit neem langer as gewoonlik. Jy kan hierdie blad gerus verlaat: jou betaling is nie verlore nie, en die bord wys dit sodra dit bevestig is.",
  couldNotCheck: (company) =>
    `Ons kon nie nou by ${company} navraag doen nie. Ons doen dit binne ’n paar minute, en jy kan hierdie blad verlaat.`,
  noNews: (company) => `Ons het nou net by ${company} navraag gedoen. Hulle het nog nie jou betaling nie.`,
  checkNow: (company) => `Vra nou by ${company}`,
  notPaidYet: (company) => `Nog nie betaal nie? Gaan voort na ${company}`,
  isIn: (amount, child) => `Jou ${amount ?? "betaling"} is in. ${child} gaan baie daarvan hou!`,
  goesTo: (paid, organisation, child) =>
    `${paid ? `${paid.net} van jou ${paid.amount}` : "Jou betaling"} gaan na ${organisation}, in ${child} se naam.`,
  goalReached: {
    exclamation: "Die doelwit is bereik!",
    charity: (child, organisation) =>
      `Die volle bedrag vir ${child} se geskenk is in, ook danksy jou. Alles bo en behalwe die geskenk gaan na ${organisation}.`,
    cause: (child) =>
      `Die volle bedrag vir ${child} se wens is in, en elke bietjie ekstra doen nog meer van dieselfde goed.`,
  },
  hadClosed: (child) => `${child} se bord het reeds gesluit.`,
  late: (child, amount) =>
    `${child} se bord het reeds gesluit, so jy kry ${yourFull(amount)} terug, die fooi ingesluit.`,
  refunding: (amount) => `Jy kry ${yourFull(amount)} terug, die fooi ingesluit.`,
  refunded: (amount) => `Ons het ${your(amount)} teruggestuur.`,
  failed: "Niks is geneem nie.",
  again: "Jy kan weer probeer, of ’n ander manier kies om te betaal.",
  paidInstead: (paid, amount) => `Jy het ${paid} in plaas van ${amount} betaal.`,
  paidAnother: "’n Ander bedrag is betaal as die een wat gevra is.",
  isLookedAt: "Dit tel nog nie, en ons kyk daarna. Moet asseblief nie weer betaal nie.",
  goesBackInFull: "Dit gaan ten volle na jou terug.",
  tryAgain: "Probeer weer",
  receipt: {
    label: "Kwitansie",
    amount: "Bedrag",
    paidWith: "Betaal met",
    date: "Datum",
    reference: "Verwysing",
    keep: "Hou hierdie blad as jou kwitansie.",
    help: (address) => `Hulp nodig? Skryf aan ${address}`,
  },
  signed: {
    summary: "’n Kwitansie om aan te stuur",
    what: "Hierdie reël bewys dat ons die betaling ontvang het. Daar is geen name in nie, en dit is nie ’n belastingsertifikaat nie.",
    check: "Enigiemand kan dit nagaan.",
    download: "Laai dit af",
  },
};
