import type { FrameWords } from "../../../ui/frame-words.ts";

export const FRAME: FrameWords = {
  language: "zu",
  locale: "zu-ZA",
  sandbox: { title: "Ibhodi lokuhlola.", sentence: "Ayikho imali yangempela ehambayo lapha." },
  motto: "Izipho eziningi ezincane, iphupho elilodwa elifezekile.",
  languages: "Ulimi",
  preview: "Abangani bahlanganisela isipho esisodwa sephupho.",
  about: "Mayelana ne-\u2060ChipIn",
  pages: {
    "/about": "Mayelana nathi",
    "/contact": "Xhumana nathi",
    "/privacy": "Ubumfihlo",
    "/terms": "Imigomo",
    "/fees": "Ukubuyiselwa imali nezinkokhelo zesevisi",
    "/report": "Bika ibhodi",
  },
  errors: {
    internal_error: { title: "Kukhona okungahambanga kahle ngakithi", sentence: "Sicela uzame futhi maduze." },
    forbidden: {
      title: "Lelo fomu livele kwelinye ikhasi",
      sentence: "Sicela uvule ibhodi ufake isandla usuka lapho.",
    },
    payload_too_large: {
      title: "Lokho bekukuningi kakhulu ukuthunyelwa",
      sentence: "Sicela ufinyeze umyalezo wakho bese uzama futhi.",
    },
    rate_limited: {
      title: "Umzuzwana nje, siyacela",
      sentence: "Lokho bekukuningi ngesikhathi esisodwa. Sicela uzame futhi emva komzuzu.",
    },
    unavailable: { title: "Sizobuya maduze", sentence: "Sicela uzame futhi maduze." },
    validation_error: { title: "Asikwazanga ukukufunda lokho", sentence: "Sicela ubuyele emuva bese uzama futhi." },
  },
  mention: (requestId) => `Uma usibhalela ngalokhu, sicela usho le nombolo: ${requestId}.`,
};
