import { celebrateOnce } from "./board/celebrate.ts";
import { keepLive } from "./board/live.ts";
import { page } from "./board/page.ts";
import { offerSharing, shareOnClick } from "./board/share.ts";
import { showView } from "./board/show-view.ts";
import { forgetTyped } from "./shared/kept-form.ts";

// Keeps an open board page current, shares its link, and shows confetti once when the goal is reached.

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

ready();
shareOnClick();
keepLive((view) => showView(view, ready));
