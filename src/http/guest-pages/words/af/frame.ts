import type { FrameWords } from "../../../ui/frame-words.ts";

export const FRAME: FrameWords = {
  language: "af",
  locale: "af-ZA",
  sandbox: { title: "Toetsbord.", sentence: "Geen regte geld beweeg hier nie." },
  motto: "Baie klein geskenke, een droom wat waar word.",
  languages: "Taal",
  preview: "Vriende dra by vir een droomgeskenk.",
  about: "Oor ChipIn",
  pages: {
    "/about": "Oor ons",
    "/contact": "Kontak",
    "/privacy": "Privaatheid",
    "/terms": "Voorwaardes",
    "/fees": "Terugbetalings en fooie",
    "/report": "Rapporteer ’n bord",
  },
  errors: {
    internal_error: {
      title: "Iets het aan ons kant verkeerd geloop",
      sentence: "Probeer asseblief weer oor ’n oomblik.",
    },
    forbidden: {
      title: "Daardie vorm het van ’n ander blad gekom",
      sentence: "Maak asseblief die bord oop en dra van daar af by.",
    },
    payload_too_large: {
      title: "Dit was te veel om te stuur",
      sentence: "Maak asseblief jou boodskap korter en probeer weer.",
    },
    rate_limited: {
      title: "Net ’n oomblik, asseblief",
      sentence: "Dit was baie op een slag. Probeer asseblief weer oor ’n minuut.",
    },
    unavailable: { title: "Ons is nou-nou terug", sentence: "Probeer asseblief weer oor ’n oomblik." },
    validation_error: { title: "Ons kon dit nie lees nie", sentence: "Gaan asseblief terug en probeer weer." },
  },
  mention: (requestId) => `As jy hieroor aan ons skryf, noem asseblief ${requestId}.`,
};
