import { type Cents, formatRand } from "#domain/money";
import type { LiveWords } from "../words/live-words.ts";

/**
 * What the scripts read of a board's public view. The server's pages pass the whole view to these functions, so the compiler
 * compares the two. The type stands here because the view's own module brings the rules of the board with it.
 */
export type LiveView = Readonly<{
  slug: string;
  photoUrl: string;
  hostMessage: string | null;
  gift: Readonly<{ image: string }> | null;
  phase: string;
  mode: string;
  charity: Readonly<{ raised: Cents | null }> | null;
  percent: number | null;
  fullyFunded: boolean;
  acceptsContributions: boolean;
  daysLeft: number;
  /** ISO 8601. */
  deadline: string;
  contributors: readonly (string | null)[];
  contributionCount: number;
}>;

/** Which shape a board page has, and which texts, pictures and last day its owner chose. When it changes, an open page fetches itself again instead of changing single texts. */
export function sceneOf(view: LiveView): string {
  const { phase, mode, fullyFunded, acceptsContributions, contributionCount, photoUrl, hostMessage, gift, deadline } =
    view;
  const edited = checksum(JSON.stringify([photoUrl, hostMessage, gift?.image, deadline]));
  return [phase, mode, fullyFunded, acceptsContributions, contributionCount > 0, edited].join("|");
}

function checksum(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i += 1) sum = (sum * 31 + text.charCodeAt(i)) % 1_000_003;
  return sum;
}

/** Was the goal reached when the page had this scene? */
export function isFundedScene(scene: string): boolean {
  return scene.split("|")[2] === "true";
}

/** The charity's sum, which is rounded down, or that it has only begun. */
export function raisedLine(words: LiveWords, raised: Cents | null): string {
  return raised ? words.raised(formatRand(raised)) : words.firstToGive;
}

/** How far along the gift is. The bar moves in steps, so the first one may not be reached yet. */
export function percentLine(words: LiveWords, percent: number): string {
  return percent === 0 ? words.justStarted : `${percent}%`;
}

/** What follows `percentLine`. */
export function wayLine(words: LiveWords, { percent, phase }: LiveView): string {
  if (!percent) return "";
  return phase === "open" ? words.way.open : words.way.ended;
}

/** A contributor's name, as the list shows it. */
export function nameLine(words: LiveWords, name: string | null): string {
  return name || words.anonymous;
}

/** For contributors the list does not name; null when it names all. */
export function unnamedLine(words: LiveWords, { contributionCount, contributors }: LiveView): string | null {
  const unnamed = contributionCount - contributors.length;
  return unnamed > 0 ? words.more(unnamed) : null;
}
