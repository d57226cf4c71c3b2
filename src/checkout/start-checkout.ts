import { notePaymentRequest } from "#boards/contribute";
import { reportPayment } from "#boards/report-payment";
import { type PaymentProviderName, TEST_PAGE } from "#domain/board/lifecycle";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { codeOfReference } from "#domain/ids";
import { reportStart } from "#payments/availability/provider-switches";
import { paymentProviders } from "#payments/configure";
import { paymentToStart } from "#payments/payment-to-start";
import { type Checkout, type PaymentToStart, ProviderError, type StartedPayment } from "#payments/provider";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { testPagePath } from "./test-payment.ts";

/** Starts the recorded attempt at its provider; null when that failed, and then nothing was charged. */
export async function startCheckout(services: Services, view: PublicView, receipt: Receipt): Promise<Checkout | null> {
  const { reference, attempt, provider: way } = receipt;
  if (way === TEST_PAGE) {
    return { kind: "redirect", url: `${services.settings.PUBLIC_ORIGIN}${testPagePath(view, reference)}` };
  }
  const provider = paymentProviders(services.settings).get(way);
  if (!provider) return null;
  let started: StartedPayment;
  try {
    started = await provider.start(attemptToStart(services, view, { ...receipt, provider: way }));
  } catch (error) {
    recordFailedStart(services, provider.name, reference, error);
    return null;
  }
  const { checkout, requestId } = started;
  if (requestId !== null) {
    // With it the provider can be asked about this payment later. The guest does not wait for it.
    services.waitUntil(notePaymentRequest(services, { reference, attempt, requestId }));
    services.waitUntil(reportStart(services, provider.name, "started"));
  }
  return checkout;
}

/**
 * The code of an attempt that can still be paid, drawn again. Null where starting is more than drawing a code: elsewhere it
 * would be a new request at the provider.
 */
export async function drawCodeAgain(
  services: Services,
  view: PublicView,
  receipt: Receipt,
): Promise<Extract<Checkout, { kind: "qr" }> | null> {
  const { provider: name, attemptExpiresAt } = receipt;
  const isOpen = attemptExpiresAt !== null && services.now().toISOString() < attemptExpiresAt;
  if (name !== "snapscan" || !isOpen) return null;
  const provider = paymentProviders(services.settings).get(name);
  if (!provider) return null;
  const { checkout } = await provider.start(attemptToStart(services, view, { ...receipt, provider: name }));
  return checkout.kind === "qr" ? checkout : null;
}

function attemptToStart(
  services: Services,
  { slug }: PublicView,
  { provider, reference, amount, attempt, attemptExpiresAt }: Receipt & { provider: PaymentProviderName },
): PaymentToStart {
  const expires = attemptExpiresAt === null ? null : new Date(attemptExpiresAt);
  const openedAt = services.now();
  const recorded = { reference, slug, amountCents: amount, attempt, attemptExpiresAt: expires, openedAt };
  return paymentToStart(services, provider, recorded);
}

/**
 * The board records that this attempt failed. The provider's switch hears of failed calls only: a refusal of this one payment
 * says nothing about the next.
 */
function recordFailedStart(services: Services, provider: PaymentProviderName, reference: string, error: unknown): void {
  const board = codeOfReference(reference);
  services.alert({ event: "payment_start_failed", provider, board, error: messageOf(error) });
  if (error instanceof ProviderError) services.waitUntil(reportStart(services, provider, "failed"));
  const report = reportPayment(services, {
    provider,
    reference,
    status: "failed",
    amount: null,
    providerPaymentId: "",
    eventKey: `start:${reference}`,
    providerStatus: "not_started",
  });
  services.waitUntil(
    report.catch((cause: unknown) =>
      services.log({ event: "start_failure_not_recorded", board, error: messageOf(cause) }),
    ),
  );
}
