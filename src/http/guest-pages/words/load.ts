import type { Language } from "#domain/languages";
import { ENGLISH } from "./en/words.ts";
import type { Words } from "./words.ts";

const loaded = new Map<Language, Words>([["en", ENGLISH]]);

/** The sentences of a language. Every language but English is a module of its own, which is loaded when a guest first asks for it. */
export function wordsIn(language: Language): Words | Promise<Words> {
  return loaded.get(language) ?? load(language);
}

async function load(language: Language): Promise<Words> {
  const words = await importWords(language);
  loaded.set(language, words);
  return words;
}

async function importWords(language: Language): Promise<Words> {
  switch (language) {
    case "en":
      return ENGLISH;
    case "af":
      return (await import("./af/words.ts")).AFRIKAANS;
    case "zu":
      return (await import("./zu/words.ts")).ISIZULU;
    default:
      return language satisfies never;
  }
}
