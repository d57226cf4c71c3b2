import {
  daysLine,
  isFundedScene,
  type LiveView,
  nameLine,
  peopleLine,
  percentLine,
  raisedLine,
  sceneOf,
  unnamedLine,
  wayLine,
} from "../shared/live-view.ts";
import { celebrateOnce } from "./celebrate.ts";
import { announce, page } from "./page.ts";
import { replacePage } from "./replace-page.ts";

let peopleShown: number | undefined;

/** Brings the page up to `view`. `replaced` runs after the page has taken another shape. */
export function showView(view: LiveView, replaced: () => void): void {
  const scene = sceneOf(view);
  const sceneShown = page().dataset.scene ?? "";
  if (peopleShown !== undefined && view.contributionCount > peopleShown) announce(newsOf(view));
  peopleShown = view.contributionCount;
  showProgress(view);
  put("days", daysLine(view.daysLeft));
  put("people", peopleLine(view.contributionCount));
  if (view.charity) put("raised", raisedLine(view.charity.raised));
  showNames(view);
  if (scene === sceneShown) return;
  // The page may be an old copy, and the next one takes a moment. A gift that is funded must not stay until then.
  if (!view.gift) document.querySelector("[data-gift]")?.remove();
  if (view.phase === "open" && view.fullyFunded && !isFundedScene(sceneShown)) {
    announce("The goal is reached!");
    celebrateOnce(view.slug);
  }
  replacePage(scene, replaced);
}

function newsOf({ contributors, percent }: LiveView): string {
  const progress = percent ? ` ${percent}% of the way there.` : "";
  return `${contributors[0] || "Someone"} chipped in.${progress}`;
}

function put(name: string, text: string): void {
  for (const element of document.querySelectorAll(`[data-live-text=${name}]`)) element.textContent = text;
}

function showProgress(view: LiveView): void {
  const percent = view.fullyFunded ? 100 : (view.percent ?? 0);
  put("percent", percentLine(percent));
  put("way", wayLine(view));
  for (const track of document.querySelectorAll("[role=progressbar]")) {
    track.setAttribute("aria-valuenow", `${percent}`);
    track.setAttribute("aria-valuetext", percentLine(percent));
    track.querySelector(".fill")?.setAttribute("width", `${percent}%`);
    for (const star of track.querySelectorAll<SVGElement>(".star")) {
      star.classList.toggle("on", percent >= Number(star.dataset.at));
    }
  }
}

function showNames(view: LiveView): void {
  for (const list of document.querySelectorAll("[data-names]")) {
    const items = view.contributors.map((name) => {
      const item = document.createElement("li");
      item.appendChild(document.createElement("bdi")).textContent = nameLine(name);
      return item;
    });
    const unnamed = unnamedLine(view);
    if (unnamed !== null) {
      const item = document.createElement("li");
      item.className = "more";
      item.textContent = unnamed;
      items.push(item);
    }
    list.replaceChildren(...items);
  }
}
