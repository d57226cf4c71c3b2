import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright-core";
import sharp from "sharp";
import { expect, it } from "vitest";
import { PROVIDERS } from "../../local/simulators/outcomes.ts";
import { SHOP_PAGES } from "../../local/simulators/takealot-shop.ts";
import { startApi, type WireBoard } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { headline, mainText, usePhone } from "./browser.ts";
import { atProvider, chipInButton, comeBack, continueToProvider, fillIn, give, openForm, press } from "./journeys.ts";
import { SMALL_SCREEN, signInLink } from "./parents.ts";

const api = await startApi();
const phone = usePhone();

const EMAIL = "lindiwe@family.example";
/** From the landing page to the link in a family's chat: taps, and fields that are typed into. */
const MOST_HANDGRIPS = 25;
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** As a phone's camera writes it: large, and turned by a mark in its metadata, which also says where it was taken. */
async function cameraPhoto(): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const noise = {
    width: 3_000,
    height: 2_000,
    channels: 3,
    noise: { type: "gaussian", mean: 128, sigma: 40 },
  } as const;
  const buffer = await sharp({ create: { ...noise, background: "#888" } })
    .jpeg({ quality: 92 })
    .withExif({ IFD0: { Make: "Camera" }, IFD3: { GPSLatitudeRef: "S", GPSLatitude: "26/1 12/1 0/1" } })
    .withMetadata({ orientation: 6 })
    .toBuffer();
  return { name: "IMG_2041.jpg", mimeType: "image/jpeg", buffer };
}

/** A parent's thumb, which counts what it does. */
class Thumb {
  handgrips = 0;

  async tap(what: Locator): Promise<void> {
    this.handgrips += 1;
    await what.click();
  }

  async type(where: Locator, text: string): Promise<void> {
    this.handgrips += 1;
    await where.fill(text);
  }

  async choose(where: Locator, file: Awaited<ReturnType<typeof cameraPhoto>>): Promise<void> {
    // The field, the picture in the gallery.
    this.handgrips += 2;
    await where.setInputFiles(file);
  }
}

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

const hrefOf = (page: Page, name: string) => page.getByRole("link", { name }).getAttribute("href");

/** From the landing page to the page that shares the board. */
async function makeBoard(page: Page, thumb: Thumb): Promise<string> {
  await page.goto(api.origin);
  await thumb.tap(page.getByRole("link", { name: "Create a dream board" }));
  await thumb.type(page.getByLabel("Your e-mail address"), EMAIL);
  await thumb.tap(button(page, "Send me a link"));
  await page.getByRole("heading", { name: "Look in your mailbox" }).waitFor();
  // The mail, and the link in it.
  thumb.handgrips += 2;
  await page.goto(await signInLink(api, EMAIL));
  await thumb.tap(button(page, "Sign in"));

  await page.waitForURL(/\/create\/child$/);
  await thumb.type(page.getByLabel("The child’s first name"), "Zoë");
  await thumb.type(page.getByLabel("The birthday"), inDays(20));
  await thumb.choose(page.getByLabel("A photo of the child"), await cameraPhoto());
  await page.getByRole("img", { name: /^Your photo as guests see it/ }).waitFor();
  await thumb.tap(button(page, "On to the gift"));

  await page.waitForURL(/\/create\/gift/);
  await thumb.type(
    page.getByLabel("The link at Takealot"),
    `https://www.takealot.com/lego/PLID${SHOP_PAGES.openGraph}`,
  );
  await thumb.tap(page.getByLabel("Plant Trees").first());
  await thumb.tap(button(page, "On to the details"));

  await page.waitForURL(/\/create\/details/);
  await thumb.tap(button(page, "See the board"));
  await page.waitForURL(/\/create\/review/);
  await thumb.tap(page.getByLabel("I am the child’s parent or guardian"));
  await thumb.tap(button(page, "Create the board"));

  await page.waitForURL(/\/dashboard\/db_/);
  const whatsApp = await page.getByRole("link", { name: "WhatsApp" }).getAttribute("href");
  thumb.handgrips += 1;
  return /http\S+-birthday-\w+/.exec(decodeURIComponent(whatsApp ?? ""))?.[0] ?? "";
}

/** What stands in the rows of the statement, without when. */
const rowsOf = async (page: Page): Promise<string[][]> => {
  const rows = await page.getByRole("row").all();
  const cells = await Promise.all(rows.map((row) => row.locator("th, td").allInnerTexts()));
  return cells
    .map((row) => row.filter((cell) => cell !== "" && !/^\d+ \w+ \d{4},/.test(cell)))
    .filter((row) => row.some((cell) => /^(− )?R/.test(cell)));
};

it("a family goes from the idea to the money statement: a board, three guests, the goal, the charity, more time, the close", async () => {
  const page = await phone.open();
  await page.setViewportSize(SMALL_SCREEN);
  const thumb = new Thumb();
  const link = await makeBoard(page, thumb);
  expect(thumb.handgrips).toBeLessThanOrEqual(MOST_HANDGRIPS);
  const manage = page.url().replace(/[?#].*$/, "");

  const board = { public_url: link, slug: new URL(link).pathname.slice(1) } as WireBoard;
  const guest = await phone.open();
  await guest.goto(link);
  expect(await headline(guest)).toBe("Zoë’s birthday wish");
  expect(await mainText(guest)).toContain("LEGO Friends Treehouse");
  for (const [i, provider] of PROVIDERS.entries()) {
    const visitor = await phone.open();
    await give(visitor, board, { provider, amount: ["1000", "1000", "600"][i] ?? "", name: `Guest ${"ABC"[i]}` });
    await visitor.context().close();
  }
  await eventually(async () => {
    await guest.goto(link);
    expect(await headline(guest)).toBe("Zoë’s gift is fully funded!");
    return true;
  });
  expect(await mainText(guest)).toContain("Greenpop");
  expect(await mainText(guest)).not.toMatch(/LEGO|R2,499|R1,000/);

  await page.goto(`${manage}/settings`);
  await page.getByRole("textbox", { name: /^Message/ }).fill("Thank you, everyone!");
  await button(page, "Save the message").click();
  await page.getByText("Your message is saved.").waitFor();
  await page.getByLabel("Open until the end of").fill(inDays(40));
  await button(page, "Extend it").click();
  await page.getByText("There is more time now.").waitFor();
  await page.getByRole("link", { name: "Close it early" }).click();
  await page.getByLabel("I understand").check();
  await button(page, "Close the board").click();
  await page.getByText("The board is closed.").waitFor();

  await page.getByRole("link", { name: "Money statement" }).click();
  expect(await rowsOf(page)).toEqual([
    ["Contributions received", "R2,600.00"],
    ["ChipIn’s fees", "− R78.00"],
    ["In the pot", "R2,522.00"],
    ["Payouts", "R2,522.00"],
    ["Paid so far", "R0.00"],
    ["Takealot gift card", "R2,499.00", "R0.00", "R2,499.00", "Not paid yet"],
    ["Donation", "R23.00", "R0.00", "R23.00", "Not paid yet"],
    ["2 in all", "R2,522.00", "R0.00", "R2,522.00"],
    ["Guest C", "R600.00", "R18.00", "R582.00", "SnapScan", "In the pot"],
    ["Guest B", "R1,000.00", "R30.00", "R970.00", "EFT", "In the pot"],
    ["Guest A", "R1,000.00", "R30.00", "R970.00", "Card", "In the pot"],
    ["3 in all", "R2,600.00", "R78.00", "R2,522.00"],
  ]);
  await eventually(async () => {
    await guest.goto(link);
    expect(await mainText(guest)).toContain("Thank you, everyone!");
    return true;
  });
});

it("without JavaScript a parent makes a board, sends its link on, changes it, closes it and reads its statement; another board is cancelled", async () => {
  const email = "nomsa@family.example";
  phone.expectStatus(422);
  const page = await phone.open({ javaScript: false });
  await page.setViewportSize(SMALL_SCREEN);
  await page.goto(api.origin);
  await page.getByRole("link", { name: "Create a dream board" }).click();
  await page.getByLabel("Your e-mail address").fill(email);
  await press(page, button(page, "Send me a link"));
  await page.goto(await signInLink(api, email));
  await press(page, button(page, "Sign in"));

  await press(page, button(page, "On to the gift"));
  expect(await mainText(page)).toContain("Please type the child’s first name.");
  await page.getByLabel("The child’s first name").fill("Sipho");
  await page.getByLabel("The birthday").fill(inDays(20));
  await page.getByLabel("A photo of the child").setInputFiles("public/images/icon-180.png");
  await press(page, button(page, "On to the gift"));
  await page.getByLabel("Its name").fill("Red bicycle");
  await page.getByLabel("Its price").fill("R2,499");
  await page.getByLabel("Plant Trees").first().check();
  await press(page, button(page, "On to the details"));
  expect(await mainText(page)).toContain("Red bicycle: R2,499, for Sipho.");
  await press(page, button(page, "See the board"));
  expect(await page.getByRole("region", { name: "The board" }).innerText()).toContain("Red bicycle");
  await page.getByLabel("I am the child’s parent or guardian").check();
  await press(page, button(page, "Create the board"));

  expect(await headline(page)).toBe("The board is live!");
  const manage = page.url();
  const link = await page.getByLabel("The link to the board").inputValue();
  expect(await hrefOf(page, "WhatsApp")).toMatch(new RegExp(`^https://wa.me/.*${encodeURIComponent(link)}$`));
  expect(await hrefOf(page, "E-mail")).toMatch(new RegExp(`^mailto:.*${encodeURIComponent(link)}$`));
  expect(await button(page, "Copy").isVisible()).toBe(false);
  await press(page, page.getByRole("link", { name: "Print an invitation" }));
  expect(await page.getByRole("article", { name: "The invitation" }).innerText()).toContain("Sipho’s birthday wish");
  expect(await button(page, "Print").isVisible()).toBe(false);
  expect(await mainText(page)).toContain("Choose “Print” in the menu of your browser.");

  await page.goto(`${manage}/settings`);
  await page.getByRole("textbox", { name: /^Message/ }).fill("Thank you, everyone!");
  await press(page, button(page, "Save the message"));
  await page.getByLabel("Open until the end of").fill(inDays(40));
  await press(page, button(page, "Extend it"));
  expect(await mainText(page)).toContain("There is more time now.");

  const guest = await phone.open({ javaScript: false });
  await openForm(guest, { public_url: link } as WireBoard);
  await fillIn(guest, { provider: "ozow", amount: "500", name: "Thandi Mokoena" });
  await guest.getByLabel("A birthday message for Sipho").fill("Ride far!");
  await chipInButton(guest).click();
  await continueToProvider(guest, "ozow");
  await atProvider(guest, "ozow", "pay");
  await comeBack(guest, "ozow");

  await page.goto(`${manage}/contributors`);
  expect(await page.getByRole("listitem").filter({ hasText: "Thandi Mokoena" }).innerText()).toMatch(
    /R500\b.*Ride far!/s,
  );
  await page.getByText("Change").click();
  await press(page, button(page, "Hide the message"));
  expect(await mainText(page)).toContain("The message is hidden");

  await page.goto(`${manage}/close`);
  expect(await mainText(page)).toContain("R485 as a Takealot gift card");
  await press(page, button(page, "Close the board"));
  expect(await mainText(page)).toContain("Please tick this first.");
  await page.getByLabel("I understand").check();
  await press(page, button(page, "Close the board"));
  expect(await mainText(page)).toContain("The board is closed.");
  await press(page, page.getByRole("link", { name: "Money statement" }));
  expect(await rowsOf(page)).toEqual([
    ["Contributions received", "R500.00"],
    ["ChipIn’s fees", "− R15.00"],
    ["In the pot", "R485.00"],
    ["Payouts", "R485.00"],
    ["Paid so far", "R0.00"],
    ["Takealot gift card", "R485.00", "R0.00", "R485.00", "Not paid yet"],
    ["1 in all", "R485.00", "R0.00", "R485.00"],
    ["Thandi Mokoena", "R500.00", "R15.00", "R485.00", "EFT", "In the pot"],
    ["1 in all", "R500.00", "R15.00", "R485.00"],
  ]);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download for Excel" }).click(),
  ]);
  const [, ...lines] = (await readFile(await download.path(), "utf8")).trim().split("\r\n");
  expect(lines.map((line) => line.split(",").slice(3).join(","))).toEqual([
    "Thandi Mokoena,EFT,500.00,15.00,485.00,In the pot",
    ",Takealot gift card,485.00,0.00,485.00,Not paid yet",
  ]);

  const second = await api.createBoard({ payout_email: email });
  const { reference } = await api.contribute(second.slug, { amount: "200", name: "Pieter" });
  await api.simulate(reference, "pay");
  await page.goto(`${api.origin}/dashboard/${second.id}/cancel`);
  expect(await mainText(page)).toContain("R200 goes back: 1 contribution, in full");
  await page.getByLabel("I understand").check();
  await press(page, button(page, "Cancel the board and refund everyone"));
  expect(await mainText(page)).toContain("The board is cancelled, and everyone gets their money back.");
});
