import type { LiveWords } from "#browser/words/live-words";
import type { BOARD } from "./en/board.ts";
import type { COMMON } from "./en/common.ts";

/*
 * A language's sentences, one file for each kind of page. English decides which there are: a language without one of them does not
 * compile. Names that go into a sentence are isolated by who calls it. (copy.ts)
 */

export type BoardWords = typeof BOARD;
export type CommonWords = typeof COMMON;

export type Words = Readonly<{
  common: CommonWords;
  board: BoardWords;
  /** What the script of the board's page writes too. */
  live: LiveWords;
}>;
