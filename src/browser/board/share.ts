import type { LiveWords } from "../words/live-words.ts";
import { announce } from "./page.ts";

const BUTTONS = "[data-share]";

/** Shows the share buttons. */
export function offerSharing(): void {
  for (const button of document.querySelectorAll<HTMLElement>(BUTTONS)) button.hidden = false;
}

/** Shares by the first way this browser allows: its own dialogue, the clipboard, the address to copy by hand. In-app browsers refuse some. */
export function shareOnClick(words: LiveWords): void {
  document.addEventListener("click", async ({ target }) => {
    const button = target instanceof Element ? target.closest<HTMLElement>(BUTTONS) : null;
    if (!button) return;
    const { share: url = "", text = "" } = button.dataset;
    if (canShare()) {
      try {
        return await navigator.share({ text, url });
      } catch (error) {
        // The guest closed the dialogue.
        if (error instanceof DOMException && error.name === "AbortError") return;
      }
    }
    try {
      await navigator.clipboard.writeText(url);
      button.textContent = words.linkCopied;
      announce(words.linkCopied);
    } catch {
      showAddress(button, url, words);
    }
  });
}

function showAddress(button: HTMLElement, url: string, { copyThisLink }: LiveWords): void {
  const field = document.createElement("input");
  field.type = "text";
  field.readOnly = true;
  field.value = url;
  field.setAttribute("aria-label", copyThisLink);
  button.replaceWith(field);
  field.focus();
  field.select();
}

/** The DOM's types say that `share` always exists. Desktop browsers may lack it. */
function canShare(): boolean {
  return "share" in navigator;
}
