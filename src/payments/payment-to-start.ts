import type { PaymentProviderName } from "#domain/board/lifecycle";
import { cents } from "#domain/money";
import type { Services } from "#platform/services";
import type { PaymentToStart } from "./provider.ts";

/** One recorded attempt of a payment. `attempt` is null for records of the first attempt that do not number it. */
export type RecordedAttempt = Pick<PaymentToStart, "reference" | "slug"> & {
  amountCents: number;
  attempt: number | null;
  attemptExpiresAt: Date | null;
  openedAt: Date;
};

/** The request that starts this attempt at the provider. The same record always gives the same request. */
export function paymentToStart(
  { settings }: Pick<Services, "settings">,
  provider: PaymentProviderName,
  { reference, slug, amountCents, attempt, attemptExpiresAt, openedAt }: RecordedAttempt,
): PaymentToStart {
  const { PUBLIC_ORIGIN, API_ORIGIN } = settings;
  return {
    reference,
    slug,
    amount: cents(amountCents),
    attempt: attempt ?? 1,
    attemptExpiresAt: attemptExpiresAt ?? openedAt,
    returnUrl: `${PUBLIC_ORIGIN}/${slug}/thanks?ref=${reference}`,
    cancelUrl: `${PUBLIC_ORIGIN}/${slug}?cancelled=true&ref=${reference}`,
    notifyUrl: `${API_ORIGIN ?? PUBLIC_ORIGIN}/api/webhooks/${provider}`,
  };
}
