import type { PaymentProviderName } from "#domain/board/lifecycle";
import { paymentProviders } from "#payments/configure";
import type { PaymentProvider } from "#payments/provider";
import type { Settings } from "#platform/settings";
import { htmlHeaders } from "../ui/page-headers.ts";
import type { Offer } from "./contribution-form.ts";

/** What all guest pages share and no request changes; made once per isolate. */
export type Site = Readonly<{
  origin: string;
  providers: ReadonlyMap<PaymentProviderName, PaymentProvider>;
  /** Of every configured provider; not all may be offered at every moment. */
  offers: readonly Offer[];
  headers: Headers;
}>;

const made = new WeakMap<Settings, Site>();

export function siteOf(settings: Settings): Site {
  let site = made.get(settings);
  if (!site) {
    const providers = paymentProviders(settings);
    site = {
      origin: settings.PUBLIC_ORIGIN,
      providers,
      offers: [...providers.values()].map(({ name, limits }) => ({ name, limits })),
      headers: pageHeaders(settings, providers),
    };
    made.set(settings, site);
  }
  return site;
}

/** The forms of guest pages lead to the providers. `challenge`: its origin, for the one page that shows it. */
export function pageHeaders(settings: Settings, providers: Site["providers"], challenge?: string): Headers {
  const forms = [...providers.values()].flatMap(({ handoffOrigins }) => handoffOrigins);
  return htmlHeaders(settings, { forms, ...(challenge !== undefined && { challenge }) });
}
