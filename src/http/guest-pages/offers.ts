import { availableProviders } from "#payments/availability/provider-switches";
import type { Services } from "#platform/services";
import type { Offer } from "./contribution-form.ts";
import type { Site } from "./site.ts";

/** What guests may choose from at this moment: neither paused by an operator nor hidden after failures of its own. */
export async function currentOffers(services: Services, { offers }: Site): Promise<readonly Offer[]> {
  const names = await availableProviders(
    services,
    offers.map(({ name }) => name),
  );
  return offers.filter(({ name }) => names.includes(name));
}
