import type { MessageWords } from "../words.ts";

export const MESSAGES: MessageWords = {
  notFound: {
    title: "Ons kan nie daardie bord kry nie",
    sentence:
      "Kyk of daar tikfoute in die skakel is, of vra die persoon wat dit gestuur het om dit weer te stuur. Ou borde word verwyder.",
  },
  closedMeanwhile: {
    title: "Hierdie bord het pas gesluit",
    sentence: "Dit het gesluit terwyl jy die vorm ingevul het. Niks is gehef nie. Dankie dat jy wou bydra!",
  },
  unavailable: {
    title: "Betalings is nie nou beskikbaar nie",
    sentence: "Niks is gehef nie. Probeer asseblief oor ’n rukkie weer.",
  },
  failed: {
    title: "Was daar ’n probleem met jou betaling?",
    again:
      "As jy wel betaal het, wys die bord dit sodra dit bevestig is. Indien nie, kan jy weer probeer, of ’n ander manier kies om te betaal.",
    closed: (child) =>
      `${child} se bord het intussen gesluit. ’n Betaling wat te laat kom, gaan ten volle terug, die fooi ingesluit.`,
  },
  tooMany: {
    title: "Net ’n oomblik, asseblief",
    sentence: (minutes) =>
      `Daar was te veel pogings vanaf jou wi-fi of netwerk. Niks is gehef nie. Probeer asseblief weer oor ${
        minutes <= 1 ? "’n minuut" : minutes < 60 ? `${minutes} minute` : "’n uur"
      }.`,
  },
};
