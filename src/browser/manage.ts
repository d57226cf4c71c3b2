// Keeps the figures of a host's page current while it is visible. Its answers are private and kept nowhere.

type Figures = Readonly<{ scene: string; percent: number; texts: Readonly<Record<string, string>>; news: string }>;

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;

const { figures: path = "", scene = "" } = document.querySelector("main")?.dataset ?? {};
const news = document.getElementById("news");
let wait = FIRST_WAIT_MS;
let next: ReturnType<typeof setTimeout> | undefined;

document.addEventListener("visibilitychange", resumeOrPause);
resumeOrPause();

function resumeOrPause(): void {
  clearTimeout(next);
  wait = FIRST_WAIT_MS;
  if (path && !document.hidden) next = setTimeout(look, wait);
}

async function look(): Promise<void> {
  const found = await ask();
  if (found === "over") return;
  // Without news it asks less and less often.
  wait = found === "changed" ? FIRST_WAIT_MS : Math.min(LONGEST_WAIT_MS, wait * 1.3);
  if (!document.hidden) next = setTimeout(look, wait);
}

async function ask(): Promise<"changed" | "same" | "over"> {
  try {
    const response = await fetch(path, { cache: "no-store", headers: { Accept: "application/json" } });
    // Signed out meanwhile, or the board is not this host's any more.
    if (response.redirected || response.status === 404) return "over";
    if (!response.ok) return "same";
    return show(await response.json());
  } catch {
    return "same";
  }
}

function show(figures: Figures): "changed" | "same" | "over" {
  if (figures.scene !== scene) {
    location.reload();
    return "over";
  }
  const stale = [...document.querySelectorAll<HTMLElement>("[data-figure]")].filter(
    ({ dataset, textContent }) => figures.texts[dataset.figure ?? ""] !== textContent,
  );
  if (stale.length === 0) return "same";
  for (const element of stale) element.textContent = figures.texts[element.dataset.figure ?? ""] ?? "";
  document.querySelector("[data-bar]")?.setAttribute("width", `${figures.percent}%`);
  document.querySelector("[role=progressbar]")?.setAttribute("aria-valuenow", String(figures.percent));
  if (news) news.textContent = figures.news;
  return "changed";
}

// A script of its own, whose names are no one else's.
export {};
