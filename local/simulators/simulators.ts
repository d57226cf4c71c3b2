import { CounterpartySimulator } from "./counterparty.ts";
import type { FindContribution, ProviderName } from "./outcomes.ts";
import { OzowSimulator } from "./ozow.ts";
import { PayfastSimulator } from "./payfast.ts";
import { type CounterpartyName, PayoutBooks } from "./payout-books.ts";
import { SnapscanSimulator } from "./snapscan.ts";

export type Simulators = { payfast: PayfastSimulator; ozow: OzowSimulator; snapscan: SnapscanSimulator };

type Surroundings = {
  /** the Worker's, which name the accounts and where callbacks go */
  settings: Readonly<Record<string, string>>;
  /** the console's, which serves APIs and payment pages */
  origin: string;
  keep(name: string): string | null;
  findContribution(provider: ProviderName): FindContribution;
};

/** The outside world's payment providers, each with the account that the Worker's settings name. */
export function createSimulators({ settings, origin, keep, findContribution }: Surroundings): Simulators {
  const of = (name: string) => settings[name] ?? "";
  const around = (provider: ProviderName) => ({
    path: keep(`${provider}.jsonl`),
    notifyUrl: `${settings.API_ORIGIN ?? settings.PUBLIC_ORIGIN}/api/webhooks/${provider}`,
    findContribution: findContribution(provider),
  });
  const merchant = {
    id: of("PAYFAST_MERCHANT_ID"),
    key: of("PAYFAST_MERCHANT_KEY"),
    passphrase: of("PAYFAST_PASSPHRASE") || null,
  };
  return {
    payfast: new PayfastSimulator({ merchant, ...around("payfast") }),
    ozow: new OzowSimulator({
      clientId: of("OZOW_CLIENT_ID"),
      clientSecret: of("OZOW_CLIENT_SECRET"),
      siteCode: of("OZOW_SITE_CODE"),
      // While a secret is replaced there are two, and either would do.
      webhookSecret: of("OZOW_WEBHOOK_SECRET").split(",")[0]?.trim() ?? "",
      origin,
      ...around("ozow"),
    }),
    snapscan: new SnapscanSimulator({
      snapCode: of("SNAPSCAN_SNAPCODE"),
      apiKey: of("SNAPSCAN_API_KEY"),
      webhookAuthKey: of("SNAPSCAN_WEBHOOK_AUTH_KEY"),
      ...around("snapscan"),
    }),
  };
}

export type Counterparties = Record<CounterpartyName, CounterpartySimulator> & { books: PayoutBooks };

const API_KEYS = {
  takealot: "TAKEALOT_GIFTCARD_API_KEY",
  karri: "KARRI_API_KEY",
  givengain: "GIVENGAIN_API_KEY",
} as const;

/** Who receives payouts, each with the account that the Worker's settings name. */
export function createCounterparties({ settings, keep }: Pick<Surroundings, "settings" | "keep">): Counterparties {
  const books = new PayoutBooks(keep("payouts.jsonl"));
  const counterparty = (name: CounterpartyName) =>
    new CounterpartySimulator({ name, apiKey: settings[API_KEYS[name]] ?? "", books });
  return {
    takealot: counterparty("takealot"),
    karri: counterparty("karri"),
    givengain: counterparty("givengain"),
    books,
  };
}
