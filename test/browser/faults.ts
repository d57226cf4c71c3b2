import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";

const QUESTIONS = readFileSync(join(import.meta.dirname, "questions.js"), "utf8");

type TabStop = { what: string; seen: boolean };

/** One sentence for each thing that is wrong for people and their tools; none for a good page. (WCAG 2.2 AA, in part) */
export function faultsOf(page: Page): Promise<string[]> {
  return page.evaluate(`${QUESTIONS}; questions.faults()`);
}

/** What the Tab key reaches, in order, each with whether one can see that it is there. */
export async function tabStops(page: Page): Promise<TabStop[]> {
  const stops: TabStop[] = [];
  for (let presses = 0; presses < 50; presses++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate<TabStop | null>(`${QUESTIONS}; questions.focus()`);
    if (!stop) return stops;
    stops.push(stop);
  }
  throw new Error("Tab never came to the end of the page");
}
