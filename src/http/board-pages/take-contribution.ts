import type { Context } from "hono";
import { contribute } from "#boards/contribute";
import { findPublicView } from "#boards/read-board";
import { reportPayment } from "#boards/report-payment";
import type { Refusal } from "#domain/board/commands";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { ChipInError } from "#errors";
import { parseIpAddress } from "#ip-address";
import { messageOf } from "#log";
import type { Handoff, PaymentProvider } from "#payments/provider";
import type { Services } from "#services";
import type { AppEnv } from "../app-env.ts";
import { renderContributePage } from "./contribute-page.tsx";
import {
  type ContributionForm,
  type FormErrors,
  readContributionForm,
  submissionDigest,
  type TypedForm,
} from "./contribution-form.ts";
import { PROVIDER_WORDS } from "./copy.ts";
import { renderFormHandoff, renderQrHandoff } from "./handoff-page.tsx";
import { renderClosedMeanwhile, renderNotFound, renderPaymentsUnavailable } from "./message-page.tsx";
import { pageHeaders, type Site, siteOf } from "./site.ts";

const MAX_USER_AGENT_LENGTH = 300;

/** What the form's POST needs at hand to answer with its own page again. */
type Desk = { c: Context<AppEnv>; services: Services; site: Site; view: PublicView; typed: TypedForm };

/** Records the contribution, then sends the guest on to pay. Whatever cannot be taken says why and keeps what was typed. */
export async function takeContribution(c: Context<AppEnv>): Promise<Response> {
  const { services } = c.var;
  const site = siteOf(services.settings);
  const slug = c.req.param("slug") ?? "";
  const view = await findPublicView(services, slug);
  if (!view) return answer(site, renderNotFound(site.origin), 404);
  if (!view.acceptsContributions) return answer(site, renderClosedMeanwhile(view, site.origin), 409);
  if (site.offers.length === 0) return answer(site, renderPaymentsUnavailable(view, site.origin), 503);

  const reading = readContributionForm(await fieldsOf(c), site.offers);
  const desk: Desk = { c, services, site, view, typed: reading.typed };
  if (!reading.ok) return formAgain(desk, 422, { errors: reading.errors });
  const form = reading.contribution;
  const provider = site.providers.get(form.provider);
  if (!provider) return formAgain(desk, 422, { errors: { provider: "Please choose how you would like to pay." } });

  const outcome = await recordContribution(desk, form);
  if (!outcome) {
    const alert = "We could not reach this board just now. Nothing was charged. Please try again in a moment.";
    return formAgain(desk, 503, { alert });
  }
  if ("refused" in outcome) return answerRefusal(desk, outcome);
  const { receipt } = outcome;
  // The same form once more after paying: on to its thanks, never to a second payment.
  if (receipt.status !== "pending" && receipt.status !== "failed") return redirect(thanksUrl(desk, receipt.reference));
  return await handOver({ ...desk, view: outcome.view }, provider, receipt);
}

/** A page of ours with the headers all of them carry. */
export function answer(site: Site, html: string | Uint8Array, status = 200): Response {
  return new Response(html, { status, headers: site.headers });
}

export function freshSubmission(): string {
  return crypto.randomUUID();
}

/** Null when the board cannot be reached. Should it have recorded all the same, the next try is this contribution again. */
async function recordContribution({ c, services, view }: Desk, form: ContributionForm) {
  try {
    return await contribute(services, view.slug, {
      submission: submissionDigest(form),
      amount: form.charge,
      provider: form.provider,
      contributor: contributorOf(c, form),
    });
  } catch (error) {
    if (error instanceof ChipInError && error.code === "unavailable") return null;
    throw error;
  }
}

async function handOver(desk: Desk, provider: PaymentProvider, receipt: Receipt): Promise<Response> {
  const { services, site, view } = desk;
  const { PUBLIC_ORIGIN, API_ORIGIN } = services.settings;
  const { reference, amount } = receipt;
  let handoff: Handoff;
  try {
    handoff = await provider.start({
      ...{ reference, amount, slug: view.slug },
      returnUrl: thanksUrl(desk, reference),
      cancelUrl: `${PUBLIC_ORIGIN}/${view.slug}?cancelled=true`,
      notifyUrl: `${API_ORIGIN ?? PUBLIC_ORIGIN}/api/webhooks/${provider.name}`,
    });
  } catch (error) {
    return startFailed(desk, provider, reference, error);
  }

  const props = { view, origin: site.origin, provider: provider.name, charge: amount, reference };
  switch (handoff.kind) {
    case "form":
      return answer(site, renderFormHandoff({ ...props, handoff }));
    case "redirect":
      return redirect(handoff.url);
    case "qr": {
      const imageOrigin = /^https?:/.test(handoff.imageUrl) ? new URL(handoff.imageUrl).origin : undefined;
      const headers = pageHeaders(services.settings, site.providers, imageOrigin);
      return new Response(renderQrHandoff({ ...props, handoff }), { headers });
    }
    default:
      return handoff satisfies never;
  }
}

/** Nobody was charged: the guest may try again, and the board learns that this attempt led nowhere. */
function startFailed(desk: Desk, provider: PaymentProvider, reference: string, error: unknown): Response {
  const { services } = desk;
  const { name } = provider;
  services.alert({ event: "payment_start_failed", provider: name, reference, error: messageOf(error) });
  const report = { provider: name, reference, status: "failed", amount: null, providerPaymentId: "" } as const;
  services.waitUntil(
    reportPayment(services, { ...report, eventKey: `start:${reference}`, providerStatus: "not_started" }).catch(
      (cause: unknown) => services.log({ event: "start_failure_not_recorded", reference, error: messageOf(cause) }),
    ),
  );
  const { company } = PROVIDER_WORDS[name];
  const another = desk.site.offers.length > 1 ? ", or choose another way to pay" : "";
  return formAgain(desk, 502, {
    alert: `We could not reach ${company}. Nothing was charged. Please try again${another}.`,
  });
}

function answerRefusal(desk: Desk, refusal: Refusal): Response {
  const { site, view } = desk;
  switch (refusal.refused) {
    case "unknown_board":
      return answer(site, renderNotFound(site.origin), 404);
    case "not_accepting":
      return answer(site, renderClosedMeanwhile(view, site.origin), 409);
    case "amount_out_of_range":
      return formAgain(desk, 422, { errors: { amount: "Please type another amount." } });
    default:
      throw new Error(`a contribution cannot be refused as ${refusal.refused}`);
  }
}

function formAgain(
  { site, view, typed }: Desk,
  status: number,
  said: { errors?: FormErrors; alert?: string },
): Response {
  const { origin, offers } = site;
  return answer(
    site,
    renderContributePage({ view, origin, offers, submission: freshSubmission(), typed, ...said }),
    status,
  );
}

/** The posted fields. A body that cannot be read is an empty form, which then says what is missing. */
async function fieldsOf(c: Context<AppEnv>): Promise<Record<string, unknown>> {
  try {
    return await c.req.parseBody({ all: true }); // A field sent twice is a list, and no answer.
  } catch {
    return {};
  }
}

function contributorOf(c: Context<AppEnv>, { name, message }: ContributionForm) {
  const ipAddress = parseIpAddress(c.req.header("CF-Connecting-IP"));
  // Cutting may leave half a character, which Postgres would refuse.
  const userAgent = c.req.header("User-Agent")?.slice(0, MAX_USER_AGENT_LENGTH).toWellFormed() ?? null;
  return { name, message, ipAddress, userAgent };
}

function thanksUrl({ site, view }: Desk, reference: string): string {
  return `${site.origin}/${view.slug}/thanks?ref=${reference}`;
}

function redirect(url: string): Response {
  return new Response(null, { status: 303, headers: { Location: url, "Cache-Control": "no-store" } });
}
