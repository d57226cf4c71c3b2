import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { runsScripts } from "./browser.ts";

const CHECKS = readFileSync(join(import.meta.dirname, "page-checks.js"), "utf8");

type TabStop = { what: string; seen: boolean };

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

type Violation = { id: string; nodes: { html: string }[] };

/** One sentence for each accessibility fault of the page: what our checks find, and axe. (WCAG 2.2 AA, in part) */
export async function faultsOf(page: Page): Promise<string[]> {
  const faults = await page.evaluate<string[]>(`${CHECKS}; pageChecks.faults()`);
  // A page without scripts runs none of axe's timers.
  if (!runsScripts(page)) return faults;
  const run = `${AXE}; axe.run(document, { runOnly: ${JSON.stringify(LEVELS)} }).then((found) => found.violations)`;
  const violations = await page.evaluate<Violation[]>(run);
  return [...faults, ...violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)];
}

/** The elements that the Tab key reaches, in order, each with whether its focus is visible. */
export async function tabStops(page: Page): Promise<TabStop[]> {
  const stops: TabStop[] = [];
  for (let presses = 0; presses < 50; presses++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate<TabStop | null>(`${CHECKS}; pageChecks.focus()`);
    if (!stop) return stops;
    stops.push(stop);
  }
  throw new Error("50 presses of Tab did not reach the end of the page");
}
