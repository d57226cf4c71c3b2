import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";

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
/** Held in one hand, pressed with a thumb. */
const IN_THE_HAND = {
  viewport: { width: 375, height: 812 },
  isMobile: true,
  hasTouch: true,
} as const;

const withoutScripts = new WeakSet<BrowserContext>();

export type PhoneOptions = {
  javaScript?: boolean;
  /** where the guest sits, as the edge would tell; every phone has an address of its own without */
  address?: string;
};

export type Phone = {
  /** A page of a phone nobody used before. It is put away after the test. */
  open(options?: PhoneOptions): Promise<Page>;
  /** This test asks for answers of these statuses; any other the browser complains about fails it. */
  expectStatus(...statuses: number[]): void;
};

/**
 * Phones with Chromium for one test file. A test fails when one of its pages met a script error, a refused resource, a
 * violated policy or a page that is not there.
 */
export function usePhone(): Phone {
  const problems: string[] = [];
  const contexts: BrowserContext[] = [];
  let expected: number[] = [];
  let phones = 0;
  let browser: Awaited<ReturnType<typeof chromium.launch>>;

  beforeAll(async () => {
    const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
    browser = await chromium.launch({ executablePath, args: QUIET });
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    const asked = expected.map((status) => `status of ${status} `);
    expected = [];
    const met = problems.splice(0);
    expect(met.filter((problem) => !asked.some((words) => problem.includes(words)))).toEqual([]);
  });
  afterAll(() => browser?.close());

  return {
    async open({ javaScript = true, address = `102.65.${phones >> 8}.${phones & 255}` } = {}) {
      phones += 1;
      const headers = { extraHTTPHeaders: { "CF-Connecting-IP": address } };
      const context = await browser.newContext({ ...IN_THE_HAND, ...headers, javaScriptEnabled: javaScript });
      contexts.push(context);
      if (!javaScript) withoutScripts.add(context);
      listen(context, problems);
      return context.newPage();
    },
    expectStatus: (...statuses) => expected.push(...statuses),
  };
}

/** Chromium reports refused resources, violated policies and unhappy statuses to the console. */
function listen(context: BrowserContext, problems: string[]): void {
  context.on("weberror", (error) => problems.push(`${error.page()?.url()}: ${error.error().message}`));
  context.on("console", (message) => {
    if (message.type() !== "error") return;
    problems.push(`${message.page()?.url()}: ${message.text()} [${message.location().url}]`);
  });
}

/** Whether the page's own scripts run. */
export function runsScripts(page: Page): boolean {
  return !withoutScripts.has(page.context());
}

/** What the page's `<main>` says. */
export function words(page: Page): Promise<string> {
  return page.getByRole("main").innerText();
}

export function headline(page: Page): Promise<string> {
  return page.getByRole("heading", { level: 1 }).innerText();
}
