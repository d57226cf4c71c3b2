import { recallView, type SeenView, seeView } from "#boards/read-board";
import type { PublicView } from "#domain/board/public-view";
import type { BoardServices } from "#platform/services";
import { boardCaching, endsSoonAt } from "../caching.ts";
import { renderBoardPage } from "./board-page.tsx";
import type { Site } from "./site.ts";

/**
 * A board's page as everybody sees it who reads one language. Into each answer the headers are copied, after its request's id
 * was set in them. An answer's body is `page.stream()`: bytes, and the blob itself, are copied for each answer, and the copies
 * are freed no sooner than V8 collects its garbage.
 */
export type SeenBoard = Readonly<{ view: PublicView; page: Blob; headers: Headers }>;

/** `until`: when the headers change although the view does not, in ms since 1970. */
type Rendered = { page: Blob; headers: Headers; isCurrent: boolean; until: number };

const rendered = new WeakMap<PublicView, Map<Site, Rendered>>();

/**
 * The page of the board that `slug` names, rendered once for each view of it, with all its headers. Needs no framework. Null
 * when there is no such board; a wrong name before the right code finds the board too: compare `view.slug`.
 * @throws ChipInError `unavailable` when the board does not answer and there is no copy of it.
 */
export async function seeBoard(services: BoardServices, slug: string, site: Site): Promise<SeenBoard | null> {
  const seen = await seeView(services, slug);
  return seen && seenBoard(seen, site, services.now());
}

/** The page as this isolate remembers it; null when the board with this code has to be asked. */
export function recallBoard(
  services: Pick<BoardServices, "settings">,
  code: string,
  site: Site,
  now: Date,
): SeenBoard | null {
  const recalled = recallView(services, code, now);
  return recalled && seenBoard(recalled, site, now);
}

function seenBoard(seen: SeenView, site: Site, now: Date): SeenBoard {
  const { page, headers } = renderedPage(seen, site, now);
  return { view: seen.view, page, headers };
}

/** A view stays the same object while it is fresh, so a busy board is rendered once a second, not once a visit. */
function renderedPage(seen: SeenView, site: Site, now: Date): Rendered {
  const { view, isCurrent } = seen;
  let pages = rendered.get(view);
  if (!pages) {
    pages = new Map();
    rendered.set(view, pages);
  }
  const known = pages.get(site);
  if (known && known.isCurrent === isCurrent && now.getTime() < known.until) return known;
  const headers = new Headers(site.headers);
  for (const [name, value] of Object.entries(boardCaching(seen, now))) headers.set(name, value);
  // Caches compare these headers letter by letter.
  if (site.languages.length > 1) headers.set("Vary", "Accept-Language, Cookie");
  const page = known?.page ?? new Blob([renderBoardPage({ view, site })]);
  const endsSoon = endsSoonAt(view);
  const until = now.getTime() < endsSoon ? endsSoon : Number.POSITIVE_INFINITY;
  const made = { page, headers, isCurrent, until };
  pages.set(site, made);
  return made;
}
