import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

/** Nothing in the background: a machine without the internet answers those requests with errors. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export type Phone = { open(options?: { javaScript?: boolean }): Promise<Page> };

/** A phone-sized Chromium for one test file. Any error a page reports ends up in `problems`. */
export function usePhone(problems: string[]): Phone {
  const profile = mkdtempSync(join(tmpdir(), "chipin-browser-"));
  const contexts: BrowserContext[] = [];
  let browser: Awaited<ReturnType<typeof chromium.launch>>;
  beforeAll(async () => {
    const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
    browser = await chromium.launch({ executablePath, args: QUIET });
  });
  afterAll(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    await browser?.close();
    rmSync(profile, { recursive: true, force: true });
  });
  return {
    async open({ javaScript = true } = {}) {
      const viewport = { width: 375, height: 812 };
      const context = await browser.newContext({ viewport, deviceScaleFactor: 2, javaScriptEnabled: javaScript });
      contexts.push(context);
      const page = await context.newPage();
      page.on("response", (response) => {
        if (response.status() === 404) problems.push(`404 ${response.url()}`);
      });
      page.on("pageerror", (error) => problems.push(`${page.url()}: ${error.message}`));
      page.on("console", (message) => message.type() === "error" && problems.push(`${page.url()}: ${message.text()}`));
      return page;
    },
  };
}
