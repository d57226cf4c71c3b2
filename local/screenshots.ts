import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { contributeAsGuest } from "./guest.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { ROOT } from "./worker/build-options.ts";

/**
 * Writes what a guest sees in each state into `docs/screenshots/`, on a phone and on a desk, with a page that shows all of
 * them. It starts a platform of its own, in memory, and walks through it in Chromium.
 */

const FOLDER = join(ROOT, "docs/screenshots");
const SCREENS = { phone: { width: 390, height: 664 }, desk: { width: 1_280, height: 900 } } as const;
type Screen = keyof typeof SCREENS;
const QUALITY = 70;
const PAY = { amount: "250", name: "Gogo Thandi", provider: "payfast" } as const;

/** In the order of a guest's way. `show` opens the page that is photographed. */
type State = Readonly<{ name: string; title: string; show(page: Page): Promise<void> }>;

const platform = await startPlatform({ ephemeral: true, port: 0, seed: "demo", crons: false });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const states = await statesOf(platform);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const screen of Object.keys(SCREENS) as Screen[]) {
    for (const state of states) {
      const context = await browser.newContext({ viewport: SCREENS[screen], reducedMotion: "reduce" });
      const page = await context.newPage();
      await state.show(page);
      await page.evaluate("document.fonts.ready");
      writeFileSync(join(FOLDER, fileOf(state, screen)), await pictureOf(context, page));
      await context.close();
      console.log(`${state.title}, ${screen}`);
    }
  }
  writeFileSync(join(FOLDER, "README.md"), pageOf(states));
} finally {
  await browser.close();
  await platform.stop();
}

async function statesOf({ worker, boards, partner, simulate }: Platform): Promise<State[]> {
  const [maya, liam] = boards.map(({ slug }) => slug);
  if (!maya || !liam) throw new Error("the platform seeds two boards");
  const at = (path: string) => async (page: Page) => void (await page.goto(`${worker}${path}`));
  const call = async (method: string, path: string, body: unknown) => {
    const headers = { Authorization: `Bearer ${partner.apiKey}`, "Content-Type": "application/json" };
    const answer = await fetch(`${worker}${path}`, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}`);
    return (await answer.json()) as { data: { id: string; slug: string } };
  };
  const newBoard = async (childName: string) => {
    const { data } = await call("POST", "/v1/dream-boards", boardOf(worker, childName));
    const { reference } = await contributeAsGuest(worker, data.slug, PAY);
    await simulate({ provider: "payfast", reference, outcome: "pay" });
    return data;
  };
  const [closed, cancelled] = [await newBoard("Naledi"), await newBoard("Ruan")];
  await call("POST", `/v1/dream-boards/${closed.id}/close`, { reason: "manual" });
  await call("PATCH", `/v1/dream-boards/${cancelled.id}`, { status: "cancelled" });
  const last = await contributeAsGuest(worker, liam, { ...PAY, amount: "2000" });
  await simulate({ provider: "payfast", reference: last.reference, outcome: "pay" });

  return [
    { name: "landing", title: "The landing page", show: at("/") },
    { name: "board", title: "A board", show: at(`/${maya}`) },
    { name: "form", title: "The form", show: at(`/${maya}/contribute`) },
    { name: "mistakes", title: "The form, refused", show: (page) => sendForm(page, { amount: "5" }) },
    { name: "scan", title: "A code to scan", show: (page) => sendForm(page, { amount: "200", provider: "snapscan" }) },
    { name: "thanks", title: "Paid", show: (page) => pay(page, "pay") },
    { name: "receipt", title: "A signed receipt", show: showReceipt },
    { name: "confirming", title: "Waiting for the provider", show: (page) => pay(page, "silent") },
    { name: "failed", title: "A payment that failed", show: (page) => pay(page, "fail") },
    { name: "funded", title: "The goal is reached", show: at(`/${liam}`) },
    { name: "closed", title: "A closed board", show: at(`/${closed.slug}`) },
    { name: "cancelled", title: "A cancelled board", show: at(`/${cancelled.slug}`) },
    { name: "report", title: "Reporting a board", show: at("/report") },
    { name: "fees", title: "Refunds and fees", show: at("/fees") },
    { name: "not-found", title: "No such board", show: at("/somewhere") },
  ];

  async function sendForm(page: Page, { amount, provider = "payfast" }: { amount: string; provider?: string }) {
    // Each guest comes from a network of their own, so that none is held up.
    await page.setExtraHTTPHeaders({ "CF-Connecting-IP": `203.0.113.${Math.floor(Math.random() * 250) + 1}` });
    await page.goto(`${worker}/${maya}/contribute`);
    await page.fill("#amount", amount);
    await page.fill("#name", PAY.name);
    await page.check(`input[name=provider][value=${provider}]`);
    await Promise.all([page.waitForEvent("load"), page.click("[data-pay]")]);
  }

  async function pay(page: Page, outcome: string) {
    await sendForm(page, { amount: PAY.amount });
    await page.click(`button[name=outcome][value=${outcome}]`);
    await page.waitForURL(new RegExp(`^${worker}/`));
    await page.waitForLoadState();
    // The page waits for the provider's word by itself.
    if (outcome !== "silent") await page.waitForSelector("main:not([data-confirm])");
  }

  async function showReceipt(page: Page) {
    await pay(page, "pay");
    await page.click("details.signed summary");
    await page.click("details.signed p a");
    await page.waitForSelector("[data-result]:not([hidden])");
  }
}

function boardOf(origin: string, childName: string) {
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  return {
    child_name: childName,
    child_photo_url: `${origin}/images/demo/maya.webp`,
    birthday_date: inDays(20).slice(0, 10),
    gift_type: "takealot_product",
    gift_data: {
      product_url: "https://www.takealot.com/kids-bicycle-20-inch/PLID91234567",
      product_name: "20-inch bicycle with basket",
      product_image: `${origin}/images/demo/bicycle.webp`,
      product_price: 249_900,
    },
    payout_method: "takealot_gift_card",
    overflow_gift_data: { cause_id: "greenpop", cause_name: "Plant Trees", impact_description: "Plant 10 trees" },
    goal_cents: 249_900,
    payout_email: "lerato@family.example",
    deadline: inDays(15),
  };
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

function pageOf(states: readonly State[]): string {
  const row = (state: State) =>
    `| ${state.title} | ![${state.title}, on a phone](${fileOf(state, "phone")}) | ![${state.title}, on a desk](${fileOf(state, "desk")}) |`;
  const sizes = (Object.keys(SCREENS) as Screen[]).map(
    (screen) => `${SCREENS[screen].width}×${SCREENS[screen].height}`,
  );
  return `# What guests see

Written by \`npm run screenshots\`, from the demo boards of the local platform, in Chromium at ${sizes.join(" and ")}.

| state | on a phone | on a desk |
| --- | --- | --- |
${states.map(row).join("\n")}
`;
}
