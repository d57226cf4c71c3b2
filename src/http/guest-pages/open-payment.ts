import type { Context } from "hono";
import { retryPayment } from "#boards/contribute";
import { findReceipt } from "#boards/read-board";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { codeOfReference } from "#domain/ids";
import type { RateRule } from "#domain/rate-limit";
import { codeOfSlug } from "#domain/slug";
import { judgeAttempt } from "#fraud/contribution-attempts";
import { paymentProviders } from "#payments/configure";
import { parseIpAddress } from "#platform/ip-address";
import type { Services } from "#platform/services";
import { askLimiter } from "#rate-limits/ask-limiter";
import { askAboutPayment } from "#reconciliation/ask-provider";
import type { AppEnv } from "../app-env.ts";
import { respond as answer, redirect } from "../ui/respond.ts";
import { renderContributePage } from "./contribute-page.tsx";
import {
  answerWait,
  freshSubmission,
  handOver,
  notOfferedWords,
  startAgain,
  startFailedWords,
  thanksPath,
} from "./hand-over.ts";
import { renderQrHandoff, renderResume } from "./handoff-page.tsx";
import { renderClosedMeanwhile, renderPaymentsUnavailable } from "./message-page.tsx";
import { currentOffers } from "./offers.ts";
import type { Site } from "./site.ts";

/** The provider is asked for one payment at most this often, and for all of them together. */
const PER_PAYMENT: readonly RateRule[] = [
  { name: "one_look", limit: 1, windowMs: 10_000, kind: "sliding" },
  { name: "looks", limit: 20, windowMs: 3_600_000, kind: "sliding" },
];
const PER_PROVIDER: readonly RateRule[] = [{ name: "looks", limit: 30, windowMs: 60_000, kind: "sliding" }];

/**
 * `POST /{slug}/pay`: a payment that was begun goes on, with a fresh offer when the old one is over. The reference alone
 * says which, and it is unguessable.
 */
export async function resumePayment(c: Context<AppEnv>, view: PublicView, site: Site): Promise<Response> {
  const { services } = c.var;
  const { ref } = await c.req.parseBody().catch(() => ({ ref: "" }));
  const reference = typeof ref === "string" ? ref : "";
  const boardCode = codeOfSlug(view.slug);
  if (!boardCode || codeOfReference(reference) !== boardCode) return redirect(`/${view.slug}/contribute`);
  // The same limit as for beginning: an address that tries out cards must not go on with what it began.
  const ipAddress = parseIpAddress(c.req.header("CF-Connecting-IP"));
  const judged = await judgeAttempt(services, { ipAddress, boardCode, submission: reference, solved: true });
  if (judged.verdict === "wait") return answerWait(site, view, judged.retryAfterSeconds);
  const offers = await currentOffers(services, site);
  if (offers.length === 0) return answer(site, renderPaymentsUnavailable(view, site.origin), 503);
  const receipt = await findReceipt(services, view.slug, reference);
  if (!receipt) return redirect(`/${view.slug}/contribute`);
  const form = { view, origin: site.origin, offers, submission: freshSubmission() };
  const provider = offers.some(({ name }) => name === receipt.provider) && site.providers.get(receipt.provider);
  // Nothing is begun where nothing can be paid.
  if (!provider) return answer(site, renderContributePage({ ...form, alert: notOfferedWords(receipt.provider) }), 503);

  const outcome = await retryPayment(services, reference);
  if ("refused" in outcome) {
    if (outcome.refused === "not_accepting") return answer(site, renderClosedMeanwhile(view, site.origin), 409);
    return redirect(outcome.refused === "cannot_retry" ? thanksPath(view, reference) : `/${view.slug}/contribute`);
  }
  const handedOver = await handOver({ services, site, view }, provider, outcome.receipt);
  if (handedOver) return handedOver;
  const alert = startFailedWords(receipt.provider, offers.length > 1);
  return answer(site, renderContributePage({ ...form, alert }), 502);
}

type Shown = { view: PublicView; site: Site; receipt: Receipt; look: number };

/** The code of a payment that is open, or how to go on with it. Nothing is started by looking. */
export async function showPayment(services: Services, { view, site, receipt, look }: Shown): Promise<Response> {
  const { reference, provider, amount: charge } = receipt;
  const props = { view, origin: site.origin, provider, charge, reference };
  const stands = receipt.attemptExpiresAt !== null && services.now().toISOString() < receipt.attemptExpiresAt;
  // Only where starting is drawing a code: elsewhere it would be a request at the provider.
  const started = provider === "snapscan" && stands ? await startAgain({ services, site, view }, receipt) : null;
  if (started?.kind !== "qr") return answer(site, renderResume(props));
  return answer(site, renderQrHandoff({ ...props, handoff: started, look }));
}

/** Asks the provider about one payment, not too often, and sends the guest where the answer shows. */
export async function checkPayment(c: Context<AppEnv>, view: PublicView): Promise<Response> {
  const { services } = c.var;
  const { ref } = await c.req.parseBody().catch(() => ({ ref: "" }));
  const receipt = await findReceipt(services, view.slug, typeof ref === "string" ? ref : "");
  const isOpen = receipt && receipt.status !== "completed" && receipt.status !== "refunded";
  const providers = paymentProviders(services.settings);
  const mayBeAsked = isOpen && (await mayAsk(services, receipt));
  const said = mayBeAsked ? await askAboutPayment(services, providers, receipt.reference) : "not_asked";
  const thanks = thanksPath(view, receipt?.reference ?? "");
  return redirect(said === "no_news" ? `${thanks}&asked=1` : thanks);
}

/** When the limiter cannot be asked, the provider is not either: that is no gift's way, only a shorter wait. */
async function mayAsk(services: Services, { reference, provider }: Receipt): Promise<boolean> {
  const now = services.now();
  const one = await askLimiter(services, `payment:${reference}`, (limiter) => limiter.take(PER_PAYMENT, now));
  if (!one?.allowed) return false;
  const all = await askLimiter(services, `look-up:${provider}`, (limiter) => limiter.take(PER_PROVIDER, now));
  return all?.allowed ?? false;
}
