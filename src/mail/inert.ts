/** What a browser reads as the dot in a host's name. */
const DOT = "[.．。｡․]";
/** Not what ends a sentence or a bracket: "e.g.)" holds no name of a host. */
const GOES_ON = "(?=[^\\s.．。｡․,;:!?)\\]'\"”’…])";

/** Invisible format characters, but not those that emoji and some scripts are joined with, nor the isolates around a name. */
const UNSEEN = /(?!\u200c|\u200d|\u2068|\u2069)\p{Cf}/gu;
const BEFORE_SLASHES = /:(?=\/\/)/g;
const AT = /@(?=\S)/g;
/** Between letters, or the second one of a number: `2.0` and `R19.50` stay as they are. */
const DOT_OF_A_NAME = new RegExp(
  `(?<=\\S)(?:(?<!\\d)${DOT}${GOES_ON}|${DOT}(?!\\d)${GOES_ON}|(?<=\\d${DOT}\\d+)${DOT}(?=\\d))`,
  "gu",
);

/**
 * A text so that mail programs make no link of it: a space breaks whatever they recognise as an address (`https://`, `www.`, a
 * dot between letters, `@`). It reads the same otherwise. For every text that a stranger may have written.
 */
export function inert(text: string): string {
  return text.replace(UNSEEN, "").replace(BEFORE_SLASHES, ": ").replace(AT, "@ ").replace(DOT_OF_A_NAME, "$& ");
}

/** A word with a scheme, `www.` or a path. */
const ADDRESSES = new RegExp(`\\S*(?::\\/\\/|www${DOT}|${DOT}\\p{L}+\\/)\\S*`, "giu");

/** The text without the words that are addresses of pages, on one line; empty when nothing else is left. */
export function withoutAddresses(text: string): string {
  return text.replace(ADDRESSES, " ").replace(/\s+/g, " ").trim();
}
