/**
 * The languages of the guest pages, each by its own name. `reviewed`: a native speaker has read its catalogue, so production offers it
 * without being told. (docs/deploy.md, `LANGUAGES`)
 */
export const LANGUAGES = {
  en: { name: "English", reviewed: true },
  af: { name: "Afrikaans", reviewed: false },
  zu: { name: "isiZulu", reviewed: false },
} as const satisfies Record<string, { name: string; reviewed: boolean }>;

export type Language = keyof typeof LANGUAGES;

/** What a guest reads who asks for none of the offered languages. */
export const DEFAULT_LANGUAGE: Language = "en";

export const ALL_LANGUAGES = Object.keys(LANGUAGES) as readonly Language[]; // its keys, by definition

export function isLanguage(text: unknown): text is Language {
  return ALL_LANGUAGES.some((language) => language === text);
}
