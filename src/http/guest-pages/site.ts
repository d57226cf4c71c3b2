import type { PaymentProviderName } from "#domain/board/lifecycle";
import { availableProviders } from "#payments/availability/provider-switches";
import { paymentProviders } from "#payments/configure";
import type { PaymentProvider } from "#payments/provider";
import type { Services } from "#platform/services";
import type { Settings } from "#platform/settings";
import type { Offer } from "./contribution-form.ts";
import { pageSecurityHeaders } from "./security-headers.ts";

/** What all pages share and no request changes; made once per isolate. */
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

/** `challenge`: the origin of the challenge, for the one page that shows it. */
export function pageHeaders(settings: Settings, providers: Site["providers"], challenge?: string): Headers {
  const forms = [...providers.values()].flatMap(({ handoffOrigins }) => handoffOrigins);
  return new Headers({
    ...pageSecurityHeaders(settings, { forms, ...(challenge !== undefined && { challenge }) }),
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
  });
}

/** What guests may choose from at this moment: neither paused by an operator nor hidden after failures of its own. */
export async function currentOffers(services: Services, { offers }: Site): Promise<readonly Offer[]> {
  const names = await availableProviders(
    services,
    offers.map(({ name }) => name),
  );
  return offers.filter(({ name }) => names.includes(name));
}
