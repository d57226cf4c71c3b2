import { tagOfBoard } from "#boards/edge-purge";
import type { SeenView } from "#boards/read-board";
import type { PublicView } from "#domain/board/public-view";
import { codeOfSlug } from "#domain/slug";

/*
 * An answer may not be stored, unless its route says otherwise by one of these. `middleware/answer-headers.ts` sees to it.
 * A shared cache stands before the Worker, and keeps an answer under path and query: no host, and no header but those that `Vary` names.
 */

export const NO_STORE = "no-store";
/** A page for one person. */
export const PRIVATE_NO_STORE = "private, no-store";
/** The browser may keep it and asks again before it shows it, except when the guest goes back. */
export const ONLY_FOR_GOING_BACK = "private, no-cache";

const RELAXED = "public, max-age=2, stale-while-revalidate=30, stale-if-error=300";
/**
 * A copy must not show the gift once it is funded, whatever becomes of the purge. `must-revalidate` because Cloudflare serves
 * stale copies of a failing Worker without end unless told otherwise.
 */
const STRICT = "public, max-age=1, must-revalidate";
const BEFORE_DEADLINE_MS = 60_000;

/**
 * A picture never changes under its address. A week, because a copy outlives a deleted picture that long where no purge
 * reaches it: in browsers.
 */
const PICTURE = "max-age=604800, immutable";
/** The same picture, to a request that a shared cache may keep nothing of. */
export const PICTURE_OF_BROWSER = `private, ${PICTURE}`;

/** The headers by which a picture may be kept. `tag`: by which it is purged. */
export function pictureCaching(request: Request, tag: string): Readonly<Record<string, string>> {
  return isAnonymous(request)
    ? { "Cache-Control": `public, ${PICTURE}`, "Cache-Tag": tag }
    : { "Cache-Control": PICTURE_OF_BROWSER };
}

/** The headers by which the board's page, or its `live.json`, may be kept. A copy that is not current may not. */
export function boardCaching(seen: SeenView, now: Date): Readonly<Record<string, string>> {
  const { view, isCurrent } = seen;
  const code = codeOfSlug(view.slug);
  if (!isCurrent || !code) return { "Cache-Control": NO_STORE };
  const endsSoon = now.getTime() >= endsSoonAt(view);
  // An object of an older release does not say whether its goal is near.
  const isStrict = view.phase === "open" && (view.nearGoal !== false || endsSoon);
  return { "Cache-Control": isStrict ? STRICT : RELAXED, "Cache-Tag": tagOfBoard(code) };
}

/** From when on the board's end is near, in ms since 1970. */
export function endsSoonAt({ deadline }: PublicView): number {
  return Date.parse(deadline) - BEFORE_DEADLINE_MS;
}

/** The cookie of the language, alone. (guest-pages/remember-language.ts) */
const LANGUAGE_COOKIE = /^lang=[a-z]{2}$/;

/** Whether an answer to this request may be shared at all: nothing in it tells one visitor from others who read the same language. */
export function isAnonymous({
  method,
  url,
  headers,
  cookies = headers.get("Cookie"),
}: Pick<Request, "method" | "url" | "headers"> & { cookies?: string | null }): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  if (url.includes("?") || headers.has("Authorization")) return false;
  return cookies === null || LANGUAGE_COOKIE.test(cookies);
}
