import { forgetTyped } from "../shared/kept-form.ts";
import type { LiveWords } from "../words/live-words.ts";
import { celebrateOnce } from "./celebrate.ts";
import { keepLive } from "./live.ts";
import { page } from "./page.ts";
import { offerSharing, shareOnClick } from "./share.ts";
import { showView } from "./show-view.ts";

/** Keeps an open board page current, shares its link, and shows confetti once when the goal is reached. */
export function startBoard(words: LiveWords): void {
  ready();
  shareOnClick(words);
  keepLive((view) => showView(words, view, ready));
}

function ready(): void {
  const { celebrate, paid } = page().dataset;
  if (paid) {
    forgetTyped(paid);
    // The browser knows by a cookie whose thanks page this is. Without the reference its address can be passed on.
    history.replaceState(null, "", location.pathname);
  }
  if (celebrate) celebrateOnce(celebrate);
  offerSharing();
}
