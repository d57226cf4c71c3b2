import type { CheckoutWords } from "../words.ts";

export const CHECKOUT: CheckoutWords = {
  preview: "Veilige betaling.",
  split: ({ charge, fee, net }, destination) => `${charge} vandag: ${net} na ${destination}, ${fee} ChipIn-fooi.`,
  takingYouTo: (company) => `Ons neem jou na ${company}…`,
  continueTo: (company) => `Gaan voort na ${company}`,
  goBack: "Gaan terug en verander dit",
  code: (company) => `${company}-kode vir hierdie betaling`,
  scan: (company) => `Gebruik jy ’n rekenaar? Skandeer dit met die ${company}-app op jou foon.`,
  openOnPhone: (company) => `Maak ${company} op hierdie foon oop`,
  waiting: "Ons wag vir jou betaling. Hierdie blad werk homself by sodra jy betaal het.",
  codeMayHaveExpired:
    "Ons wag nog. Hierdie kode het dalk verval. Niks is van jou geneem nie, tensy jy reeds betaal het.",
  freshCode: "Kry ’n nuwe kode",
  codeHasRunOut: "Hierdie kode het verval",
  yourPaymentWith: (company) => `Jou betaling met ${company}`,
  noPaymentYet: "Geen betaling het ons tot dusver bereik nie.",
  iHavePaid: "Ek het betaal",
  iHavePaidAlready: "Ek het reeds betaal",
  anotherWay: "Kies ’n ander manier om te betaal",
  challenge: {
    title: "Net ’n vinnige toets",
    why: "Daar was baie betalings vanaf jou wi-fi of netwerk. Bevestig asseblief dat jy nie ’n robot is nie.",
    failed: "Dit het nie gewerk nie. Probeer asseblief nog een keer.",
    needsScripts: "Die toets het JavaScript nodig. Probeer asseblief daarsonder weer oor ’n uur. Niks is gehef nie.",
    continue: "Gaan voort",
  },
  test: {
    title: (amount) => `Toetsbetaling van ${amount}`,
    preview: "’n Toetsbetaling.",
    choose: (child) => `Vir ${child} se bord. Kies wat jou betaaldiens sal rapporteer.`,
    outcomes: {
      pay: ["Betaal", "Die betaling kom dadelik aan."],
      cancel: ["Kanselleer", "Jy gaan terug na die bord; die betaling misluk."],
      fail: ["Misluk", "Die betaling misluk. Dit kan weer probeer word."],
      pay_twice: ["Betaal twee keer", "Twee betalings kom aan. Die tweede een word terugbetaal."],
      pay_late: ["Betaal laat", "Jy kom eerste terug; die betaling kom vyf sekondes later aan."],
      wrong_amount: ["Betaal die helfte", "’n Ander bedrag kom aan. Dit tel niks en word terugbetaal."],
      bad_signature: [
        "Vervals ’n terugroep",
        "’n Terugroep met ’n verkeerde handtekening word geweier. Niks verander nie.",
      ],
      silent: ["Bly stil", "Niks word gerapporteer nie. Die bydrae verval ná ’n dag."],
      duplicate: ["Rapporteer drie keer", "Een betaling word drie keer gerapporteer en tel een keer."],
      reorder: [
        "Rapporteer in die verkeerde volgorde",
        "Die betaling kom aan, en dan die mislukking van ’n vroeëre poging. Die betaling tel.",
      ],
    },
  },
};
