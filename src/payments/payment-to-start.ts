import type { PaymentProviderName } from "#domain/board/lifecycle";
import { cents } from "#domain/money";
import type { Services } from "#platform/services";
import type { PaymentToStart } from "./provider.ts";

/** What is recorded of a payment that was begun. Without an attempt of its own it is the first. */
export type RecordedOffer = Pick<PaymentToStart, "reference" | "slug"> & {
  amountCents: number;
  attempt: number | null;
  offerExpiresAt: Date | null;
  openedAt: Date;
};

/** What the provider is told when a guest is sent there. Asking again, whoever asks, must be the same request. */
export function offerOf(
  { settings }: Pick<Services, "settings">,
  provider: PaymentProviderName,
  { reference, slug, amountCents, attempt, offerExpiresAt, openedAt }: RecordedOffer,
): PaymentToStart {
  const { PUBLIC_ORIGIN, API_ORIGIN } = settings;
  return {
    reference,
    slug,
    amount: cents(amountCents),
    attempt: attempt ?? 1,
    offerExpiresAt: offerExpiresAt ?? openedAt,
    returnUrl: `${PUBLIC_ORIGIN}/${slug}/thanks?ref=${reference}`,
    cancelUrl: `${PUBLIC_ORIGIN}/${slug}?cancelled=true`,
    notifyUrl: `${API_ORIGIN ?? PUBLIC_ORIGIN}/api/webhooks/${provider}`,
  };
}
