import { afterEach, describe, expect, it } from "vitest";
import { PROVIDERS } from "../../local/simulators/outcomes.ts";
import { startApi, type WireBoard } from "../support/api.ts";
import { headline, mainText, type PhoneOptions, usePhone } from "./browser.ts";
import { faultsOf } from "./faults.ts";
import {
  atProvider,
  begin,
  chipInButton,
  comeBack,
  continueToProvider,
  fillIn,
  openForm,
  press,
  SCRIPT_MODES,
  waitForTotals,
} from "./journeys.ts";

const api = await startApi();
const phone = usePhone();

async function operate(path: string, body?: unknown): Promise<void> {
  const response = await api.request(`/internal${path}`, {
    method: "POST",
    headers: api.operatorHeaders,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  expect(response.status).toBe(200);
}
const pause = (name: string) => operate(`/providers/${name}/pause`, { reason: "their status page says so" });
const resume = (name: string) => operate(`/providers/${name}/resume`);

describe("providers paused by an operator", () => {
  afterEach(async () => {
    for (const name of PROVIDERS) await resume(name);
  });

  it.each(PROVIDERS)("%s is not offered while it is paused and is offered again once it is resumed", async (name) => {
    const board = await api.createBoard();
    const page = await phone.open();
    const choice = page.locator(`input[name="provider"][value="${name}"]`);
    await openForm(page, board);
    expect(await choice.count()).toBe(1);

    await pause(name);
    await page.reload();
    expect(await choice.count()).toBe(0);
    expect(await page.getByRole("radio").count()).toBe(2);

    await resume(name);
    await page.reload();
    expect(await choice.count()).toBe(1);
  });

  it("a form whose provider was paused meanwhile asks the guest to choose again and keeps the fields", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    phone.expectStatus(422);
    await openForm(page, board);
    await fillIn(page, { provider: "ozow", amount: "350" });
    await pause("ozow");
    await chipInButton(page).click();

    await page.getByText("Please choose how you would like to pay.").waitFor();
    expect(await page.getByLabel("Other amount").inputValue()).toBe("350");
    expect(await page.getByLabel("Your name").inputValue()).toBe("Thandi Mokoena");
  });

  it("the only provider that is not paused is selected without a choice, and its payment works", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    await pause("payfast");
    await pause("snapscan");
    await openForm(page, board);
    expect(await page.getByRole("radio").count()).toBe(0);
    expect(await mainText(page)).toContain("Pay with Ozow");

    await begin(page, board, { provider: "ozow" });
    await atProvider(page, "ozow", "pay");
    await comeBack(page, "ozow");
    await waitForTotals(api, board, { gifts: 1, raised: 19_400 });
  });

  it.each(SCRIPT_MODES)(
    "$how JavaScript, payments are unavailable while every provider is paused",
    async ({ javaScript }) => {
      const board = await api.createBoard();
      const page = await phone.open({ javaScript });
      phone.expectStatus(503);
      for (const name of PROVIDERS) await pause(name);
      await openForm(page, board);

      expect(await headline(page)).toBe("Payments are unavailable right now");
      expect(await mainText(page)).toContain("Nothing was charged.");
      expect(await faultsOf(page)).toEqual([]);
      await page.getByRole("link", { name: "Back to Maya’s board" }).click();
      await page.waitForURL(board.public_url);
    },
  );
});

describe("the limit of five contributions an hour from one address to one board", () => {
  /** Opens a phone whose address has begun five contributions to the board. */
  async function afterFive(board: WireBoard, options: PhoneOptions & { address: string }) {
    const page = await phone.open(options);
    for (const name of ["One", "Two", "Three", "Four", "Five"])
      await begin(page, board, { provider: "snapscan", name });
    phone.expectStatus(403);
    return page;
  }

  it.each(PROVIDERS)("a sixth contribution continues to %s after the challenge is passed", async (provider) => {
    const board = await api.createBoard();
    const page = await afterFive(board, { address: `196.25.1.${PROVIDERS.indexOf(provider)}` });
    await openForm(page, board);
    await fillIn(page, { provider, amount: "300" });
    await chipInButton(page).click();
    await page.getByRole("heading", { name: "One quick check" }).waitFor();
    await page.getByText("Test widget: passed").waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole("button", { name: "Continue", exact: true }).click();
    await continueToProvider(page, provider);
    await atProvider(page, provider, "pay");
    await comeBack(page, provider);

    expect(await headline(page)).toBe("Thank you, Thandi!");
    await waitForTotals(api, board, { gifts: 1, raised: 29_100 });
  });

  it("without JavaScript the challenge says that it needs JavaScript, also when it is tried again and again", async () => {
    const board = await api.createBoard();
    const page = await afterFive(board, { address: "196.25.1.20", javaScript: false });
    await openForm(page, board);
    await fillIn(page, { provider: "snapscan" });
    await press(page, chipInButton(page));

    // An address has ten attempts a minute on a board; these are the seventh and the following ones.
    for (let tries = 0; tries < 8; tries++) {
      expect(await headline(page)).toBe("One quick check");
      expect(await mainText(page)).toContain("The check needs JavaScript.");
      await press(page, page.getByRole("button", { name: "Continue", exact: true }));
    }
    expect(await faultsOf(page)).toEqual([]);
  });
});
