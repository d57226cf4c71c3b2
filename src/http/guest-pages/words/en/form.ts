import type { FormError } from "#checkout/contribution-form";
import type { PaymentWay } from "#domain/board/lifecycle";
import { formatRand } from "#domain/money";

type ErrorOf<Kind, E = FormError> = E extends { kind: infer Kinds } ? (Kind extends Kinds ? E : never) : never;
/** A sentence for each thing that can be wrong with a field. */
export type Mistakes = { [Kind in FormError["kind"]]: (error: ErrorOf<Kind>) => string };
type Way = { company: string; method: string; hint: string };

/** How guests know each way to pay: its name, what they pay with, and where. */
const WAYS: Record<PaymentWay, Way> = {
  payfast: { company: "PayFast", method: "Card", hint: "Visa or Mastercard, with PayFast" },
  ozow: { company: "Ozow", method: "Instant EFT", hint: "from your bank account, with Ozow" },
  snapscan: { company: "SnapScan", method: "Scan to pay", hint: "with the SnapScan app" },
  sandbox: { company: "our test page", method: "Test payment", hint: "choose what happens, no money moves" },
};

const MISTAKES: Mistakes = {
  not_an_amount: () => "Please type an amount in rand, like 200 or 150.50.",
  too_small: ({ minimum }) => `The smallest contribution is ${formatRand(minimum)}. Please type a larger amount.`,
  too_large: ({ maximum }) =>
    `One contribution can be ${formatRand(maximum)} at most. You are welcome to chip in more than once.`,
  too_large_with_fee: ({ maximum }) =>
    `With the fee covered, one contribution can be ${formatRand(maximum)} at most. Type less, or untick the fee.`,
  too_small_for_way: ({ way, minimum }) =>
    `${WAYS[way].company} takes ${formatRand(minimum)} or more. Please type a larger amount.`,
  too_large_for_way: ({ way, maximum }) =>
    `${WAYS[way].company} takes ${formatRand(maximum)} at most. Type less, or choose another way to pay.`,
  amount_refused: () => "Please type another amount.",
  name_too_long: ({ limit }) => `Please shorten your name to ${limit} characters.`,
  message_too_long: ({ limit, length }) => `Please shorten your message to ${limit} characters; it has ${length}.`,
  no_way: () => "Please choose how you would like to pay.",
  form_too_old: () => "This form was open for a while. Please check it and press the button once more.",
  tried_often: () => "This form was tried very often. Please check it and press the button once more.",
};

/** The form to chip in. */
export const FORM = {
  ways: WAYS,
  mistakes: MISTAKES,
  /** Where a contribution goes, as the end of "R194 to …". */
  destination: { gift: "the gift", organisation: (name: string) => name },
  title: (child: string) => `Chip in for ${child}’s wish`,
  pleaseCheck: (title: string) => `Please check: ${title}`,
  almostThere: "Almost there: please look at what is marked below.",
  goesToCharity: (child: string) => `${child}’s gift is fully funded: this goes to a good cause.`,
  amount: "Your contribution",
  otherAmount: "Other amount",
  limits: (minimum: string, maximum: string) => `${minimum} to ${maximum}`,
  feeRule: (percent: number, minimum: string) => `ChipIn’s fee is ${percent}% (at least ${minimum}).`,
  optional: "optional",
  name: "Your name",
  nameHint: (child: string) => `Shown on ${child}’s board`,
  message: (child: string) => `A birthday message for ${child}`,
  messageHint: (child: string) => `Only ${child}’s family sees this`,
  howToPay: "How would you like to pay?",
  payWith: (company: string) => `Pay with ${company}`,
  weNeverSee: "You pay on your payment provider’s secure page. We never see your card or bank details.",
  /** Why the form is shown again, although what was typed is right. */
  alerts: {
    boardUnreachable: "We could not reach this board just now. Nothing was charged. Please try again in a moment.",
    boardBusy: "Very many people are paying here right now. Nothing was charged. Please try again in an hour.",
    notStarted: (company: string) => `We could not reach ${company}. Nothing was charged. Please try again.`,
    notStartedWithOthers: (company: string) =>
      `We could not reach ${company}. Nothing was charged. Please try again, or choose another way to pay.`,
    notOffered: (company: string) =>
      `${company} is not available right now. Nothing was charged. Please choose another way to pay.`,
  },
};
