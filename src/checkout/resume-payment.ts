import { retryPayment } from "#boards/contribute";
import { findPublicView, findReceipt } from "#boards/read-board";
import { codeOfReference } from "#domain/ids";
import { codeOfSlug } from "#domain/slug";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { admitAttempt } from "./admit-attempt.ts";
import { startRecorded } from "./chip-in.ts";
import type { Guest } from "./guest.ts";
import type { CheckoutOutcome } from "./outcome.ts";
import { currentOptions, optionsOn } from "./provider-options.ts";

/**
 * Goes on with a payment that was begun, with another attempt when the present one can no longer be paid. The reference
 * alone says which, and it cannot be guessed.
 */
export async function resumePayment(
  services: Services,
  slug: string,
  { reference, guest }: { reference: string; guest: Guest },
): Promise<CheckoutOutcome> {
  const boardCode = codeOfSlug(slug);
  const isOfBoard = boardCode !== null && codeOfReference(reference) === boardCode;
  // The same limits as for beginning: an address that tries out cards must not go on with what it began.
  const attempt = isOfBoard && { boardCode, submission: reference, isRetry: true };
  // Side by side, because each of them asks objects, and those are far away.
  const [view, live, receipt, admission] = await Promise.all([
    findPublicView(services, slug),
    currentOptions(services),
    isOfBoard ? findReceipt(services, slug, reference) : null,
    attempt ? admitAttempt(services, guest, attempt) : null,
  ]);
  if (!view) return { outcome: "unknown_board" };
  if (!admission) return { outcome: "not_begun", view };
  if ("waitSeconds" in admission) return { outcome: "wait", view, retryAfterSeconds: admission.waitSeconds };
  if ("challenge" in admission) return { outcome: "challenge", view, form: { reference }, ...admission.challenge };
  const options = optionsOn(view, live);
  if (options.length === 0) return { outcome: "no_providers", view };
  if (!receipt) return { outcome: "not_begun", view };
  const { provider } = receipt;
  if (!options.some(({ name }) => name === provider)) {
    return { outcome: "form_again", view, options, typed: null, problem: { kind: "not_offered", provider } };
  }
  const recorded = await retryPayment(services, reference);
  if (!("refused" in recorded)) return await startRecorded(services, recorded, { options, typed: null });
  switch (recorded.refused) {
    case "not_accepting":
      if (receipt.status === "failed") return { outcome: "closed", view };
      // It may have been paid, and the report comes late.
      return { outcome: "paid_already", view, reference };
    case "cannot_retry":
      return { outcome: "paid_already", view, reference };
    // Another contribution can be begun.
    case "too_many_attempts":
    case "unknown_payment":
    case "unknown_board":
      return { outcome: "not_begun", view };
    default:
      throw new ChipInError("internal_error", `a retry cannot be refused as ${recorded.refused}`);
  }
}
