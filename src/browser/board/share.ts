import { announce } from "./page.ts";

const BUTTONS = "[data-share]";

/** Shows the share buttons where this browser can share or copy. */
export function offerSharing(): void {
  if (!canShare() && !navigator.clipboard) return;
  for (const button of document.querySelectorAll<HTMLElement>(BUTTONS)) button.hidden = false;
}

export function shareOnClick(): void {
  document.addEventListener("click", async ({ target }) => {
    const button = target instanceof Element ? target.closest<HTMLElement>(BUTTONS) : null;
    if (!button) return;
    const { share: url = "", text = "" } = button.dataset;
    try {
      if (canShare()) return await navigator.share({ text, url });
      await navigator.clipboard.writeText(url);
      button.textContent = "Link copied";
      announce("Link copied");
    } catch {
      // The guest closed the dialogue, or the browser refused.
    }
  });
}

/** The DOM's types say that `share` always exists. Desktop browsers may lack it. */
function canShare(): boolean {
  return "share" in navigator;
}
