import { describe, expect, it } from "vitest";
import { ENGLISH_WORDS, RAND, SITES } from "./views.ts";

const [ENGLISH, ...OTHERS] = SITES.map(({ words }) => words);
/** What is the same in every language: names. */
const NAMES =
  /^(form\.ways\.(payfast|ozow|snapscan)\.company|form\.ways\.snapscan\.method|form\.destination\.organisation)$/;

/** Stands for whatever a sentence is made with. */
const SAMPLE = Object.assign(Object("Xola"), {
  way: "ozow",
  minimum: 2_000,
  maximum: 2_000,
  limit: 100,
  charge: "R1",
  net: "R1",
  fee: "R1",
  gift: "R1",
  amount: "R1",
});
const INSTANT = new Date("2026-12-18T16:05:00Z");
const SUNDAY = new Date("2026-12-13T10:00:00Z");

/** Every sentence of a catalogue by its place in it. */
function sentencesOf(words: object, path = ""): Map<string, string> {
  const found = Object.entries(words).flatMap(([name, value]: [string, unknown]): [string, string][] => {
    const here = path ? `${path}.${name}` : name;
    if (typeof value === "string") return [[here, value]];
    if (typeof value === "object" && value !== null) return [...sentencesOf(value, here)];
    const say = value as (...about: unknown[]) => string;
    const about = path === "common" && ["day", "instant"].includes(name) ? INSTANT : SAMPLE;
    return [[here, String(say(...Array.from({ length: say.length }, () => about)))]];
  });
  return new Map(found);
}

describe.each(OTHERS)("the catalogue of $frame.language", (words) => {
  it("has every sentence of the English one in its own words", () => {
    const english = sentencesOf(ENGLISH ?? {});
    const own = sentencesOf(words);

    expect([...own.keys()]).toEqual([...english.keys()]);
    const same = [...own].filter(([path, text]) => english.get(path) === text && !NAMES.test(path));
    expect(same).toEqual([]);
    expect([...own].filter(([, text]) => ENGLISH_WORDS.test(text))).toEqual([]);
  });
});

describe.each(SITES)("the sentences in $words.frame.locale", ({ words }) => {
  it("name no amount on a board's page but the charity's", () => {
    const sentences = [...sentencesOf({ board: words.board, live: { ...words.live, raised: "" } })];

    expect(sentences.filter(([, text]) => RAND.test(text))).toEqual([]);
  });

  it("show every amount that they are given, as South Africans write it", () => {
    const { form, checkout, typing, results } = words;
    const said = [
      form.limits("R20", "R10,000"),
      checkout.split({ charge: "R2,499.50", net: "R2,424.51", fee: "R74.99" }, form.destination.gift),
      typing.coverFeeOf({ fee: "R6.19", gift: "R200" }, form.destination.organisation("Greenpop")),
      results.goesTo({ net: "R194", amount: "R200" }, "Greenpop", "Maya"),
      results.paidInstead("R150", "R300"),
    ].map((text) => text.match(/R[\d,.]*\d/g));

    expect(said).toEqual([
      ["R20", "R10,000"],
      ["R2,499.50", "R2,424.51", "R74.99"],
      ["R6.19", "R200"],
      ["R194", "R200"],
      ["R150", "R300"],
    ]);
  });
});

it("dates and numbers are written as each language writes them", () => {
  const written = SITES.map(({ words: { common, live, board } }) => [
    common.day(INSTANT),
    common.instant(INSTANT),
    board.until(common.day(SUNDAY)),
    live.people(1),
    live.people(12),
    live.days(1),
    live.days(6),
  ]);

  expect(written).toEqual([
    [
      "Friday 18 December",
      "18 Dec 2026, 18:05",
      "until Sunday 13 December",
      "1 person has chipped in",
      "12 people have chipped in",
      "Last day",
      "6 days left",
    ],
    [
      "Vrydag 18 Desember",
      "18 Des. 2026, 18:05",
      "tot Sondag 13 Desember",
      "1 mens het bygedra",
      "12 mense het bygedra",
      "Laaste dag",
      "Nog 6 dae",
    ],
    [
      "uLwesihlanu 18 Disemba",
      "18 Disemba 2026, 18:05",
      "kuze kube yiSonto 13 Disemba",
      "Umuntu oyedwa usefake isandla",
      "Abantu abangu-\u206012 sebefake isandla",
      "Usuku lokugcina",
      "Kusele izinsuku ezingu-\u20606",
    ],
  ]);
});

it("an isiZulu prefix is joined to a consonant, and has a hyphen before a vowel and before letters of other scripts", () => {
  const zulu = SITES[2]?.words;
  const written = ["Maya", "Ayanda", "Élodie", "محمد"].map((child) => zulu?.board.callToAction.gift(child));

  expect(written).toEqual([
    "Nikela kuMaya",
    "Nikela ku-\u2060Ayanda",
    "Nikela ku-\u2060Élodie",
    "Nikela ku-\u2060محمد",
  ]);
});
