import { createHash } from "node:crypto";
import type { PaymentWay } from "#domain/board/lifecycle";
import { amountCovering, MAX_CONTRIBUTION_CENTS, MIN_CONTRIBUTION_CENTS, netOf } from "#domain/fees";
import { type Cents, parseRand } from "#domain/money";
import { isVisible } from "#domain/shown-name";
import type { ProviderOption } from "./provider-options.ts";

export const MAX_NAME_LENGTH = 100;
export const MAX_MESSAGE_LENGTH = 280;
const LARGEST_COVERED_GIFT = netOf(MAX_CONTRIBUTION_CENTS);
const SUBMISSION = /^[A-Za-z0-9-]{16,64}$/;
const NEWLINE = /\r\n?/g;
// Direction overrides go too: they could turn the text around a name on its head.
const CONTROL = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const CONTROL_EXCEPT_NEWLINE = /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** What a guest typed, as text, so that a refused form can be shown again just as it was. */
export type TypedForm = Readonly<{
  amount: string;
  name: string;
  message: string;
  provider: string;
  coverFee: boolean;
  submission: string;
}>;

/** What is wrong with a field; the page says it in the guest's language. `limit` and `length` in characters. */
export type FormError =
  | { kind: "not_an_amount" | "amount_refused" | "no_way" | "form_too_old" | "tried_often" }
  | { kind: "too_small"; minimum: Cents }
  | { kind: "too_large" | "too_large_with_fee"; maximum: Cents }
  | { kind: "too_small_for_way"; way: PaymentWay; minimum: Cents }
  | { kind: "too_large_for_way"; way: PaymentWay; maximum: Cents }
  | { kind: "name_too_long"; limit: number }
  | { kind: "message_too_long"; limit: number; length: number };

export type FormErrors = Readonly<
  Partial<Record<"amount" | "name" | "message" | "provider" | "submission", FormError>>
>;

/** `charge` is what the provider takes, to the cent; with the fee covered it is more than was typed. */
export type ContributionForm = Readonly<{
  charge: Cents;
  provider: PaymentWay;
  name: string | null;
  message: string | null;
  submission: string;
}>;

export type FormReading = { typed: TypedForm } & (
  | { ok: true; contribution: ContributionForm }
  | { ok: false; errors: FormErrors }
);

/** Judges a posted form. Fields that are missing, doubled or files count as empty. */
export function readContributionForm(
  fields: Readonly<Record<string, unknown>>,
  options: readonly ProviderOption[],
): FormReading {
  const typed = typedForm(fields);
  const option = options.find(({ name }) => name === typed.provider);
  const name = oneLine(typed.name);
  const message = paragraph(typed.message);
  const charge = readCharge(typed, option);

  const errors: FormErrors = {
    ...(typeof charge === "object" && { amount: charge }),
    ...(tooLong(name, MAX_NAME_LENGTH) && {
      name: { kind: "name_too_long", limit: MAX_NAME_LENGTH },
    }),
    ...(tooLong(message, MAX_MESSAGE_LENGTH) && {
      message: { kind: "message_too_long", limit: MAX_MESSAGE_LENGTH, length: [...message].length },
    }),
    ...(!option && { provider: { kind: "no_way" } }),
    ...(!SUBMISSION.test(typed.submission) && { submission: { kind: "form_too_old" } }),
  };
  if (typeof charge === "object" || !option || Object.keys(errors).length > 0) return { ok: false, typed, errors };
  const contribution = {
    charge,
    provider: option.name,
    submission: typed.submission,
    name: isVisible(name) ? name : null,
    message: isVisible(message) ? message : null,
  };
  return { ok: true, typed, contribution };
}

/** The same form sent twice is the same contribution; a form that was changed in between is another one. */
export function submissionDigest({ submission, charge, provider, name, message }: ContributionForm): string {
  return createHash("sha256")
    .update(JSON.stringify([submission, charge, provider, name, message]))
    .digest("hex");
}

/** The number of a form that is shown anew. */
export function newSubmission(): string {
  return crypto.randomUUID();
}

export function isUsableSubmission(submission: string): boolean {
  return SUBMISSION.test(submission);
}

function typedForm(fields: Readonly<Record<string, unknown>>): TypedForm {
  const text = (field: string) => {
    const value = fields[field];
    return typeof value === "string" ? value : "";
  };
  return {
    amount: text("amount"),
    name: text("name"),
    message: text("message"),
    provider: text("provider"),
    // What a ticked box sends is anything but these.
    coverFee: !["", "0", "false", "off", "no"].includes(text("cover_fee").toLowerCase()),
    submission: text("submission"),
  };
}

/** Cents to charge, or why the amount cannot be taken. */
function readCharge({ amount, coverFee }: TypedForm, option: ProviderOption | undefined): Cents | FormError {
  const gift = parseRand(amount);
  if (gift === null) return { kind: "not_an_amount" };
  if (gift < MIN_CONTRIBUTION_CENTS) return { kind: "too_small", minimum: MIN_CONTRIBUTION_CENTS };
  if (gift > MAX_CONTRIBUTION_CENTS) return { kind: "too_large", maximum: MAX_CONTRIBUTION_CENTS };
  if (coverFee && gift > LARGEST_COVERED_GIFT) return { kind: "too_large_with_fee", maximum: LARGEST_COVERED_GIFT };
  const charge = coverFee ? amountCovering(gift) : gift;
  if (!option) return charge;
  const { name: way, limits } = option;
  const { minimum, maximum } = limits;
  if (charge < minimum) return { kind: "too_small_for_way", way, minimum };
  if (charge > maximum) return { kind: "too_large_for_way", way, maximum };
  return charge;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").replace(CONTROL, "").trim();
}

/** What was typed, without control characters and with one kind of line end. */
export function paragraph(text: string): string {
  return text.replace(NEWLINE, "\n").replace(CONTROL_EXCEPT_NEWLINE, "").trim();
}

/** Counted the way the database counts: an emoji is one character, not two. */
function tooLong(text: string, limit: number): boolean {
  return [...text].length > limit;
}
