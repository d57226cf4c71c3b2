import { formatRand } from "#domain/money";
import type { FormWords } from "../words.ts";

const WAYS: FormWords["ways"] = {
  payfast: { company: "PayFast", method: "Kaart", hint: "Visa of Mastercard, met PayFast" },
  ozow: { company: "Ozow", method: "Kits-EFT", hint: "van jou bankrekening af, met Ozow" },
  snapscan: { company: "SnapScan", method: "Skandeer om te betaal", hint: "met die SnapScan-app" },
  sandbox: { company: "ons toetsblad", method: "Toetsbetaling", hint: "kies wat gebeur, geen geld beweeg nie" },
};

const MISTAKES: FormWords["mistakes"] = {
  not_an_amount: () => "Tik asseblief ’n bedrag in rand, soos 200 of 150.50.",
  too_small: ({ minimum }) => `Die kleinste bydrae is ${formatRand(minimum)}. Tik asseblief ’n groter bedrag.`,
  too_large: ({ maximum }) =>
    `Een bydrae kan hoogstens ${formatRand(maximum)} wees. Jy is welkom om meer as een keer by te dra.`,
  too_large_with_fee: ({ maximum }) =>
    `As jy die fooi ook betaal, kan een bydrae hoogstens ${formatRand(maximum)} wees. Tik minder, of haal die regmerkie by die fooi weg.`,
  too_small_for_way: ({ way, minimum }) =>
    `${WAYS[way].company} neem ${formatRand(minimum)} of meer. Tik asseblief ’n groter bedrag.`,
  too_large_for_way: ({ way, maximum }) =>
    `${WAYS[way].company} neem hoogstens ${formatRand(maximum)}. Tik minder, of kies ’n ander manier om te betaal.`,
  amount_refused: () => "Tik asseblief ’n ander bedrag.",
  name_too_long: ({ limit }) => `Maak asseblief jou naam korter, tot ${limit} karakters.`,
  message_too_long: ({ limit, length }) =>
    `Maak asseblief jou boodskap korter, tot ${limit} karakters; dit het nou ${length}.`,
  no_way: () => "Kies asseblief hoe jy wil betaal.",
  form_too_old: () => "Hierdie vorm was ’n rukkie oop. Kyk dit asseblief na en druk die knoppie weer.",
  tried_often: () => "Hierdie vorm is al baie keer probeer. Kyk dit asseblief na en druk die knoppie weer.",
};

export const FORM: FormWords = {
  ways: WAYS,
  mistakes: MISTAKES,
  destination: { gift: "die geskenk", organisation: (name) => name },
  title: (child) => `Dra by vir ${child} se wens`,
  pleaseCheck: (title) => `Kyk asseblief weer: ${title}`,
  almostThere: "Amper daar: kyk asseblief na wat hieronder gemerk is.",
  goesToCharity: (child) => `Die volle bedrag vir ${child} se geskenk is in: hierdie gaan na ’n goeie saak.`,
  amount: "Jou bydrae",
  otherAmount: "Ander bedrag",
  limits: (minimum, maximum) => `${minimum} tot ${maximum}`,
  feeRule: (percent, minimum) => `ChipIn se fooi is ${percent}% (minstens ${minimum}).`,
  optional: "opsioneel",
  name: "Jou naam",
  nameHint: (child) => `Wys op ${child} se bord`,
  message: (child) => `’n Verjaardagboodskap vir ${child}`,
  messageHint: (child) => `Net ${child} se familie sien dit`,
  howToPay: "Hoe wil jy betaal?",
  payWith: (company) => `Betaal met ${company}`,
  weNeverSee: "Jy betaal op jou betaaldiens se veilige blad. Ons sien nooit jou kaart- of bankbesonderhede nie.",
  alerts: {
    boardUnreachable:
      "Ons kon nie nou hierdie bord bereik nie. Niks is gehef nie. Probeer asseblief weer oor ’n oomblik.",
    boardBusy: "Baie mense betaal nou hier. Niks is gehef nie. Probeer asseblief weer oor ’n uur.",
    notStarted: (company) => `Ons kon ${company} nie bereik nie. Niks is gehef nie. Probeer asseblief weer.`,
    notStartedWithOthers: (company) =>
      `Ons kon ${company} nie bereik nie. Niks is gehef nie. Probeer asseblief weer, of kies ’n ander manier om te betaal.`,
    notOffered: (company) =>
      `${company} is nie nou beskikbaar nie. Niks is gehef nie. Kies asseblief ’n ander manier om te betaal.`,
  },
};
