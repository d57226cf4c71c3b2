import {
  isFundedScene,
  type LiveView,
  nameLine,
  percentLine,
  raisedLine,
  sceneOf,
  unnamedLine,
  wayLine,
} from "../shared/live-view.ts";
import type { LiveWords } from "../words/live-words.ts";
import { celebrateOnce } from "./celebrate.ts";
import { announce, page } from "./page.ts";
import { replacePage } from "./replace-page.ts";

let peopleShown: number | undefined;

/** Brings the page up to `view`. `replaced` runs after the page has taken another shape. */
export function showView(words: LiveWords, view: LiveView, replaced: () => void): void {
  const scene = sceneOf(view);
  const sceneShown = page().dataset.scene ?? "";
  if (peopleShown !== undefined && view.contributionCount > peopleShown)
    announce(words.news(view.contributors[0] || null, view.percent));
  peopleShown = view.contributionCount;
  showProgress(words, view);
  put("days", words.days(view.daysLeft));
  put("people", words.people(view.contributionCount));
  if (view.charity) put("raised", raisedLine(words, view.charity.raised));
  showNames(words, view);
  if (scene === sceneShown) return;
  // The page may be an old copy, and the next one takes a moment. A gift that is funded must not stay until then.
  if (!view.gift) document.querySelector("[data-gift]")?.remove();
  if (view.phase === "open" && view.fullyFunded && !isFundedScene(sceneShown)) {
    announce(words.goalReached);
    celebrateOnce(view.slug);
  }
  replacePage(scene, replaced);
}

function put(name: string, text: string): void {
  for (const element of document.querySelectorAll(`[data-live-text=${name}]`)) element.textContent = text;
}

function showProgress(words: LiveWords, view: LiveView): void {
  const percent = view.fullyFunded ? 100 : (view.percent ?? 0);
  // Before the first contribution it asks for one.
  if (view.contributionCount > 0) put("percent", percentLine(words, percent));
  put("way", wayLine(words, view));
  for (const track of document.querySelectorAll("[role=progressbar]")) {
    track.setAttribute("aria-valuenow", `${percent}`);
    track.setAttribute("aria-valuetext", percentLine(words, percent));
    track.querySelector(".fill")?.setAttribute("width", `${percent}%`);
    for (const star of track.querySelectorAll<SVGElement>(".star")) {
      star.classList.toggle("on", percent >= Number(star.dataset.at));
    }
  }
}

function showNames(words: LiveWords, view: LiveView): void {
  for (const list of document.querySelectorAll("[data-names]")) {
    const items = view.contributors.map((name) => {
      const item = document.createElement("li");
      item.appendChild(document.createElement("bdi")).textContent = nameLine(words, name);
      return item;
    });
    const unnamed = unnamedLine(words, view);
    if (unnamed !== null) {
      const item = document.createElement("li");
      item.className = "more";
      item.textContent = unnamed;
      items.push(item);
    }
    list.replaceChildren(...items);
  }
}
