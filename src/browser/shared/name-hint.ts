import { isolated } from "#domain/isolate";
import { shownName } from "#domain/shown-name";
import type { FormWords } from "../words/form-words.ts";

/** How the board will show what was typed; null while there is nothing. */
export function shownAs(words: FormWords, typed: string): string | null {
  if (typed.trim() === "") return null;
  const name = shownName(typed);
  return words.shownAs(name === null ? null : isolated(name));
}
