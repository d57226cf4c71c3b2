import type { PaymentProviderName } from "#domain/board/lifecycle";
import { paymentProviders } from "#payments/configure";
import type { PaymentProvider } from "#payments/provider";
import type { Settings } from "#platform/settings";
import { htmlHeaders } from "../ui/page-headers.ts";
import { ENGLISH } from "./words/en/words.ts";
import type { Words } from "./words/words.ts";

/** What all guest pages share and no request changes; made once per isolate. */
export type Site = PageSite &
  Readonly<{
    providers: ReadonlyMap<PaymentProviderName, PaymentProvider>;
    headers: Headers;
  }>;

/** What a page needs to know of the site it belongs to. */
export type PageSite = Readonly<{
  origin: string;
  words: Words;
}>;

const made = new WeakMap<Settings, Site>();

export function siteOf(settings: Settings): Site {
  let site = made.get(settings);
  if (!site) {
    const providers = paymentProviders(settings);
    site = {
      origin: settings.PUBLIC_ORIGIN,
      words: ENGLISH,
      providers,
      headers: pageHeaders(settings, providers),
    };
    made.set(settings, site);
  }
  return site;
}

/** The forms of guest pages lead to the providers. `challenge`: its origin, for the one page that shows it. */
export function pageHeaders(settings: Settings, providers: Site["providers"], challenge?: string): Headers {
  const forms = [...providers.values()].flatMap(({ checkoutOrigins }) => checkoutOrigins);
  return htmlHeaders(settings, { forms, ...(challenge !== undefined && { challenge }) });
}
