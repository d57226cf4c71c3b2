import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { PROVIDERS } from "../../local/simulators/outcomes.ts";
import { startApi } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { headline, mainText, usePhone } from "./browser.ts";
import {
  afterReload,
  atProvider,
  begin,
  chipInButton,
  comeBack,
  fillIn,
  give,
  openForm,
  referenceOn,
  SCRIPT_MODES,
  waitForTotals,
} from "./journeys.ts";

const api = await startApi();
const phone = usePhone();

describe("payments that reach the goal", () => {
  it.each(PROVIDERS)("a %s payment that reaches the goal is celebrated on every open page", async (provider) => {
    const board = await api.createBoard({ goal_cents: 30_000 });
    const [page, other] = [await phone.open(), await phone.open()];
    await other.goto(board.public_url);
    await give(page, board, { provider, amount: "500" });

    for (const tab of [page, other]) await tab.locator("canvas.confetti").waitFor();
    await page.getByText("Everything beyond the gift goes to Greenpop.").waitFor();
    expect(await headline(page)).toBe("Thank you, Thandi!");
    await other.getByRole("heading", { name: "Maya’s gift is fully funded!" }).waitFor();
    for (const tab of [page, other]) expect(await tab.content()).not.toMatch(/bicycle/i);
  });

  it.each(PROVIDERS)("without JavaScript the thanks page of a %s payment announces the goal", async (provider) => {
    const board = await api.createBoard({ goal_cents: 30_000 });
    const page = await phone.open({ javaScript: false });
    await give(page, board, { provider, amount: "500" });

    await afterReload(page, async () => (await mainText(page)).includes("The goal is reached!"));
    expect(await page.content()).not.toMatch(/bicycle/i);
  });
});

describe("cancelled boards", () => {
  it.each(SCRIPT_MODES)(
    "$how JavaScript, the pages of a cancelled board say that contributions are refunded",
    async ({ javaScript }) => {
      const board = await api.createBoard();
      const payers = new Map<string, Page>();
      for (const provider of PROVIDERS) {
        const page = await phone.open({ javaScript });
        await give(page, board, { provider });
        payers.set(provider, page);
      }
      await waitForTotals(api, board, { gifts: 3, raised: 58_200 });
      const open = await phone.open({ javaScript });
      await open.goto(board.public_url);
      const { status } = await api.call("PATCH", `/v1/dream-boards/${board.id}`, { status: "cancelled" });
      expect(status).toBe(200);

      const isCancelled = async () => (await headline(open)) === "Maya’s board was cancelled";
      await (javaScript ? eventually(isCancelled) : afterReload(open, isCancelled));
      expect(await mainText(open)).toContain("Everyone gets their full amount back, including our fee.");
      expect(await mainText(open)).not.toMatch(/bicycle|%/);
      for (const payer of payers.values()) {
        await payer.goto(`${board.public_url}/thanks`);
        expect(await headline(payer)).toBe("Your contribution is being refunded");
        expect(await mainText(payer)).toContain("You’ll get your full R200 back, including the fee.");
      }

      // SnapScan refunds are manual.
      for (const provider of ["payfast", "ozow"]) {
        const payer = payers.get(provider);
        await eventually(async () => {
          await api.runJob("send-refunds");
          await fetch(`${api.console}/flush`, { method: "POST" });
          await payer?.reload();
          return payer && (await headline(payer)) === "Your contribution was refunded";
        });
      }
    },
  );

  it.each(PROVIDERS)("a guest who pays with %s on a cancelled board is told about the refund", async (provider) => {
    const board = await api.createBoard();
    const page = await phone.open();
    await begin(page, board, { provider });
    await api.call("PATCH", `/v1/dream-boards/${board.id}`, { status: "cancelled" });
    await atProvider(page, provider, "pay");
    await comeBack(page, provider);

    expect(await headline(page)).toBe("Your contribution is being refunded");
  });
});

describe("closed boards", () => {
  it.each(PROVIDERS)("the page says that a %s payment after closing will be refunded", async (provider) => {
    const board = await api.createBoard();
    const page = await phone.open();
    await give(await phone.open(), board, { provider: "payfast" });
    await begin(page, board, { provider });
    await atProvider(page, provider, "silent");
    if (provider !== "snapscan") await comeBack(page, provider);
    const reference = await referenceOn(page);
    await api.call("POST", `/v1/dream-boards/${board.id}/close`, { reason: "manual" });
    await api.simulate(reference, "pay", provider);

    await page.getByRole("heading", { name: "Your payment came after closing" }).waitFor();
    expect(await mainText(page)).toContain("you’ll get your full R200 back");
  });

  it("a form sent after the board has closed is answered that nothing was charged", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    phone.expectStatus(409);
    await openForm(page, board);
    await fillIn(page, { provider: "payfast" });
    await api.call("POST", `/v1/dream-boards/${board.id}/close`, { reason: "manual" });
    await chipInButton(page).click();

    await page.getByRole("heading", { name: "This board has just closed" }).waitFor();
    expect(await mainText(page)).toContain("Nothing was charged.");
  });

  it("the page of a closed board without contributions shows no percentage", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    await api.call("POST", `/v1/dream-boards/${board.id}/close`, { reason: "manual" });
    await page.goto(board.public_url);

    await afterReload(page, async () => (await headline(page)) === "Maya’s board has closed");
    expect(await mainText(page)).not.toMatch(/%|Be the first/);
    expect(await page.getByRole("progressbar").count()).toBe(0);
  });
});
