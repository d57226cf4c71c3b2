import type { Page, Route } from "playwright-core";
import { describe, expect, it } from "vitest";
import { startApi } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { usePhone } from "./browser.ts";
import { backToForm, begin, chipInButton, fillIn, openForm, press, sendForm } from "./journeys.ts";

const api = await startApi();
const phone = usePhone();

const bottomOf = async (page: Page, selector: string) => {
  const box = await page.locator(selector).first().boundingBox();
  return box ? box.y + box.height : Number.POSITIVE_INFINITY;
};

describe("the first screen of a phone", () => {
  it.each([
    { width: 390, height: 664 },
    { width: 360, height: 640 },
  ])("child, gift, progress and button are seen at $width x $height", async (size) => {
    const board = await api.createBoard();
    const { reference } = await api.contribute(board.slug, { amount: "500" });
    await api.simulate(reference, "pay");
    const page = await phone.open();
    await page.setViewportSize(size);
    await page.goto(board.public_url);

    const button = await page.locator(".act .button").first().boundingBox();
    expect((button?.y ?? 0) + (button?.height ?? 0)).toBeLessThanOrEqual(size.height);
    for (const part of ["h1", "#gift", ".percent"]) {
      expect([part, (await bottomOf(page, part)) <= (button?.y ?? 0)]).toEqual([part, true]);
    }
  });

  it.each([
    { width: 320, height: 568 },
    { width: 390, height: 664 },
  ])("a long name and a long gift fit at $width px, also with letters twice as large", async (size) => {
    const board = await api.createBoard({ child_name: "Ntandoyenkosi" });
    const page = await phone.open();
    await page.setViewportSize(size);
    for (const path of ["", "/contribute"]) {
      await page.goto(board.public_url + path);
      for (const percent of [100, 200]) {
        await page.evaluate(`document.documentElement.style.fontSize = "${percent}%"`);
        expect([path, percent, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([
          path,
          percent,
          size.width,
        ]);
      }
    }
  });
});

describe("what a guest typed", () => {
  it("is in the form again after a cancelled payment, and gone after a paid one", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    const typed = async () => [
      await page.getByLabel("Other amount").inputValue(),
      await page.getByLabel("Your name").inputValue(),
      await page.getByLabel(/birthday message/).inputValue(),
    ];
    await openForm(page, board);
    await fillIn(page, { provider: "payfast", amount: "350", name: "Gogo Thandi" });
    await page.getByLabel(/birthday message/).fill("With love");
    await sendForm(page, "payfast");
    await press(page, page.locator('button[name="outcome"][value="cancel"]'));

    await openForm(page, board);
    expect(await typed()).toEqual(["350", "Gogo Thandi", "With love"]);

    await sendForm(page, "payfast");
    await press(page, page.locator('button[name="outcome"][value="pay"]'));
    await page.getByRole("heading", { name: "Thank you, Gogo Thandi!" }).waitFor();
    await openForm(page, board);
    expect(await typed()).toEqual(["200", "", ""]);
  });

  it("decides what the button, the tick and the line below the name say", async () => {
    const page = await phone.open();
    await openForm(page, await api.createBoard());
    await page.getByLabel("Your name").fill("Gogo Thandi Mokoena");
    await page.getByText("The board will show: Gogo Thandi", { exact: true }).waitFor();
    await page.getByLabel("Your name").fill("");
    await page.getByText("Shown on Maya’s board").waitFor();
    await page.getByLabel("Other amount").fill("150,50");
    expect(await chipInButton(page).innerText()).toBe("Pay R150.50");

    await page.getByLabel("Other amount").fill("200");
    await page.getByLabel("Add R6.19 so that the full R200 reaches the gift").check();
    expect(await chipInButton(page).innerText()).toBe("Pay R206.19");
  });

  it("is the amount without the fee again when another way to pay is chosen, with the tick for the fee", async () => {
    const page = await phone.open();
    await openForm(page, await api.createBoard());
    await fillIn(page, { provider: "snapscan", amount: "200" });
    await page.getByLabel("Add R6.19").check();
    await sendForm(page, "snapscan");

    await press(page, page.getByRole("link", { name: "Choose another way to pay" }));

    expect(await page.getByLabel("Other amount").inputValue()).toBe("200");
    expect(await chipInButton(page).innerText()).toBe("Pay R206.19");
  });

  it("keeps its amount when another way to pay is chosen without JavaScript", async () => {
    const page = await phone.open({ javaScript: false });
    await begin(page, await api.createBoard(), { provider: "snapscan", amount: "350" });

    await press(page, page.getByRole("link", { name: "Choose another way to pay" }));

    expect(await page.getByLabel("Other amount").inputValue()).toBe("350");
  });
});

it("the amounts to choose from, which are links without JavaScript, are not there to lose what was typed", async () => {
  const page = await phone.open({ javaScript: false });
  await openForm(page, await api.createBoard());

  expect(await page.getByRole("link", { name: "R500" }).count()).toBe(0);
  expect(await page.getByLabel("Other amount").inputValue()).toBe("200");
});

it("what was typed after a mistake is in the form that the back button leads to", async () => {
  const page = await phone.open();
  phone.expectStatus(422);
  await openForm(page, await api.createBoard());
  await fillIn(page, { provider: "payfast", amount: "12,5o", name: "Gogo Thandi" });
  await press(page, chipInButton(page));
  await page.getByLabel("Other amount").fill("250");
  await sendForm(page, "payfast");

  await backToForm(page);
  expect([
    await page.getByLabel("Other amount").inputValue(),
    await page.getByLabel("Your name").inputValue(),
    await chipInButton(page).innerText(),
  ]).toEqual(["250", "Gogo Thandi", "Pay R250"]);
});

it("a form whose request hangs is sent again after it was stopped", async () => {
  const board = await api.createBoard();
  const page = await phone.open();
  await page.clock.install();
  await openForm(page, board);
  await fillIn(page, { provider: "payfast", amount: "250" });
  const requests: Route[] = [];
  await page.route(`${board.public_url}/contribute`, (route) => {
    requests.push(route);
    if (requests.length > 1) void route.continue();
  });
  await chipInButton(page).click({ noWaitAfter: true });
  await eventually(() => requests.length === 1);
  await requests[0]?.abort("aborted");
  await page.clock.fastForward(3_000);

  await chipInButton(page).click({ noWaitAfter: true });
  await page.waitForURL(/\/eng\/process/);
  expect(requests).toHaveLength(2);
});

describe("sharing in an in-app browser", () => {
  it.each<[what: string, share: string, copied: string[]]>([
    ["copies the link when sharing is refused", "NotAllowedError", ["the link"]],
    ["does nothing more when the guest closes the dialogue", "AbortError", []],
  ])("%s", async (_, error, copied) => {
    const board = await api.createBoard();
    const page = await phone.open();
    await page.addInitScript(`
      globalThis.copied = [];
      navigator.share = () => Promise.reject(new DOMException("no", "${error}"));
      Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => copied.push(text) } });`);
    await page.goto(board.public_url);

    await page.locator("[data-share]").click();

    await page.getByRole("button", { name: copied.length > 0 ? "Link copied" : "Share the link" }).waitFor();
    expect(await page.evaluate("copied")).toEqual(copied.map(() => board.public_url));
  });

  it("shows the address, selected, when sharing and the clipboard are refused", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    await page.addInitScript(`
      navigator.share = () => Promise.reject(new DOMException("refused", "NotAllowedError"));
      Object.defineProperty(navigator, "clipboard", { value: { writeText: () => Promise.reject(new Error("refused")) } });`);
    await page.goto(board.public_url);

    await page.getByRole("button", { name: "Share the link" }).click();

    const field = page.getByLabel("Copy this link");
    await field.waitFor();
    expect(await field.inputValue()).toBe(board.public_url);
    expect(await page.evaluate("getSelection().toString() || document.activeElement.selectionEnd")).toBeTruthy();
  });
});
