import type { Context } from "hono";
import { newSubmission } from "#checkout/contribution-form";
import type { Guest } from "#checkout/guest";
import type { CheckoutOutcome, FormProblem } from "#checkout/outcome";
import { turnstileUrl } from "#fraud/turnstile";
import { parseIpAddress } from "#platform/ip-address";
import type { AppEnv } from "../app-env.ts";
import { redirect, respond } from "../ui/respond.ts";
import { renderChallengePage } from "./challenge-page.tsx";
import { renderFormCheckout, renderQrCheckout } from "./checkout-page.tsx";
import { renderContributePage } from "./contribute-page.tsx";
import {
  renderClosedMeanwhile,
  renderNotFound,
  renderPaymentsUnavailable,
  renderTooManyAttempts,
} from "./message-page.tsx";
import { rememberPayer } from "./payer-cookie.ts";
import { pageHeaders, type Site, siteFor } from "./site.ts";
import type { Words } from "./words/words.ts";

const MAX_USER_AGENT_LENGTH = 300;
const CHALLENGE_FIELD = "cf-turnstile-response";

/** The posted fields. A body that cannot be read is an empty form, which then says what is missing. */
export async function fieldsOf(c: Pick<Context, "req">): Promise<Record<string, unknown>> {
  try {
    return await c.req.parseBody({ all: true }); // A field sent twice is a list, and no answer.
  } catch {
    return {};
  }
}

export function guestOf(c: Context<AppEnv>, fields: Readonly<Record<string, unknown>>): Guest {
  const token = fields[CHALLENGE_FIELD];
  const { country } = (c.req.raw.cf ?? {}) as { country?: unknown };
  return {
    ipAddress: parseIpAddress(c.req.header("CF-Connecting-IP")),
    // Cutting may leave half a character, which Postgres would refuse.
    userAgent: c.req.header("User-Agent")?.slice(0, MAX_USER_AGENT_LENGTH).toWellFormed() ?? null,
    country: typeof country === "string" ? country : null,
    challengeToken: typeof token === "string" ? token : null,
  };
}

/** The page, or the way on, for what became of a guest's step towards paying. Whose payment it is, its browser remembers. */
export async function answerCheckout(c: Context<AppEnv>, outcome: CheckoutOutcome): Promise<Response> {
  const answer = answerOf(c, outcome, await siteFor(c));
  if (outcome.outcome !== "started" && outcome.outcome !== "paid_already") return answer;
  const reference = outcome.outcome === "started" ? outcome.receipt.reference : outcome.reference;
  const { now, settings } = c.var.services;
  const secure = settings.PUBLIC_ORIGIN.startsWith("https:");
  // The headers of a page are shared.
  const own = new Response(answer.body, answer);
  return rememberPayer(own, { slug: outcome.view.slug, reference }, { now: now(), secure });
}

function answerOf(c: Context<AppEnv>, outcome: CheckoutOutcome, site: Site): Response {
  const { settings } = c.var.services;
  switch (outcome.outcome) {
    case "unknown_board":
      return respond(site, renderNotFound(site), 404);
    case "closed":
      return respond(site, renderClosedMeanwhile(outcome.view, site), 409);
    case "no_providers":
      return respond(site, renderPaymentsUnavailable(outcome.view, site), 503);
    case "wait": {
      const { view, retryAfterSeconds } = outcome;
      const response = respond(site, renderTooManyAttempts(view, site, retryAfterSeconds), 429);
      response.headers.set("Retry-After", String(retryAfterSeconds));
      return response;
    }
    case "challenge": {
      const { view, form, failed } = outcome;
      const page = renderChallengePage({ view, site, settings, form, failed });
      const headers = pageHeaders(settings, site.providers, site.words, new URL(turnstileUrl(settings)).origin);
      return new Response(page, { status: 403, headers });
    }
    case "form_again": {
      const { view, options, typed, problem } = outcome;
      const { status, ...words } = wordsOf(site.words, problem, options.length > 1);
      const form = { view, site, options, submission: newSubmission(), ...(typed && { typed }), ...words };
      return respond(site, renderContributePage(form), status);
    }
    case "not_begun":
      return redirect(`/${outcome.view.slug}/contribute`);
    case "paid_already":
      return redirect(thanksPath(outcome.view.slug, outcome.reference));
    case "started": {
      const { view, receipt, checkout } = outcome;
      const { provider, amount: charge, reference } = receipt;
      const page = { view, site, provider, charge, reference };
      if (checkout.kind === "redirect") return redirect(checkout.url);
      if (checkout.kind === "form") return respond(site, renderFormCheckout({ ...page, checkout }));
      return respond(site, renderQrCheckout({ ...page, checkout }));
    }
    default:
      return outcome satisfies never;
  }
}

export function thanksPath(slug: string, reference: string): string {
  return `/${slug}/thanks?ref=${encodeURIComponent(reference)}`;
}

function wordsOf({ form: { alerts, ways } }: Words, problem: FormProblem, hasOthers: boolean) {
  switch (problem.kind) {
    case "invalid":
      return { status: 422, errors: problem.errors };
    case "board_unreachable":
      return { status: 503, alert: alerts.boardUnreachable };
    case "board_busy":
      return { status: 503, alert: alerts.boardBusy };
    case "not_started": {
      const { company } = ways[problem.provider];
      return { status: 502, alert: hasOthers ? alerts.notStartedWithOthers(company) : alerts.notStarted(company) };
    }
    case "not_offered":
      return { status: 503, alert: alerts.notOffered(ways[problem.provider].company) };
    default:
      return problem satisfies never;
  }
}
