import type { Context } from "hono";
import { contribute } from "#boards/contribute";
import { findPublicView } from "#boards/read-board";
import type { Refusal } from "#domain/board/commands";
import { codeOfSlug } from "#domain/slug";
import { canChallenge, countContribution, judgeAttempt } from "#fraud/contribution-attempts";
import { signalsOf } from "#fraud/signals";
import { turnstileUrl, verifyTurnstile } from "#fraud/turnstile";
import { ChipInError } from "#platform/errors";
import { parseIpAddress } from "#platform/ip-address";
import type { AppEnv } from "../app-env.ts";
import { respond as answer, redirect } from "../ui/respond.ts";
import { renderChallengePage } from "./challenge-page.tsx";
import { renderContributePage } from "./contribute-page.tsx";
import {
  type ContributionForm,
  type FormErrors,
  type Offer,
  readContributionForm,
  submissionDigest,
  type TypedForm,
} from "./contribution-form.ts";
import { answerWait, type Counter, freshSubmission, handOver, startFailedWords, thanksPath } from "./hand-over.ts";
import { renderClosedMeanwhile, renderNotFound, renderPaymentsUnavailable } from "./message-page.tsx";
import { currentOffers } from "./offers.ts";
import { pageHeaders, siteOf } from "./site.ts";

const MAX_USER_AGENT_LENGTH = 300;
/** A board with many unpaid attempts takes new ones again once some have expired. */
const BUSY_RETRY_SECONDS = 600;

/** The same with what the form's POST needs to answer with its own page again. */
type Desk = Counter & { c: Context<AppEnv>; offers: readonly Offer[]; typed: TypedForm };

/** Records the contribution, then sends the guest on to pay. Whatever cannot be taken says why and keeps what was typed. */
export async function takeContribution(c: Context<AppEnv>): Promise<Response> {
  const { services } = c.var;
  const site = siteOf(services.settings);
  const slug = c.req.param("slug") ?? "";
  const view = await findPublicView(services, slug);
  if (!view) return answer(site, renderNotFound(site.origin), 404);
  const fields = await fieldsOf(c);
  if (!view.acceptsContributions) return await answerClosed({ c, services, site, view }, fields);
  const offers = await currentOffers(services, site);
  if (offers.length === 0) return answer(site, renderPaymentsUnavailable(view, site.origin), 503);

  const reading = readContributionForm(fields, offers);
  const desk: Desk = { c, services, site, view, offers, typed: reading.typed };
  if (!reading.ok) return formAgain(desk, 422, { errors: reading.errors });
  const form = reading.contribution;
  const provider = site.providers.get(form.provider);
  if (!provider) return formAgain(desk, 422, { errors: { provider: "Please choose how you would like to pay." } });

  const token = fields["cf-turnstile-response"];
  const heldUp = await holdUp(desk, form, token);
  if (heldUp instanceof Response) return heldUp;
  const outcome = await recordContribution(desk, form, heldUp.challengePassed);
  if (!outcome) {
    const alert = "We could not reach this board just now. Nothing was charged. Please try again in a moment.";
    return formAgain(desk, 503, { alert });
  }
  if ("refused" in outcome) return answerRefusal(desk, outcome);
  const { receipt } = outcome;
  services.waitUntil(countContribution(services, originOf(desk, form)));
  // The same form once more after paying: on to its thanks, never to a second payment.
  // A board that was deployed a moment ago may still be an object of before, which says less.
  const payable = receipt.payable ?? (receipt.status === "pending" || receipt.status === "failed");
  if (!payable) return redirect(thanksPath(view, receipt.reference));
  const handedOver = await handOver({ ...desk, view: outcome.view }, provider, receipt);
  return handedOver ?? formAgain(desk, 502, { alert: startFailedWords(provider.name, offers.length > 1) });
}

/** The board has closed. Who had paid in time, and sends the same form again, is thanked for it all the same. */
async function answerClosed(desk: Omit<Desk, "offers" | "typed">, fields: Record<string, unknown>): Promise<Response> {
  const { site, view } = desk;
  const { offers } = site;
  const reading = readContributionForm(fields, offers);
  const known =
    reading.ok && (await recordContribution({ ...desk, offers, typed: reading.typed }, reading.contribution, false));
  if (known && !("refused" in known) && !known.receipt.payable)
    return redirect(thanksPath(view, known.receipt.reference));
  return answer(site, renderClosedMeanwhile(view, site.origin), 409);
}

/** Too many from one connection: a challenge first, and only then waiting. (product-facts 16) */
async function holdUp(
  desk: Desk,
  form: ContributionForm,
  token: unknown,
): Promise<Response | { challengePassed: boolean }> {
  const { services, site, view } = desk;
  const origin = originOf(desk, form);
  const judged = await judgeAttempt(services, { ...origin, solved: false });
  switch (judged.verdict) {
    case "go":
      return await withToken(desk, form, token);
    case "wait":
      return answerWait(site, view, judged.retryAfterSeconds);
    case "challenge": {
      const passed = await withToken(desk, form, token);
      return passed.challengePassed ? passed : challenge(desk, typeof token === "string");
    }
    default:
      return judged satisfies never;
  }
}

/** Whether the challenge was solved. Turnstile's own trouble is not the guest's: the limit on attempts has been judged. */
async function withToken(desk: Desk, form: ContributionForm, token: unknown): Promise<{ challengePassed: boolean }> {
  if (typeof token !== "string") return { challengePassed: false };
  const { services } = desk;
  const verdict = await verifyTurnstile(
    services.settings,
    { token, ...originOf(desk, form) },
    { fetch, note: services.log },
  );
  return { challengePassed: verdict !== "failed" };
}

function challenge({ services: { settings }, site, view, typed }: Desk, failed: boolean): Response {
  const page = renderChallengePage({ view, origin: site.origin, settings, typed, failed });
  const headers = pageHeaders(settings, site.providers, new URL(turnstileUrl(settings)).origin);
  return new Response(page, { status: 403, headers });
}

function originOf({ c, view }: Desk, form: ContributionForm) {
  const ipAddress = parseIpAddress(c.req.header("CF-Connecting-IP"));
  return { ipAddress, boardCode: codeOfSlug(view.slug) ?? "", submission: submissionDigest(form) };
}

/** Null when the board cannot be reached. Should it have recorded all the same, the next try is this contribution again. */
async function recordContribution({ c, services, view }: Desk, form: ContributionForm, challengePassed: boolean) {
  try {
    return await contribute(services, view.slug, {
      submission: submissionDigest(form),
      amount: form.charge,
      provider: form.provider,
      contributor: contributorOf(c, form),
      signals: signalsOf({
        country: countryOf(c),
        expectedCountries: services.settings.FRAUD_EXPECTED_COUNTRIES,
      }),
      challengePassed,
    });
  } catch (error) {
    if (error instanceof ChipInError && error.code === "unavailable") return null;
    throw error;
  }
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
    case "challenge_needed":
      return canChallenge(desk.services) ? challenge(desk, false) : answerWait(site, view, BUSY_RETRY_SECONDS);
    case "too_many_unpaid":
      return formAgain(desk, 503, { alert: "Too many people are paying right now. Please try again in an hour." });
    default:
      throw new Error(`a contribution cannot be refused as ${refusal.refused}`);
  }
}

function formAgain(
  { site, view, typed, offers }: Desk,
  status: number,
  said: { errors?: FormErrors; alert?: string },
): Response {
  const { origin } = site;
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

/** Where the edge places the guest; null where it says nothing, as on a developer's machine. */
function countryOf(c: Context<AppEnv>): string | null {
  const { country } = (c.req.raw.cf ?? {}) as { country?: unknown };
  return typeof country === "string" ? country : null;
}
