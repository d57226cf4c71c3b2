import type { FormWords as TypingWords } from "#browser/words/form-words";
import type { LiveWords } from "#browser/words/live-words";
import type { FrameWords } from "../../ui/frame-words.ts";
import type { BOARD } from "./en/board.ts";
import type { CHECKOUT } from "./en/checkout.ts";
import type { COMMON } from "./en/common.ts";
import type { FORM } from "./en/form.ts";
import type { LANDING } from "./en/landing.ts";
import type { MESSAGES } from "./en/messages.ts";
import type { RESULTS } from "./en/results.ts";

/*
 * A language's sentences, one file for each kind of page. English decides which there are: a language without one of them does not
 * compile. Names that go into a sentence are isolated by who calls it. (copy.ts)
 */

export type BoardWords = typeof BOARD;
export type CommonWords = typeof COMMON;
export type FormWords = typeof FORM;
export type CheckoutWords = typeof CHECKOUT;
export type ResultWords = typeof RESULTS;
export type MessageWords = typeof MESSAGES;
export type LandingWords = typeof LANDING;

export type Words = Readonly<{
  frame: FrameWords;
  common: CommonWords;
  board: BoardWords;
  /** What the script of the board's page writes too. */
  live: LiveWords;
  form: FormWords;
  /** What the script of the form writes too. */
  typing: TypingWords;
  checkout: CheckoutWords;
  results: ResultWords;
  messages: MessageWords;
  landing: LandingWords;
}>;
