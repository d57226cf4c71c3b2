import type { PayoutMethod } from "#domain/gift";
import type { Settings } from "#platform/settings";
import type { PayoutExecutor } from "./executor.ts";
import { givengainDonation } from "./givengain-donation.ts";
import { karriTopUp } from "./karri-top-up.ts";
import type { CounterpartyAccount, CounterpartyDeps } from "./request-json.ts";
import { takealotGiftCard } from "./takealot-gift-card.ts";

export type PayoutExecutors = ReadonlyMap<PayoutMethod, PayoutExecutor>;

/** The executors whose automation is enabled. A payout of another type is executed by hand or by its partner. */
export function payoutExecutors(settings: Settings, deps: CounterpartyDeps = { fetch }): PayoutExecutors {
  const executors = new Map<PayoutMethod, PayoutExecutor>();
  const giftCards = accountOf(settings.TAKEALOT_GIFTCARD_API_URL, settings.TAKEALOT_GIFTCARD_API_KEY);
  const karri = karriAccount(settings);
  const donations = accountOf(settings.GIVENGAIN_API_URL, settings.GIVENGAIN_API_KEY);
  if (settings.TAKEALOT_GIFTCARD_AUTOMATION_ENABLED && giftCards) {
    executors.set("takealot_gift_card", takealotGiftCard(giftCards, deps));
  }
  if (settings.KARRI_AUTOMATION_ENABLED && karri) executors.set("karri_card_topup", karriTopUp(karri, deps));
  if (settings.GIVENGAIN_AUTOMATION_ENABLED && donations) {
    executors.set("philanthropy_donation", givengainDonation(donations, deps));
  }
  return executors;
}

/** Our account at Karri, which verifies cards also while top-ups are not automated. Null unless it is configured. */
export function karriAccount(settings: Settings): CounterpartyAccount | null {
  return accountOf(settings.KARRI_BASE_URL, settings.KARRI_API_KEY);
}

function accountOf(baseUrl: string | undefined, apiKey: string | undefined): CounterpartyAccount | null {
  return baseUrl && apiKey ? { baseUrl, apiKey } : null;
}
