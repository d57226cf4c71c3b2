import { joined } from "#browser/words/zulu";
import type { MessageWords } from "../words.ts";

export const MESSAGES: MessageWords = {
  notFound: {
    title: "Asilitholi lelo bhodi",
    sentence:
      "Hlola ukuthi akukho maphutha esixhumanisini, noma ucele umuntu osithumele ukuba asithumele futhi. Amabhodi amadala ayasuswa.",
  },
  closedMeanwhile: {
    title: "Leli bhodi lisanda kuvalwa",
    sentence: "Livalwe ngesikhathi usagcwalisa ifomu. Akukho mali ekhokhisiwe. Siyabonga ngokuthanda ukufaka isandla!",
  },
  unavailable: {
    title: "Izinkokhelo azitholakali okwamanje",
    sentence: "Akukho mali ekhokhisiwe. Sicela uzame futhi emva kwesikhashana.",
  },
  failed: {
    title: "Kube nenkinga ngenkokhelo yakho?",
    again:
      "Uma ukhokhile, ibhodi liyayikhombisa lapho nje isiqinisekisiwe. Uma ungakhokhanga, ungazama futhi, noma ukhethe enye indlela yokukhokha.",
    closed: (child) =>
      `Phakathi naleso sikhathi ibhodi ${joined("lika", child)} livaliwe. Inkokhelo efika sekwephuzile ibuyiselwa yonke, kuhlanganise nenkokhelo yesevisi.`,
  },
  tooMany: {
    title: "Umzuzwana nje, siyacela",
    sentence: (minutes) =>
      `Ibe miningi kakhulu imizamo evele ku-\u2060Wi-Fi noma kunethiwekhi yakho. Akukho mali ekhokhisiwe. Sicela uzame futhi emva ${
        minutes <= 1 ? "komzuzu" : minutes < 60 ? `kwemizuzu engu-\u2060${minutes}` : "kwehora"
      }.`,
  },
};
