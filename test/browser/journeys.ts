import type { Locator, Page } from "playwright-core";
import { type Outcome, PROVIDERS, type ProviderName } from "../../local/simulators/outcomes.ts";
import type { Api, WireBoard } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { runsScripts } from "./browser.ts";

/** Browsers with and without JavaScript; `how` is for test names. */
export const SCRIPT_MODES = [
  { javaScript: true, how: "with" },
  { javaScript: false, how: "without" },
];

/** Every provider, with and without JavaScript. */
export const WAYS = PROVIDERS.flatMap((provider) => SCRIPT_MODES.map((mode) => ({ provider, ...mode })));

/** The page where the guest pays. SnapScan opens beside our page, the others replace it. */
const PROVIDER_PAGE = { payfast: /\/eng\/process$/, ozow: /\/ozow\/pay\//, snapscan: /\/snapscan\/qr\// };
/** The page after the form was sent: the provider's, or ours with the SnapScan code. */
const CHECKOUT_PAGE = { ...PROVIDER_PAGE, snapscan: /\/(contribute|pay\?)/ };

export type Gift = { provider: ProviderName; amount?: string; name?: string };

/** Opens the board and follows its link to the form. */
export async function openForm(page: Page, board: WireBoard): Promise<void> {
  await page.goto(board.public_url);
  await page.getByRole("link", { name: /^(Chip in for|Give (to|with)) / }).click();
  await page.waitForURL(/\/contribute$/);
}

export async function fillIn(page: Page, { provider, amount = "200", name = "Thandi Mokoena" }: Gift): Promise<void> {
  await page.getByLabel("Other amount").fill(amount);
  await page.getByLabel("Your name").fill(name);
  const choice = page.locator(`input[name="provider"][value="${provider}"]`);
  // A single provider is a hidden field.
  if ((await choice.getAttribute("type")) === "radio") await choice.check();
}

export function chipInButton(page: Page) {
  return page.locator("form[data-chip-in]").getByRole("button", { name: /^(Chip in|Give|Pay) / });
}

/** Sends the form and waits for the checkout page. */
export async function sendForm(page: Page, provider: ProviderName): Promise<void> {
  await chipInButton(page).click();
  await continueToProvider(page, provider);
}

/** Waits for the checkout page after the form was sent. */
export async function continueToProvider(page: Page, provider: ProviderName): Promise<void> {
  const onward = page.getByRole("button", { name: "Continue to PayFast" });
  // With scripts the page presses this button itself.
  if (provider === "payfast" && !runsScripts(page)) await onward.click();
  await page.waitForURL(CHECKOUT_PAGE[provider]);
  if (provider === "snapscan") await page.getByRole("img", { name: "SnapScan code" }).waitFor();
}

/** Goes from the board to the checkout page. */
export async function begin(page: Page, board: WireBoard, gift: Gift): Promise<void> {
  await openForm(page, board);
  await fillIn(page, gift);
  await sendForm(page, gift.provider);
}

/** Chooses `outcome` at the provider. SnapScan is an app of its own, so it opens in a second tab. */
export async function atProvider(page: Page, provider: ProviderName, outcome: Outcome): Promise<void> {
  const button = (payPage: Page) => payPage.locator(`button[name="outcome"][value="${outcome}"]`);
  if (provider !== "snapscan") return button(page).click();
  const app = await page.context().newPage();
  await app.goto(await codeLink(page));
  await button(app).click();
  await app.getByRole("heading", { name: /^(Paid|Not paid)/ }).waitFor();
  await app.close();
}

/** Waits for the thanks page. Without scripts the SnapScan code page does not move on, so its button is pressed. */
export async function comeBack(page: Page, provider: ProviderName): Promise<void> {
  if (provider === "snapscan" && !runsScripts(page)) {
    await page.getByRole("button", { name: "I have paid" }).click();
  }
  await page.waitForURL(/\/thanks(\?ref=|$)/);
}

/** Goes from the board through the provider to the thanks page. */
export async function give(page: Page, board: WireBoard, gift: Gift, outcome: Outcome = "pay"): Promise<void> {
  await begin(page, board, gift);
  await atProvider(page, gift.provider, outcome);
  await comeBack(page, gift.provider);
}

/** The address in the SnapScan code. */
export async function codeLink(page: Page): Promise<string> {
  return (await page.getByRole("link", { name: "Open SnapScan on this phone" }).getAttribute("href")) ?? "";
}

/** The payment reference, from the address of the page or from the SnapScan code. */
export async function referenceOn(page: Page): Promise<string> {
  const fromAddress = new URL(page.url()).searchParams.get("ref");
  const receipt = page.locator(".receipt dd").last();
  // A confirmed payment's reference is not in the address any more.
  const shown = (await receipt.count()) > 0 ? await receipt.innerText() : null;
  return fromAddress ?? shown ?? new URL(await codeLink(page)).searchParams.get("id") ?? "";
}

/** Presses a button that loads a page, and waits until the page is loaded. */
export async function press(page: Page, button: Locator): Promise<void> {
  const loaded = page.waitForEvent("domcontentloaded");
  await button.click();
  await loaded;
}

/** Presses Back until the form is shown. Chromium may refuse a step that would send a form twice. */
export async function backToForm(page: Page): Promise<void> {
  for (let steps = 0; steps < 8; steps++) {
    await page.goBack().catch(() => null);
    if (await chipInButton(page).isVisible()) return;
  }
  throw new Error(`Back did not lead to the form; the page is ${page.url()}`);
}

/** Reloads until `check` holds, for pages without scripts. Views are cached for a second. */
export function afterReload(page: Page, check: () => Promise<boolean>): Promise<true> {
  return eventually(async () => {
    if (await check()) return true;
    await page.reload();
    return check();
  });
}

/** Waits until the API reports this number of gifts and their sum after the fee, in cents. */
export async function waitForTotals(
  api: Api,
  board: WireBoard,
  expected: { gifts: number; raised: number },
): Promise<void> {
  await eventually(async () => {
    const { contribution_count: gifts, raised_cents: raised } = (await boardOf(api, board)).data;
    if (gifts === expected.gifts && raised === expected.raised) return true;
    throw new Error(`${gifts} gifts of ${raised} cents instead of ${expected.gifts} of ${expected.raised}`);
  });
}

/** The statuses of all contributions, once one is paid. Contributions that were begun earlier are listed by then. */
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
