import { beforeAll, describe, expect, it } from "vitest";
import { startApi, type WireBoard } from "../support/api.ts";
import { usePhone } from "./browser.ts";
import { faultsOf, tabStops } from "./faults.ts";
import { chipInButton, fillIn, openForm, press } from "./journeys.ts";

const api = await startApi();
const phone = usePhone();

let open: WireBoard;
let funded: WireBoard;
let closed: WireBoard;
let cancelled: WireBoard;
const references = { paid: "", unpaid: "", failed: "", code: "", goingBack: "" };

beforeAll(async () => {
  [open, funded, closed, cancelled] = await Promise.all([
    api.createBoard(),
    api.createBoard({ goal_cents: 20_000 }),
    api.createBoard(),
    api.createBoard(),
  ]);
  const begun = async (board: WireBoard, provider?: "payfast" | "ozow" | "snapscan") =>
    (await api.contribute(board.slug, { amount: "300", name: "Thandi", ...(provider && { provider }) })).reference;
  const paid = async (board: WireBoard) => {
    const reference = await begun(board);
    await api.simulate(reference, "pay");
    return reference;
  };
  references.paid = await paid(open);
  references.unpaid = await begun(open, "ozow");
  references.code = await begun(open, "snapscan");
  references.failed = await begun(open, "payfast");
  await api.simulate(references.failed, "fail");
  await Promise.all([paid(funded), paid(closed)]);
  references.goingBack = await paid(cancelled);
  await api.call("POST", `/v1/dream-boards/${closed.id}/close`, { reason: "manual" });
  await api.call("PATCH", `/v1/dream-boards/${cancelled.id}`, { status: "cancelled" });
});

describe("every page has its labels, names, contrasts and thumb-sized targets, and shows where the focus is", () => {
  it.each<[page: string, path: () => string, status?: number]>([
    ["the landing page", () => "/"],
    ["no board", () => "/no-such-board-0000000000", 404],
    ["a board", () => `/${open.slug}`],
    ["a board after a cancelled payment", () => `/${open.slug}?cancelled=true`],
    ["a funded board", () => `/${funded.slug}`],
    ["a closed board", () => `/${closed.slug}`],
    ["a cancelled board", () => `/${cancelled.slug}`],
    ["the form", () => `/${open.slug}/contribute`],
    ["the form of a funded board", () => `/${funded.slug}/contribute`],
    ["SnapScan's code", () => `/${open.slug}/pay?ref=${references.code}`],
    ["SnapScan's code after a while", () => `/${open.slug}/pay?ref=${references.code}&look=90`],
    ["a payment that was begun", () => `/${open.slug}/pay?ref=${references.unpaid}`],
    ["the thanks for a payment", () => `/${open.slug}/thanks?ref=${references.paid}`],
    ["the wait for a payment", () => `/${open.slug}/thanks?ref=${references.unpaid}`],
    ["the wait after a while", () => `/${open.slug}/thanks?ref=${references.unpaid}&look=18`],
    ["a payment that failed", () => `/${open.slug}/thanks?ref=${references.failed}`],
    ["a payment on its way back", () => `/${cancelled.slug}/thanks?ref=${references.goingBack}`],
    ["thanks to nobody in particular", () => `/${open.slug}/thanks`],
    ["a failure nobody knows more of", () => `/${open.slug}/payment-failed`],
  ])("%s", async (_page, path, status) => {
    if (status) phone.expectStatus(status);
    const page = await phone.open();
    await page.goto(`${api.origin}${path()}`);
    expect(await faultsOf(page)).toEqual([]);

    const stops = await tabStops(page);
    const controls = await page.locator("a[href]:visible, button:visible").count();
    expect(stops.length).toBeGreaterThanOrEqual(controls);
    expect(stops.filter(({ seen }) => !seen)).toEqual([]);
  });

  it("the form with something to mend, which has the focus", async () => {
    const page = await phone.open();
    phone.expectStatus(422);
    await openForm(page, open);
    await fillIn(page, { provider: "payfast", amount: "5" });
    await press(page, chipInButton(page));

    expect(await faultsOf(page)).toEqual([]);
    const amount = page.getByLabel("Amount in rand");
    expect(await page.locator("input:focus").getAttribute("name")).toBe("amount");
    expect(await amount.getAttribute("aria-invalid")).toBe("true");
  });

  it("the way to PayFast where no script goes it", async () => {
    const page = await phone.open({ javaScript: false });
    await openForm(page, open);
    await fillIn(page, { provider: "payfast" });
    await press(page, chipInButton(page));

    expect(await faultsOf(page)).toEqual([]);
  });
});

describe("the form", () => {
  it("can be filled in and sent with the keyboard alone", async () => {
    const page = await phone.open();
    await page.goto(`${open.public_url}/contribute`);
    await page.getByRole("button", { name: "R500" }).focus();
    await page.keyboard.press("Space");
    expect(await page.getByLabel("Amount in rand").inputValue()).toBe("500");
    await page.getByLabel("Your name").focus();
    await page.keyboard.type("Thandi");
    await page.getByRole("radio", { name: /Card or EFT/ }).focus();
    await page.keyboard.press("ArrowDown");
    await page.getByLabel("Your name").focus();
    await page.keyboard.press("Enter");

    await page.waitForURL(/\/ozow\/pay\//);
    await page.getByText("R500.00").first().waitFor();
  });
});

/** Everything wrong that the questions ask for, once. */
const BAD_PAGE = `<meta name="viewport" content="width=device-width"><body style="background: #fff">
  <h1 id="a">One</h1><h1 id="a">Two</h1><p style="color: #999">pale</p>
  <input name="amount" aria-describedby="nowhere"><img src="data:,"><button></button>
  <a href="#" style="outline: none; display: block; width: 600px">low</a></body>`;

describe("the questions put to every page", () => {
  it("find what is wrong with a bad one", async () => {
    const page = await phone.open();
    await page.setContent(BAD_PAGE);

    const faults = (await faultsOf(page)).join("\n");
    for (const found of ["language", "title", "2 of <h1>", "0 of <main>", "sideways", "id a is there twice"]) {
      expect(faults).toContain(found);
    }
    for (const found of ["#nowhere", "no alt", "amount has no label", "has no name", "“low” is", "of 2.85"]) {
      expect(faults).toContain(found);
    }
    expect((await tabStops(page)).map(({ seen }) => seen)).toEqual([true, true, false]);
  });
});
