import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { PaymentProvider } from "#payments/provider";
import type { Settings } from "#settings";
import { paymentProviders } from "../payment-providers.ts";
import type { Offer } from "./contribution-form.ts";
import { pageSecurityHeaders } from "./security-headers.ts";

/** What all pages share and no request changes; made once per isolate. */
export type Site = Readonly<{
  origin: string;
  providers: ReadonlyMap<PaymentProviderName, PaymentProvider>;
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

/** `imageOrigin`: the one page that shows a provider's own QR code may load it. */
export function pageHeaders(settings: Settings, providers: Site["providers"], imageOrigin?: string): Headers {
  const forms = [...providers.values()].flatMap(({ handoffOrigins }) => handoffOrigins);
  return new Headers({
    ...pageSecurityHeaders(settings, { forms, images: imageOrigin ? [imageOrigin] : [] }),
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
  });
}
