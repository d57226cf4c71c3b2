import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { SHOP_PAGES } from "../../local/simulators/takealot-shop.ts";
import { startApi } from "../support/api.ts";
import { usePhone } from "./browser.ts";
import { faultsOf } from "./faults.ts";
import { SMALL_SCREEN, signInLink } from "./parents.ts";

const api = await startApi();
const phone = usePhone();
const PHOTO = "public/images/icon-180.png";

/** Signs a new parent in by the link of the mail, which leads to the first step. */
async function begin(page: Page, email: string): Promise<void> {
  await page.setViewportSize(SMALL_SCREEN);
  await page.goto(`${api.origin}/create`);
  await page.getByLabel("Your e-mail address").fill(email);
  await page.locator("main form button").click();
  await page.goto(await signInLink(api, email));
  await page.locator("main form button").click();
  await page.waitForURL(/\/create\/child$/);
}

it("a parent makes a board on a phone, from the name to the open board", async () => {
  phone.expectStatus(422);
  const page = await phone.open();
  await begin(page, "maker@example.com");
  const faults = () => faultsOf(page);
  const goOn = (name: string) => page.getByRole("button", { name }).click();
  expect(await faults()).toEqual([]);

  await goOn("On to the gift");
  await page.getByText("Please type the child’s first name.").waitFor();
  expect(await faults()).toEqual([]);
  await page.getByLabel("The child’s first name").fill("Zoë");
  const birthday = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel("The birthday").fill(birthday);
  await page.getByLabel("A photo of the child").setInputFiles(PHOTO);
  const photo = page.getByRole("img", { name: /^Your photo as guests see it/ });
  await page.getByLabel("Larger").fill("2");
  const before = await photo.screenshot();
  await photo.press("ArrowLeft");
  expect(before.equals(await photo.screenshot())).toBe(false);
  expect(await faults()).toEqual([]);
  await goOn("On to the gift");

  await page.waitForURL(/\/create\/gift/);
  expect(await faults()).toEqual([]);
  await page.getByLabel("The link at Takealot").fill(`https://www.takealot.com/lego/PLID${SHOP_PAGES.refused}`);
  await page.getByLabel("Plant Trees").first().check();
  await goOn("On to the details");
  await page.getByText("Takealot did not show us this page.").waitFor();
  expect(await faults()).toEqual([]);
  await page.getByLabel("The link at Takealot").fill(`https://www.takealot.com/lego/PLID${SHOP_PAGES.openGraph}`);
  await goOn("On to the details");

  await page.waitForURL(/\/create\/details/);
  expect(await page.getByRole("main").innerText()).toContain("LEGO Friends Treehouse: R2,499, for Zoë.");
  expect(await page.getByLabel("The last day to chip in").inputValue()).toBe(birthday);
  expect(await faults()).toEqual([]);
  const lastDay = page.getByLabel("The last day to chip in");
  const tapped = page.getByRole("radio", { name: "In 2 weeks" });
  await tapped.check();
  const inTwoWeeks = await lastDay.inputValue();
  expect(inTwoWeeks).toBe(await tapped.inputValue());
  await lastDay.fill(birthday);
  expect(await tapped.isChecked()).toBe(false);
  expect(await page.getByRole("radio", { name: "The birthday" }).isChecked()).toBe(true);
  await page.getByLabel("A message to your guests").fill("🎂".repeat(281));
  await page.getByText("Characters: 1 too many").waitFor({ state: "attached" });
  await page.getByLabel("A message to your guests").fill("Seven already!");
  await page.getByText("266 left", { exact: true }).waitFor();
  await goOn("See the board");

  await page.waitForURL(/\/create\/review/);
  const preview = page.getByRole("region", { name: "The board" });
  expect(await preview.innerText()).toContain("Seven already!");
  expect(await faults()).toEqual([]);
  await page.getByLabel("I am the child’s parent or guardian").check();
  await goOn("Create the board");

  await page.waitForURL(/\/dashboard\/db_/);
  expect(await page.getByRole("main").innerText()).toContain("Zoë");
});
