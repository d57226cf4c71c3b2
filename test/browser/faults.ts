import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";

const CHECKS = readFileSync(join(import.meta.dirname, "page-checks.js"), "utf8");

type TabStop = { what: string; seen: boolean };

/** One sentence for each accessibility fault of the page. (WCAG 2.2 AA, in part) */
export function faultsOf(page: Page): Promise<string[]> {
  return page.evaluate(`${CHECKS}; pageChecks.faults()`);
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
