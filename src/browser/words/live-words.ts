/** The sentences of a board page that its script writes too. Names come isolated or into an element of their own. */
export type LiveWords = Readonly<{
  people(count: number): string;
  days(days: number): string;
  /** `amount`: what the charity has at least, with its currency. */
  raised(amount: string): string;
  firstToGive: string;
  /** In place of the percentage while the first step is not reached. */
  justStarted: string;
  /** What follows the percentage of an open board, and of one that has ended. */
  way: Readonly<{ open: string; ended: string }>;
  anonymous: string;
  /** How many contributors the list does not name. */
  more(count: number): string;
  /** For screen readers; `name` is null where none was given, `percent` zero or null where no step is reached. */
  news(name: string | null, percent: number | null): string;
  goalReached: string;
  linkCopied: string;
  copyThisLink: string;
}>;
