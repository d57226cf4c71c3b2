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
let undrawn: WireBoard;
const references = { paid: "", unpaid: "", failed: "", wrong: "", snapscan: "", beingRefunded: "" };

beforeAll(async () => {
  [open, funded, closed, cancelled, undrawn] = await Promise.all([
    api.createBoard(),
    api.createBoard({ goal_cents: 20_000 }),
    api.createBoard(),
    api.createBoard(),
    api.createBoard({ child_photo_url: "https://pictures.missing.example/maya.jpg" }),
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
  references.snapscan = await begun(open, "snapscan");
  references.failed = await begun(open, "payfast");
  await api.simulate(references.failed, "fail");
  references.wrong = await begun(open);
  await api.simulate(references.wrong, "wrong_amount");
  await Promise.all([paid(funded), paid(closed)]);
  references.beingRefunded = await paid(cancelled);
  await api.call("POST", `/v1/dream-boards/${closed.id}/close`, { reason: "manual" });
  await api.call("PATCH", `/v1/dream-boards/${cancelled.id}`, { status: "cancelled" });
});

describe("accessibility of every page", () => {
  it.each<[page: string, path: () => string, status?: number]>([
    ["the landing page", () => "/"],
    ["a plain page", () => "/privacy"],
    ["the form that reports a board", () => `/report?board=${open.slug}`],
    ["the page that checks receipts", () => "/receipts"],
    ["the page of an unknown board", () => "/no-such-board-0000000000", 404],
    ["a board page", () => `/${open.slug}`],
    ["a board page in Afrikaans", () => `/${open.slug}?lang=af`],
    ["a board page in isiZulu", () => `/${open.slug}?lang=zu`],
    ["a board page without pictures", () => `/${undrawn.slug}`],
    ["a board page after a cancelled payment that is not known", () => `/${open.slug}?cancelled=true`],
    [
      "a board page after a cancelled payment that is open",
      () => `/${open.slug}?cancelled=true&ref=${references.unpaid}`,
    ],
    ["a board page after a payment that failed", () => `/${open.slug}?cancelled=true&ref=${references.failed}`],
    ["the page of a funded board", () => `/${funded.slug}`],
    ["the page of a closed board", () => `/${closed.slug}`],
    ["the page of a cancelled board", () => `/${cancelled.slug}`],
    ["the form", () => `/${open.slug}/contribute`],
    ["the form in isiZulu", () => `/${open.slug}/contribute?lang=zu`],
    ["the form of a funded board", () => `/${funded.slug}/contribute`],
    ["the SnapScan code page", () => `/${open.slug}/pay?ref=${references.snapscan}`],
    ["the SnapScan code page after a while", () => `/${open.slug}/pay?ref=${references.snapscan}&look=90`],
    ["the page of an unpaid payment", () => `/${open.slug}/pay?ref=${references.unpaid}`],
    ["the thanks page of a completed payment", () => `/${open.slug}/thanks?ref=${references.paid}`],
    ["the thanks page of another amount", () => `/${open.slug}/thanks?ref=${references.wrong}`],
    ["the thanks page in Afrikaans", () => `/${open.slug}/thanks?ref=${references.paid}&lang=af`],
    ["the thanks page of a pending payment", () => `/${open.slug}/thanks?ref=${references.unpaid}`],
    [
      "the thanks page of a pending payment after a while",
      () => `/${open.slug}/thanks?ref=${references.unpaid}&look=18`,
    ],
    ["the thanks page of a failed payment", () => `/${open.slug}/thanks?ref=${references.failed}`],
    [
      "the thanks page of a payment that is being refunded",
      () => `/${cancelled.slug}/thanks?ref=${references.beingRefunded}`,
    ],
    ["the thanks page without a reference", () => `/${open.slug}/thanks`],
    ["the page of a failed payment without a reference", () => `/${open.slug}/payment-failed`],
  ])("%s has no accessibility faults and shows the focus at every tab stop", async (_page, path, status) => {
    if (status) phone.expectStatus(status);
    const page = await phone.open();
    await page.goto(`${api.origin}${path()}`);
    expect(await faultsOf(page)).toEqual([]);

    const stops = await tabStops(page);
    const controls = await page.locator("a[href]:visible, button:visible").count();
    expect(stops.length).toBeGreaterThanOrEqual(controls);
    expect(stops.filter(({ seen }) => !seen)).toEqual([]);
  });

  it("a refused form has no accessibility faults and focuses the invalid field", async () => {
    const page = await phone.open();
    phone.expectStatus(422);
    await openForm(page, open);
    await fillIn(page, { provider: "payfast", amount: "5" });
    await press(page, chipInButton(page));

    expect(await faultsOf(page)).toEqual([]);
    const amount = page.getByLabel("Other amount");
    expect(await page.locator("input:focus").getAttribute("name")).toBe("amount");
    expect(await amount.getAttribute("aria-invalid")).toBe("true");
  });

  it("the page that leads to PayFast without JavaScript has no accessibility faults", async () => {
    const page = await phone.open({ javaScript: false });
    await openForm(page, open);
    await fillIn(page, { provider: "payfast" });
    await press(page, chipInButton(page));

    expect(await faultsOf(page)).toEqual([]);
  });
});

describe("the form", () => {
  it("the form can be filled in and sent with the keyboard alone", async () => {
    const page = await phone.open();
    await page.goto(`${open.public_url}/contribute`);
    await page.getByRole("button", { name: "R500" }).focus();
    await page.keyboard.press("Space");
    expect(await page.getByLabel("Other amount").inputValue()).toBe("500");
    await page.getByLabel("Your name").focus();
    await page.keyboard.type("Thandi");
    await page.getByRole("radio", { name: /Card/ }).focus();
    await page.keyboard.press("ArrowDown");
    await page.getByLabel("Your name").focus();
    await page.keyboard.press("Enter");

    await page.waitForURL(/\/ozow\/pay\//);
    await page.getByText("R500.00").first().waitFor();
  });
});

/** A page with every kind of fault that the checks look for. */
const BAD_PAGE = `<meta name="viewport" content="width=device-width"><body style="background: #fff">
  <h1 id="a">One</h1><h1 id="a">Two</h1><p style="color: #999">pale</p>
  <input name="amount" aria-describedby="nowhere"><img src="data:,"><button></button>
  <a href="#" style="outline: none; display: block; width: 600px">low</a>
  <p style="width: 40px; overflow-wrap: anywhere">WhatsApp</p></body>`;

describe("the page checks", () => {
  it("the page checks find the faults of a bad page", async () => {
    const page = await phone.open();
    await page.setContent(BAD_PAGE);

    const faults = (await faultsOf(page)).join("\n");
    for (const found of ["language", "title", "2 of <h1>", "0 of <main>", "sideways", "id a is there twice"]) {
      expect(faults).toContain(found);
    }
    for (const found of [
      "#nowhere",
      "no alt",
      "amount has no label",
      "has no name",
      "“low” is",
      "of 2.85",
      "“WhatsApp” is broken",
    ]) {
      expect(faults).toContain(found);
    }
    expect((await tabStops(page)).map(({ seen }) => seen)).toEqual([true, true, false]);
  });
});
