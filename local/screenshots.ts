import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { PARENT_BROWSER } from "./parent.ts";
import { startPlatform } from "./platform.ts";
import { endBoards, guestStates } from "./screenshots/guest-states.ts";
import { hostStates } from "./screenshots/host-states.ts";
import type { State } from "./screenshots/state.ts";
import { ROOT } from "./worker/build-options.ts";

/**
 * Writes what guests and hosts see in each state into `docs/screenshots/`, on a phone and on a desk, with a page that shows all of
 * them. It starts a platform of its own, in memory, and walks through it in Chromium.
 */

const FOLDER = join(ROOT, "docs/screenshots");
const SCREENS = { phone: { width: 390, height: 664 }, desk: { width: 1_280, height: 900 } } as const;
type Screen = keyof typeof SCREENS;
/** Titles, and the states below each. */
type Chapters = Readonly<Record<string, readonly State[]>>;
const QUALITY = 70;

const platform = await startPlatform({ ephemeral: true, port: 0, seed: "demo", crons: false });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const ended = await endBoards(platform);
  const chapters: Chapters = {
    "What guests see": guestStates(platform, ended),
    "What hosts see": await hostStates(platform, ended),
  };
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const screen of Object.keys(SCREENS) as Screen[]) {
    for (const state of Object.values(chapters).flat()) {
      const context = await browser.newContext({
        viewport: SCREENS[screen],
        reducedMotion: "reduce",
        userAgent: PARENT_BROWSER,
      });
      const page = await context.newPage();
      // A font that comes late is shown on the next page only: this one fetches them.
      await page.goto(platform.worker, { waitUntil: "networkidle" });
      await state.show(page);
      await page.evaluate("document.fonts.ready");
      writeFileSync(join(FOLDER, fileOf(state, screen)), await pictureOf(context, page));
      await context.close();
      console.log(`${state.title}, ${screen}`);
    }
  }
  writeFileSync(join(FOLDER, "README.md"), pageOf(chapters));
} finally {
  await browser.close();
  await platform.stop();
}

/** Playwright itself writes no WebP. */
async function pictureOf(context: BrowserContext, page: Page): Promise<Buffer> {
  const session = await context.newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
  return Buffer.from(data, "base64");
}

function fileOf({ name }: State, screen: Screen): string {
  return `${name}-${screen}.webp`;
}

function pageOf(chapters: Chapters): string {
  const sizes = Object.values(SCREENS).map(({ width, height }) => `${width}×${height}`);
  const picture = (state: State, screen: Screen) => `![${state.title}, on a ${screen}](${fileOf(state, screen)})`;
  const row = (state: State) => `| ${state.title} | ${picture(state, "phone")} | ${picture(state, "desk")} |`;
  const tables = Object.entries(chapters).map(
    ([title, states]) => `## ${title}

| state | on a phone | on a desk |
| --- | --- | --- |
${states.map(row).join("\n")}
`,
  );
  return `# What guests and hosts see

Written by \`npm run screenshots\`, from the demo boards of the local platform, in Chromium at ${sizes.join(" and ")}.

${tables.join("\n")}`;
}
