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
    title: "Daardie betaling het nie deurgegaan nie",
    nothingTaken: "Niks is uit jou rekening geneem nie.",
    again: "Jy kan weer probeer, of ’n ander manier kies om te betaal.",
    closed: (child) => `${child} se bord het intussen gesluit.`,
  },
  tooMany: {
    title: "Net ’n oomblik, asseblief",
    sentence: (minutes) =>
      `Daar was te veel pogings vanaf jou wi-fi of netwerk. Niks is gehef nie. Probeer asseblief weer oor ${
        minutes <= 1 ? "’n minuut" : minutes < 60 ? `${minutes} minute` : "’n uur"
      }.`,
  },
};
