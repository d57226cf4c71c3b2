import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressOf, PAGES, REFERENCE } from "../../local/docs/pages.ts";
import { startApi } from "../support/api.ts";

const api = await startApi();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SCREENS = [
  { width: 390, height: 844 },
  { width: 1280, height: 900 },
];
const ADDRESSES = [...PAGES.map(({ name }) => addressOf(name)), REFERENCE];

let browser: Browser;
beforeAll(async () => {
  const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
});
afterAll(() => browser.close());

type Visit = { page: Page; problems: string[]; foreign: string[] };

/** Opens a page; what the browser complains of and what is asked of other hosts is collected. axe needs a page without a policy. */
async function visit(path: string, viewport: (typeof SCREENS)[number], bypassCSP = false): Promise<Visit> {
  const context = await browser.newContext({ viewport, bypassCSP });
  const page = await context.newPage();
  const problems: string[] = [];
  const foreign: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== api.origin && protocol !== "data:") foreign.push(request.url());
  });
  await page.goto(api.origin + path);
  if (path === REFERENCE) await page.getByText("Request samples").first().waitFor();
  return { page, problems, foreign };
}

describe("the partners' documentation in a browser", () => {
  it.each(ADDRESSES)(
    "%s has no fault that axe finds, fits a phone, and asks no other host for anything",
    async (path) => {
      for (const screen of SCREENS) {
        const strict = await visit(path, screen);
        const width = await strict.page.evaluate("document.documentElement.scrollWidth");
        expect([strict.problems, strict.foreign, width]).toEqual([[], [], screen.width]);
        await strict.page.context().close();

        const { page } = await visit(path, screen, true);
        await page.addScriptTag({ content: axe });
        type Violation = { id: string; nodes: { html: string }[] };
        const { violations } = (await page.evaluate("axe.run(document)")) as { violations: Violation[] };
        expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
        await page.context().close();
      }
    },
  );

  it("the reference shows every operation of the OpenAPI document", async () => {
    const document = await (await api.request("/v1/openapi.json")).json();
    type Operation = { summary: string };
    const summaries = Object.values((document as { paths: Record<string, Record<string, Operation>> }).paths)
      .flatMap((methods) => Object.values(methods))
      .map(({ summary }) => summary);
    const { page } = await visit(REFERENCE, { width: 1280, height: 900 });
    const headings = await page.getByRole("heading", { level: 2 }).allInnerTexts();

    expect(headings.map((heading) => heading.trim())).toEqual(expect.arrayContaining(summaries));
    await page.context().close();
  });
});
