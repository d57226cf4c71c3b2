import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";

/** Disables background requests, which end in errors on a machine without internet access. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PHONE_SCREEN = {
  viewport: { width: 375, height: 812 },
  isMobile: true,
  hasTouch: true,
} as const;

const withoutScripts = new WeakSet<BrowserContext>();

export type PhoneOptions = {
  javaScript?: boolean;
  /** The client address in `CF-Connecting-IP`; by default every phone has its own. */
  address?: string;
};

export type Phone = {
  /** Opens a page in a new browser context, which is closed after the test. */
  open(options?: PhoneOptions): Promise<Page>;
  /** Allows error answers with these statuses in the current test. */
  expectStatus(...statuses: number[]): void;
};

/**
 * Chromium phones for one test file. A test fails when one of its pages has a script error, a blocked resource, a
 * policy violation or an error answer that the test does not expect.
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
    // As Chromium says it of a page or a file, and of a WebSocket.
    const allowed = expected.flatMap((status) => [`status of ${status} `, `response code: ${status} `]);
    expected = [];
    const found = problems.splice(0);
    expect(found.filter((problem) => !allowed.some((status) => problem.includes(status)))).toEqual([]);
  });
  afterAll(() => browser?.close());

  return {
    async open({ javaScript = true, address = `102.65.${phones >> 8}.${phones & 255}` } = {}) {
      phones += 1;
      const headers = { extraHTTPHeaders: { "CF-Connecting-IP": address } };
      const context = await browser.newContext({ ...PHONE_SCREEN, ...headers, javaScriptEnabled: javaScript });
      contexts.push(context);
      if (!javaScript) withoutScripts.add(context);
      listen(context, problems);
      return context.newPage();
    },
    expectStatus: (...statuses) => expected.push(...statuses),
  };
}

/** Chromium reports blocked resources, policy violations and error answers on the console. */
function listen(context: BrowserContext, problems: string[]): void {
  context.on("weberror", (error) => problems.push(`${error.page()?.url()}: ${error.error().message}`));
  context.on("console", (message) => {
    if (message.type() !== "error") return;
    problems.push(`${message.page()?.url()}: ${message.text()} [${message.location().url}]`);
  });
}

/** Whether JavaScript is enabled in the page. */
export function runsScripts(page: Page): boolean {
  return !withoutScripts.has(page.context());
}

/** The text of the page's `<main>`. */
export function mainText(page: Page): Promise<string> {
  return page.getByRole("main").innerText();
}

export function headline(page: Page): Promise<string> {
  return page.getByRole("heading", { level: 1 }).innerText();
}
