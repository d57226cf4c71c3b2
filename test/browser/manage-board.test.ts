import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { startApi, type WireBoard } from "../support/api.ts";
import { usePhone } from "./browser.ts";
import { faultsOf } from "./faults.ts";
import { SMALL_SCREEN, signInLink } from "./parents.ts";

const api = await startApi();
const phone = usePhone();

/** Signs in by the link of the mail, and opens the board's overview. */
async function openAsHost(page: Page, board: WireBoard, email: string): Promise<void> {
  await page.setViewportSize(SMALL_SCREEN);
  await page.goto(`${api.origin}/dashboard/${board.id}/overview`);
  await page.getByLabel("Your e-mail address").fill(email);
  await page.locator("main form button").click();
  await page.goto(await signInLink(api, email));
  await page.locator("main form button").click();
  await page.waitForURL(/\/overview$/);
}

async function aBoardOf(email: string): Promise<WireBoard> {
  const board = await api.createBoard({ payout_email: email });
  for (const [name, amount] of [
    ["Thandi Mokoena", "200"],
    ["Pieter", "300"],
  ] as const) {
    const { reference } = await api.contribute(board.slug, { amount, name, message: `From ${name}` });
    await api.simulate(reference, "pay");
  }
  return board;
}

const tab = (page: Page, name: string) =>
  page.getByRole("navigation", { name: "This board" }).getByRole("link", { name }).click();

describe("a host manages a board on a phone", () => {
  it("from the message to the close", async () => {
    const email = "host@example.com";
    const board = await aBoardOf(email);
    const page = await phone.open();
    await openAsHost(page, board, email);
    expect(await page.locator(".pot .sum").innerText()).toBe("R485");
    const faults = () => faultsOf(page);
    expect(await faults()).toEqual([]);

    await tab(page, "People");
    await page.getByText("Change").first().click();
    await page.getByRole("button", { name: "Hide the name" }).first().click();
    await page.getByText("It is hidden now.").waitFor();
    expect(await faults()).toEqual([]);

    await tab(page, "Settings");
    await page.getByRole("textbox", { name: /^Message/ }).fill("Thank you, everyone!");
    await page.getByRole("button", { name: "Save the message" }).click();
    await page.getByText("Your message is saved.").waitFor();
    expect(await page.getByRole("textbox", { name: /^Message/ }).inputValue()).toBe("Thank you, everyone!");
    const later = new Date(Date.now() + 60 * 86_400_000).toISOString().slice(0, 10);
    await page.getByLabel("Open until the end of").fill(later);
    await page.getByRole("button", { name: "Extend it" }).click();
    await page.getByText("There is more time now.").waitFor();
    expect(await faults()).toEqual([]);

    await page.getByRole("link", { name: "Close it early" }).click();
    await page.getByText("R485 as a Takealot gift card").waitFor();
    expect(await faults()).toEqual([]);
    await page.getByLabel("I understand").check();
    await page.getByRole("button", { name: "Close the board" }).click();
    await page.getByText("The board is closed.").waitFor();
    expect(await page.locator(".lines .amount").allInnerTexts()).toEqual(["R485"]);
    expect(await faults()).toEqual([]);

    await page.getByRole("link", { name: "Money statement" }).click();
    const row = page.getByRole("row", { name: /^In the pot/ });
    expect(await row.innerText()).toContain("R485.00");
    expect(await page.getByRole("row", { name: /Thandi Mokoena/ }).innerText()).toContain("R194.00");
    expect(await faults()).toEqual([]);
    await page.goto(board.public_url);
    await page.getByText("Thank you, everyone!").waitFor();
  });

  it("the figures follow a payment while the overview is open", async () => {
    const email = "host-live@example.com";
    const board = await aBoardOf(email);
    const page = await phone.open();
    await openAsHost(page, board, email);
    const { reference } = await api.contribute(board.slug, { amount: "100", name: "Zanele" });
    await api.simulate(reference, "pay");

    await page.getByText("R582", { exact: true }).waitFor();
    expect(await page.locator("#news").innerText()).toBe("R582 from 3 contributions.");
  });
});
