import { notePaymentRequest } from "#boards/contribute";
import { reportPayment } from "#boards/report-payment";
import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { codeOfReference } from "#domain/ids";
import { reportStart } from "#payments/availability/provider-switches";
import { offerOf } from "#payments/payment-to-start";
import type { Handoff, PaymentProvider, StartedPayment } from "#payments/provider";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { respond as answer, redirect } from "../ui/respond.ts";
import { PROVIDER_WORDS } from "./copy.ts";
import { renderFormHandoff, renderQrHandoff } from "./handoff-page.tsx";
import { renderTooManyAttempts } from "./message-page.tsx";
import type { Site } from "./site.ts";

/** What a payment that is begun needs at hand. */
export type Counter = { services: Services; site: Site; view: PublicView };

export function freshSubmission(): string {
  return crypto.randomUUID();
}

/** Too many tries from one connection. */
export function answerWait(site: Site, view: PublicView, retryAfterSeconds: number): Response {
  const answered = answer(site, renderTooManyAttempts(view, site.origin, retryAfterSeconds), 429);
  answered.headers.set("Retry-After", String(retryAfterSeconds));
  return answered;
}

/** Sends the guest to the provider; null when it cannot be reached, and then nobody was charged. */
export async function handOver(
  counter: Counter,
  provider: PaymentProvider,
  receipt: Receipt,
): Promise<Response | null> {
  const { services, site, view } = counter;
  const { reference, amount, attempt } = receipt;
  let started: StartedPayment;
  try {
    started = await provider.start(offerOf(services, provider.name, offerFacts(view, receipt, services.now())));
  } catch (error) {
    startFailed(services, provider.name, reference, error);
    return null;
  }
  const { handoff, requestId } = started;
  if (requestId !== null) {
    // Waited for: with it the provider can be asked about this payment later.
    await notePaymentRequest(services, { reference, attempt, requestId });
    services.waitUntil(reportStart(services, provider.name, "started"));
  }
  const props = { view, origin: site.origin, provider: provider.name, charge: amount, reference };
  switch (handoff.kind) {
    case "form":
      return answer(site, renderFormHandoff({ ...props, handoff }));
    case "redirect":
      return redirect(handoff.url);
    case "qr":
      return answer(site, renderQrHandoff({ ...props, handoff }));
    default:
      return handoff satisfies never;
  }
}

/** The code of an offer that stands, drawn again; null when the provider is not configured any more. */
export async function startAgain({ services, site, view }: Counter, receipt: Receipt): Promise<Handoff | null> {
  const provider = site.providers.get(receipt.provider);
  if (!provider) return null;
  const offer = offerOf(services, provider.name, offerFacts(view, receipt, services.now()));
  return (await provider.start(offer)).handoff;
}

/** What the offer says, so that asking for it again is the same request. */
function offerFacts({ slug }: PublicView, { reference, amount, attempt, attemptExpiresAt }: Receipt, now: Date) {
  const expires = attemptExpiresAt ? new Date(attemptExpiresAt) : null;
  return { reference, slug, amountCents: amount, attempt, attemptExpiresAt: expires, openedAt: now };
}

/** The board learns that this attempt led nowhere, the provider's switch that it may be down. */
function startFailed(services: Services, provider: PaymentProviderName, reference: string, error: unknown): void {
  services.alert({
    event: "payment_start_failed",
    provider,
    board: codeOfReference(reference),
    error: messageOf(error),
  });
  const report = { provider, reference, status: "failed", amount: null, providerPaymentId: "" } as const;
  services.waitUntil(reportStart(services, provider, "failed"));
  services.waitUntil(
    reportPayment(services, { ...report, eventKey: `start:${reference}`, providerStatus: "not_started" }).catch(
      (cause: unknown) =>
        services.log({
          event: "start_failure_not_recorded",
          board: codeOfReference(reference),
          error: messageOf(cause),
        }),
    ),
  );
}

export function notOfferedWords(provider: PaymentProviderName): string {
  return `${PROVIDER_WORDS[provider].company} is not available right now. Nothing was charged. Please choose another way to pay.`;
}

export function startFailedWords(provider: PaymentProviderName, hasOthers: boolean): string {
  const { company } = PROVIDER_WORDS[provider];
  const another = hasOthers ? ", or choose another way to pay" : "";
  return `We could not reach ${company}. Nothing was charged. Please try again${another}.`;
}

export function thanksPath({ slug }: PublicView, reference: string): string {
  return `/${slug}/thanks?ref=${encodeURIComponent(reference)}`;
}
