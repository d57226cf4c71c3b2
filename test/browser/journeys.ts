import type { Locator, Page } from "playwright-core";
import { type Outcome, PROVIDERS, type ProviderName } from "../../local/simulators/outcomes.ts";
import type { Api, WireBoard } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { runsScripts } from "./browser.ts";

/** Every provider, with and without JavaScript. */
export const WAYS = PROVIDERS.flatMap((provider) => [
  { provider, javaScript: true, how: "with" },
  { provider, javaScript: false, how: "without" },
]);

/** Where each provider asks for the money: PayFast and Ozow in place of our page, SnapScan beside it. */
const TILL = { payfast: /\/eng\/process$/, ozow: /\/ozow\/pay\//, snapscan: /\/snapscan\/qr\// };
const HANDED_OVER = { ...TILL, snapscan: /\/(contribute|pay\?)/ };

export type Gift = { provider: ProviderName; amount?: string; name?: string };

/** From the board to the form, as a guest goes. */
export async function openForm(page: Page, board: WireBoard): Promise<void> {
  await page.goto(board.public_url);
  await page.getByRole("link", { name: /^(Chip in for|Give (to|with)) / }).click();
  await page.waitForURL(/\/contribute$/);
}

export async function fillIn(page: Page, { provider, amount = "200", name = "Thandi Mokoena" }: Gift): Promise<void> {
  await page.getByLabel("Amount in rand").fill(amount);
  await page.getByLabel("Your name").fill(name);
  const choice = page.locator(`input[name="provider"][value="${provider}"]`);
  // With one provider left there is nothing to choose.
  if ((await choice.getAttribute("type")) === "radio") await choice.check();
}

/** Our form's button. */
export function chipInButton(page: Page) {
  return page.locator("form[data-chip-in]").getByRole("button", { name: /^(Chip in|Give) / });
}

/** Presses the form's button and goes on until the provider has the guest, or our page shows the code. */
export async function sendForm(page: Page, provider: ProviderName): Promise<void> {
  await chipInButton(page).click();
  await handOver(page, provider);
}

/** From our answer to the form until the provider has the guest, or our page shows the code. */
export async function handOver(page: Page, provider: ProviderName): Promise<void> {
  const onward = page.getByRole("button", { name: "Continue to PayFast" });
  // A script presses this button by itself, maybe before we can.
  if (provider === "payfast" && !runsScripts(page)) await onward.click();
  await page.waitForURL(HANDED_OVER[provider]);
  if (provider === "snapscan") await page.getByRole("img", { name: "SnapScan code" }).waitFor();
}

/** From the board until the provider has the guest, or our page shows the code. */
export async function begin(page: Page, board: WireBoard, gift: Gift): Promise<void> {
  await openForm(page, board);
  await fillIn(page, gift);
  await sendForm(page, gift.provider);
}

/** Does `outcome` at the provider's page. SnapScan is an app of its own: our page with the code stays where it is. */
export async function atProvider(page: Page, provider: ProviderName, outcome: Outcome): Promise<void> {
  const button = (till: Page) => till.locator(`button[name="outcome"][value="${outcome}"]`);
  if (provider !== "snapscan") return button(page).click();
  const app = await page.context().newPage();
  await app.goto(await codeLink(page));
  await button(app).click();
  await app.getByRole("heading", { name: /^(Paid|Not paid)/ }).waitFor();
  await app.close();
}

/** Waits until our page speaks of the payment again. Where nothing moves on by itself, the guest asks. */
export async function comeBack(page: Page, provider: ProviderName): Promise<void> {
  if (provider === "snapscan" && !runsScripts(page)) {
    await page.getByRole("button", { name: "I have paid" }).click();
  }
  await page.waitForURL(/\/thanks\?ref=/);
}

/** The whole way: form, provider, thanks. */
export async function give(page: Page, board: WireBoard, gift: Gift, outcome: Outcome = "pay"): Promise<void> {
  await begin(page, board, gift);
  await atProvider(page, gift.provider, outcome);
  await comeBack(page, gift.provider);
}

/** What the code says and a phone opens. */
export async function codeLink(page: Page): Promise<string> {
  return (await page.getByRole("link", { name: "Open SnapScan on this phone" }).getAttribute("href")) ?? "";
}

/** The payment's reference, from its thanks page or its code. */
export async function referenceOn(page: Page): Promise<string> {
  const fromAddress = new URL(page.url()).searchParams.get("ref");
  return fromAddress ?? new URL(await codeLink(page)).searchParams.get("id") ?? "";
}

/** Presses what leads to another page, or to the same one anew, and waits until that is there. */
export async function press(page: Page, button: Locator): Promise<void> {
  const loaded = page.waitForEvent("domcontentloaded");
  await button.click();
  await loaded;
}

/** Presses Back until our form is there again; on the way Chromium may refuse to send a form twice. */
export async function backToForm(page: Page): Promise<void> {
  for (let steps = 0; steps < 8; steps++) {
    await page.goBack().catch(() => null);
    if (await chipInButton(page).isVisible()) return;
  }
  throw new Error(`Back never led to the form; it is ${page.url()} now`);
}

/** Reloads until `check` holds: for browsers without scripts, whose page may show a picture up to a second old. */
export function afterReload(page: Page, check: () => Promise<boolean>): Promise<true> {
  return eventually(async () => {
    if (await check()) return true;
    await page.reload();
    return check();
  });
}

/** Waits until everybody is told of exactly these gifts: how many, and what they came to after the fee, in cents. */
export async function tally(api: Api, board: WireBoard, expected: { gifts: number; raised: number }): Promise<void> {
  await eventually(async () => {
    const { contribution_count: gifts, raised_cents: raised } = (await boardOf(api, board)).data;
    if (gifts === expected.gifts && raised === expected.raised) return true;
    throw new Error(`${gifts} gifts of ${raised} cents instead of ${expected.gifts} of ${expected.raised}`);
  });
}

/** The statuses of all contributions, once one is paid: whatever was begun before it is listed by then. */
export function statusesOncePaid(api: Api, board: WireBoard): Promise<string[]> {
  return eventually(async () => {
    const { body } = await api.call("GET", `/v1/dream-boards/${board.id}/contributions`);
    const statuses = (body.data as { payment_status: string }[]).map(({ payment_status }) => payment_status);
    return statuses.includes("completed") && statuses;
  });
}

async function boardOf(api: Api, board: WireBoard) {
  return (await api.call("GET", `/v1/dream-boards/${board.id}`)).body;
}
