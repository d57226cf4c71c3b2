const MAX_LENGTH = 500;
/** Printable ASCII without a backslash, which browsers read as a slash. */
const PATH = /^\/(?!\/)[!-[\]-~]*$/;

/** A path of this site, with its query, to go on to after signing in: `/dashboard?tab=payout`. Null for any other text. */
export function ownPath(text: unknown): string | null {
  if (typeof text !== "string" || text.length > MAX_LENGTH || !PATH.test(text)) return null;
  const { origin, pathname, search } = new URL(text, "https://chipin.invalid");
  // `/./\/` and the like: what a browser makes of it must be a path of ours too.
  return origin === "https://chipin.invalid" && !pathname.startsWith("//") ? pathname + search : null;
}
