import { parseAccept } from "hono/utils/accept";
import { ALL_LANGUAGES, DEFAULT_LANGUAGE, isLanguage, LANGUAGES, type Language } from "#domain/languages";
import type { Settings } from "#platform/settings";

/** The query's parameter and the cookie. `caching.ts` knows the cookie too: it names no person. */
export const LANGUAGE_FIELD = "lang";
const COOKIE = new RegExp(`(?:^|;\\s*)${LANGUAGE_FIELD}=([a-z]{2})(?:;|$)`);
const REVIEWED = ALL_LANGUAGES.filter((language) => LANGUAGES[language].reviewed);

/** What guests may choose from. */
export function offeredLanguages(settings: Pick<Settings, "ENVIRONMENT" | "LANGUAGES">): readonly Language[] {
  return settings.LANGUAGES ?? (settings.ENVIRONMENT === "development" ? ALL_LANGUAGES : REVIEWED);
}

/** The offered language that this request asks for: by its query, else by the cookie, else by the browser's preferences. */
export function languageOf(
  { url, headers, cookies = headers.get("Cookie") }: Pick<Request, "url" | "headers"> & { cookies?: string | null },
  offered: readonly Language[],
): Language {
  if (offered.length === 1) return offered[0] ?? DEFAULT_LANGUAGE;
  const named = askedByQuery(url, offered) ?? askedByCookie(cookies, offered);
  return named ?? preferred(headers.get("Accept-Language"), offered);
}

/** Null for a language that is not offered. */
export function askedByQuery(url: string, offered: readonly Language[]): Language | null {
  if (!url.includes(`${LANGUAGE_FIELD}=`)) return null;
  return among(offered, new URL(url).searchParams.get(LANGUAGE_FIELD));
}

export function askedByCookie(cookies: string | null, offered: readonly Language[]): Language | null {
  return cookies === null ? null : among(offered, COOKIE.exec(cookies)?.[1]);
}

/** `af-ZA` is Afrikaans. What is refused with `q=0` is not asked for. */
function preferred(accepted: string | null, offered: readonly Language[]): Language {
  if (accepted === null) return DEFAULT_LANGUAGE;
  for (const { type, q } of parseAccept(accepted)) {
    const language = q > 0 ? among(offered, type.split("-")[0]?.toLowerCase()) : null;
    if (language !== null) return language;
  }
  return DEFAULT_LANGUAGE;
}

function among(offered: readonly Language[], text: unknown): Language | null {
  return isLanguage(text) && offered.includes(text) ? text : null;
}
