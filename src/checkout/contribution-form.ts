import { createHash } from "node:crypto";
import type { PaymentWay } from "#domain/board/lifecycle";
import { amountCovering, MAX_CONTRIBUTION_CENTS, MIN_CONTRIBUTION_CENTS, netOf } from "#domain/fees";
import { type Cents, formatRand, parseRand } from "#domain/money";
import { isVisible } from "#domain/shown-name";
import { PROVIDER_WORDS } from "#payments/provider-words";
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

export type FormErrors = Readonly<Partial<Record<"amount" | "name" | "message" | "provider" | "submission", string>>>;

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
    ...(typeof charge === "string" && { amount: charge }),
    ...(tooLong(name, MAX_NAME_LENGTH) && { name: `Please shorten your name to ${MAX_NAME_LENGTH} characters.` }),
    ...(tooLong(message, MAX_MESSAGE_LENGTH) && {
      message: `Please shorten your message to ${MAX_MESSAGE_LENGTH} characters; it has ${[...message].length}.`,
    }),
    ...(!option && { provider: "Please choose how you would like to pay." }),
    ...(!SUBMISSION.test(typed.submission) && {
      submission: "This form was open for a while. Please check it and press the button once more.",
    }),
  };
  if (typeof charge === "string" || !option || Object.keys(errors).length > 0) return { ok: false, typed, errors };
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

/** Cents to charge, or the sentence that says what to type instead. */
function readCharge({ amount, coverFee }: TypedForm, option: ProviderOption | undefined): Cents | string {
  const gift = parseRand(amount);
  if (gift === null) return "Please type an amount in rand, like 200 or 150.50.";
  if (gift < MIN_CONTRIBUTION_CENTS) {
    return `The smallest contribution is ${formatRand(MIN_CONTRIBUTION_CENTS)}. Please type a larger amount.`;
  }
  if (gift > MAX_CONTRIBUTION_CENTS) {
    return `One contribution can be ${formatRand(MAX_CONTRIBUTION_CENTS)} at most. You are welcome to chip in more than once.`;
  }
  if (coverFee && gift > LARGEST_COVERED_GIFT) {
    return `With the fee covered, one contribution can be ${formatRand(LARGEST_COVERED_GIFT)} at most. Type less, or untick the fee.`;
  }
  const charge = coverFee ? amountCovering(gift) : gift;
  if (!option) return charge;
  const { company } = PROVIDER_WORDS[option.name];
  const { minimum, maximum } = option.limits;
  if (charge < minimum) return `${company} takes ${formatRand(minimum)} or more. Please type a larger amount.`;
  if (charge > maximum)
    return `${company} takes ${formatRand(maximum)} at most. Type less, or choose another way to pay.`;
  return charge;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").replace(CONTROL, "").trim();
}

function paragraph(text: string): string {
  return text.replace(NEWLINE, "\n").replace(CONTROL_EXCEPT_NEWLINE, "").trim();
}

/** Counted the way the database counts: an emoji is one character, not two. */
function tooLong(text: string, limit: number): boolean {
  return [...text].length > limit;
}
