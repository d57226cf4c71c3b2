import { type PaymentWay, TEST_PAGE } from "#domain/board/lifecycle";
import type { PublicView } from "#domain/board/public-view";
import { MAX_CONTRIBUTION_CENTS, MIN_CONTRIBUTION_CENTS } from "#domain/fees";
import type { Cents } from "#domain/money";
import { availableProviders } from "#payments/availability/provider-switches";
import { paymentProviders } from "#payments/configure";
import type { Services } from "#platform/services";
import type { Settings } from "#platform/settings";

/** A way to pay that guests may choose, with what it takes in one payment. */
export type ProviderOption = Readonly<{ name: PaymentWay; limits: { minimum: Cents; maximum: Cents } }>;

const TEST_OPTION: ProviderOption = {
  name: TEST_PAGE,
  limits: { minimum: MIN_CONTRIBUTION_CENTS, maximum: MAX_CONTRIBUTION_CENTS },
};

/** Every way to pay of any board; not all may be offered on this one, or at every moment. */
export function configuredOptions(settings: Settings): ProviderOption[] {
  return [...paymentProviders(settings).values(), TEST_OPTION].map(({ name, limits }) => ({ name, limits }));
}

/** What guests of live boards may choose from now: neither paused by an operator nor hidden after failures. */
export async function currentOptions(services: Services): Promise<ProviderOption[]> {
  const options = [...paymentProviders(services.settings).values()];
  const names = await availableProviders(
    services,
    options.map(({ name }) => name),
  );
  return options.filter(({ name }) => names.includes(name)).map(({ name, limits }) => ({ name, limits }));
}

/** What guests of this board may choose from, where those of live boards have `live`. */
export function optionsOn({ sandbox }: PublicView, live: readonly ProviderOption[]): readonly ProviderOption[] {
  return sandbox ? [TEST_OPTION] : live;
}
