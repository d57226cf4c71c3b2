import { contribute, type RecordedContribution } from "#boards/contribute";
import { findPublicView } from "#boards/read-board";
import type { Refusal } from "#domain/board/commands";
import type { PublicView } from "#domain/board/public-view";
import { codeOfSlug } from "#domain/slug";
import { auditHit } from "#fraud/audit-hit";
import { canChallenge, countContribution } from "#fraud/contribution-attempts";
import { rememberCrowd } from "#fraud/crowded-boards";
import { signalsOf } from "#fraud/signals";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { admitAttempt } from "./admit-attempt.ts";
import { type ContributionForm, readContributionForm, submissionDigest, type TypedForm } from "./contribution-form.ts";
import type { Guest } from "./guest.ts";
import type { CheckoutOutcome, FormProblem } from "./outcome.ts";
import { configuredOptions, currentOptions, optionsOn, type ProviderOption } from "./provider-options.ts";
import { startCheckout } from "./start-checkout.ts";

/** A board with many unpaid attempts takes new ones again once some have expired. */
const BUSY_RETRY_SECONDS = 600;

type Fields = Readonly<Record<string, unknown>>;

/**
 * The guest's form: read it, check limits and challenge, record the contribution on the board, start the payment at the
 * provider. What cannot be taken is answered with the reason and with what was typed.
 */
export async function chipIn(services: Services, slug: string, fields: Fields, guest: Guest): Promise<CheckoutOutcome> {
  const boardCode = codeOfSlug(slug);
  if (!boardCode) return { outcome: "unknown_board" };
  const first = readContributionForm(fields, configuredOptions(services.settings));
  const attempt = first.ok && { boardCode, submission: submissionDigest(first.contribution) };
  // Side by side, because each of them asks objects, and those are far away.
  const [view, live, admission] = await Promise.all([
    findPublicView(services, slug),
    currentOptions(services),
    attempt ? admitAttempt(services, guest, attempt) : null,
  ]);
  if (!view) return { outcome: "unknown_board" };
  if (!view.acceptsContributions) return await closedOrPaid(services, view, fields, guest);
  const options = optionsOn(view, live);
  if (options.length === 0) return { outcome: "no_providers", view };

  // Fewer providers may be offered now than are configured. The form is the same one for those that are.
  const reading = readContributionForm(fields, options);
  const { typed } = reading;
  const formAgain = (problem: FormProblem): CheckoutOutcome => ({
    outcome: "form_again",
    view,
    options,
    typed,
    problem,
  });
  if (!reading.ok) return formAgain({ kind: "invalid", errors: reading.errors });

  if (!admission || !attempt) throw new Error("a form was read that had not been judged");
  const form = reading.contribution;
  if ("waitSeconds" in admission) return { outcome: "wait", view, retryAfterSeconds: admission.waitSeconds };
  if ("challenge" in admission) return { outcome: "challenge", view, form: { typed }, ...admission.challenge };

  const recorded = await record(services, view, form, { guest, challengePassed: admission.challengePassed });
  if (!recorded) return formAgain({ kind: "board_unreachable" });
  if ("refused" in recorded) return refused(services, recorded, { boardCode, view, options, typed, guest });
  services.waitUntil(countContribution(services, { ipAddress: guest.ipAddress, ...attempt }));
  return await startRecorded(services, recorded, { options, typed });
}

/** Starts a contribution the board has recorded, or finds that it was paid before. */
export async function startRecorded(
  services: Services,
  { receipt, view }: RecordedContribution,
  { options, typed }: { options: readonly ProviderOption[]; typed: TypedForm | null },
): Promise<CheckoutOutcome> {
  if (!receipt.payable) return { outcome: "paid_already", view, reference: receipt.reference };
  const checkout = await startCheckout(services, view, receipt);
  if (checkout) return { outcome: "started", view, receipt, checkout };
  const problem = { kind: "not_started", provider: receipt.provider } as const;
  return { outcome: "form_again", view, options, typed, problem };
}

/** The board has closed. A guest who had paid in time, and sends the same form again, is thanked for it all the same. */
async function closedOrPaid(
  services: Services,
  view: PublicView,
  fields: Fields,
  guest: Guest,
): Promise<CheckoutOutcome> {
  const reading = readContributionForm(fields, configuredOptions(services.settings));
  const known = reading.ok && (await record(services, view, reading.contribution, { guest, challengePassed: false }));
  if (known && !("refused" in known) && !known.receipt.payable) {
    return { outcome: "paid_already", view, reference: known.receipt.reference };
  }
  return { outcome: "closed", view };
}

/** Null when the board cannot be reached. Should it have recorded all the same, the next try is this contribution again. */
async function record(
  services: Services,
  view: PublicView,
  form: ContributionForm,
  { guest, challengePassed }: { guest: Guest; challengePassed: boolean },
): Promise<RecordedContribution | Refusal | null> {
  const { ipAddress, userAgent, country } = guest;
  const { name, message } = form;
  try {
    return await contribute(services, view.slug, {
      submission: submissionDigest(form),
      amount: form.charge,
      provider: form.provider,
      contributor: { name, message, ipAddress, userAgent },
      signals: signalsOf({ country, expectedCountries: services.settings.FRAUD_EXPECTED_COUNTRIES }),
      challengePassed,
    });
  } catch (error) {
    if (error instanceof ChipInError && error.code === "unavailable") return null;
    throw error;
  }
}

type RefusedForm = { view: PublicView; options: readonly ProviderOption[]; typed: TypedForm };

function refused(
  services: Services,
  refusal: Refusal,
  { boardCode, guest, ...form }: RefusedForm & { boardCode: string; guest: Guest },
): CheckoutOutcome {
  const { view, typed } = form;
  switch (refusal.refused) {
    case "unknown_board":
      return { outcome: "unknown_board" };
    case "not_accepting":
      return { outcome: "closed", view };
    case "amount_out_of_range": {
      const errors = { amount: { kind: "amount_refused" } } as const;
      return { outcome: "form_again", ...form, problem: { kind: "invalid", errors } };
    }
    case "challenge_needed":
      auditHit(services, "contribution.challenged", guest.ipAddress);
      rememberCrowd(services, boardCode);
      if (canChallenge(services)) return { outcome: "challenge", view, form: { typed }, failed: false };
      return { outcome: "wait", view, retryAfterSeconds: BUSY_RETRY_SECONDS };
    case "too_many_attempts": {
      const errors = { submission: { kind: "tried_often" } } as const;
      return { outcome: "form_again", ...form, problem: { kind: "invalid", errors } };
    }
    case "too_many_unpaid":
      auditHit(services, "contribution.held_up", guest.ipAddress);
      return { outcome: "form_again", ...form, problem: { kind: "board_busy" } };
    default:
      throw new Error(`a contribution cannot be refused as ${refusal.refused}`);
  }
}
