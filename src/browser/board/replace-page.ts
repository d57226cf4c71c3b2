import { page } from "./page.ts";

const TRIES = 5;
/** The server may keep a page for two seconds. The random part spreads the requests of all open pages. */
const WAIT_MS = 1_100;
const SPREAD_MS = 900;

let waiting: ReturnType<typeof setTimeout> | undefined;

/** Fetches the page again until the server shows `scene`, and puts its `<main>` in place of this one. */
export function replacePage(scene: string, replaced: () => void, tries = TRIES): void {
  clearTimeout(waiting);
  waiting = setTimeout(
    async () => {
      const fresh = await fetchPage().catch(() => null);
      const main = fresh?.querySelector("main");
      // Another language was chosen meanwhile, in another tab: script and frame must change with the page.
      if (fresh && fresh.documentElement.lang !== document.documentElement.lang) return location.reload();
      // The last try takes what there is. A page without `data-live` has ended and does not change any more.
      if (fresh && main && (main.dataset.scene === scene || !main.dataset.live || tries === 1)) {
        keepingFocus(() => page().replaceWith(main));
        replaceHead(fresh);
        replaced();
      } else if (tries > 1) {
        replacePage(scene, replaced, tries - 1);
      }
    },
    WAIT_MS + Math.random() * SPREAD_MS,
  );
}

/** The same link or button keeps the focus. Where it is gone, the new heading gets it, so that a keyboard goes on from there. */
function keepingFocus(replace: () => void): void {
  const focused = document.activeElement;
  const isInside = focused !== null && page().contains(focused);
  const href = focused?.getAttribute("href");
  const selector = href ? `a[href="${CSS.escape(href)}"]` : focused?.matches("[data-share]") ? "[data-share]" : null;
  replace();
  if (!isInside) return;
  const same = selector ? page().querySelector<HTMLElement>(selector) : null;
  const heading = page().querySelector<HTMLElement>("h1");
  if (heading && !same) heading.tabIndex = -1;
  (same ?? heading)?.focus();
}

/** @returns null when the server answers with an error */
async function fetchPage(): Promise<Document | null> {
  // The browser may have a copy, and would show it for half a minute while it renews it.
  const response = await fetch(location.href, { cache: "no-store" });
  if (!response.ok) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

/** Share buttons and readers may read the head later. It must not name a gift that is funded. */
function replaceHead(fresh: Document): void {
  document.title = fresh.title;
  const metas = fresh.querySelectorAll<HTMLMetaElement>("meta[content]");
  document.querySelectorAll<HTMLMetaElement>("meta[content]").forEach((meta, index) => {
    const other = metas[index];
    if (other) meta.content = other.content;
  });
}
