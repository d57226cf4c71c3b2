import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { Language } from "#domain/languages";
import { paymentProviders } from "#payments/configure";
import type { PaymentProvider } from "#payments/provider";
import type { Settings } from "#platform/settings";
import type { Asked } from "../app-env.ts";
import { htmlHeaders } from "../ui/page-headers.ts";
import { languageOf, offeredLanguages } from "./language.ts";
import { wordsIn } from "./words/load.ts";
import type { Words } from "./words/words.ts";

/** What all guest pages in one language share and no request changes; made once per isolate. */
export type Site = PageSite &
  Readonly<{
    providers: ReadonlyMap<PaymentProviderName, PaymentProvider>;
    headers: Headers;
  }>;

/** What a page needs to know of the site it belongs to. */
export type PageSite = Readonly<{
  origin: string;
  words: Words;
  /** What guests may choose from. */
  languages: readonly Language[];
}>;

const made = new WeakMap<Settings, Map<Language, Site>>();

/** The site in the language that the request asks for. */
export async function siteFor(c: Asked): Promise<Site> {
  const { settings } = c.var.services;
  return siteIn(settings, await wordsIn(languageOf(c.req.raw, offeredLanguages(settings))));
}

export function siteIn(settings: Settings, words: Words): Site {
  let sites = made.get(settings);
  if (!sites) {
    sites = new Map();
    made.set(settings, sites);
  }
  const { language } = words.frame;
  let site = sites.get(language);
  if (!site) {
    site = makeSite(settings, words);
    sites.set(language, site);
  }
  return site;
}

function makeSite(settings: Settings, words: Words): Site {
  const providers = paymentProviders(settings);
  return {
    origin: settings.PUBLIC_ORIGIN,
    words,
    languages: offeredLanguages(settings),
    providers,
    headers: pageHeaders(settings, providers, words),
  };
}

/** The forms of guest pages lead to the providers. `challenge`: its origin, for the one page that shows it. */
export function pageHeaders(
  settings: Settings,
  providers: Site["providers"],
  { frame }: Words,
  challenge?: string,
): Headers {
  const forms = [...providers.values()].flatMap(({ checkoutOrigins }) => checkoutOrigins);
  return htmlHeaders(settings, { forms, ...(challenge !== undefined && { challenge }) }, frame.locale);
}

/** What the frame of every guest page is given. */
export function frameOf({ origin, words, languages }: PageSite) {
  return { origin, words: words.frame, languages };
}
