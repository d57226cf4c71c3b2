import { describe, expect, it } from "vitest";
import { PROVIDERS, type ProviderName } from "../../local/simulators/outcomes.ts";
import { startApi } from "../support/api.ts";
import { headline, usePhone } from "./browser.ts";
import {
  atProvider,
  backToForm,
  begin,
  chipInButton,
  codeLink,
  comeBack,
  continueToProvider,
  fillIn,
  openForm,
  referenceOn,
  SCRIPT_MODES,
  sendForm,
  statusesOncePaid,
  WAYS,
  waitForTotals,
} from "./journeys.ts";

const api = await startApi();
const phone = usePhone();

/** R200 less the fee. */
const GIFT = { gifts: 1, raised: 19_400 };

/** The number of payments at the provider with this reference. */
function paymentsAt(provider: ProviderName, reference: string): number {
  return api.platform[provider].payments().filter((payment) => payment.reference === reference).length;
}

describe.each(WAYS)("double taps $how JavaScript with $provider", ({ provider, javaScript }) => {
  it("a double tap makes one contribution and one payment", async () => {
    const board = await api.createBoard();
    const page = await phone.open({ javaScript });
    await openForm(page, board);
    await fillIn(page, { provider });
    await chipInButton(page).dblclick();
    await continueToProvider(page, provider);
    await atProvider(page, provider, "pay");
    await comeBack(page, provider);

    await waitForTotals(api, board, GIFT);
    expect(await statusesOncePaid(api, board)).toEqual(["completed"]);
    expect(paymentsAt(provider, await referenceOn(page))).toBe(1);
  });
});

describe.each(PROVIDERS)("the Back button with %s", (provider) => {
  it("a form sent again before paying continues the same contribution", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    await begin(page, board, { provider });
    await backToForm(page);
    expect(await page.getByLabel("Your name").inputValue()).toBe("Thandi Mokoena");
    await sendForm(page, provider);
    await atProvider(page, provider, "pay");
    await comeBack(page, provider);

    await waitForTotals(api, board, GIFT);
    expect(await statusesOncePaid(api, board)).toEqual(["completed"]);
    // The browser begins a PayFast payment on every visit; the reference makes them one.
    if (provider !== "payfast") expect(paymentsAt(provider, await referenceOn(page))).toBe(1);
  });

  it("a form sent again after paying leads to the same thanks page and makes no contribution", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    await begin(page, board, { provider });
    await atProvider(page, provider, "pay");
    await comeBack(page, provider);
    const thanks = page.url();
    await backToForm(page);
    await chipInButton(page).click();

    await page.waitForURL(thanks);
    expect(await headline(page)).toBe("Thank you, Thandi!");
    await waitForTotals(api, board, GIFT);
    expect(await statusesOncePaid(api, board)).toEqual(["completed"]);
  });

  it("a form sent again with another amount makes a contribution of that amount", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    await begin(page, board, { provider });
    await backToForm(page);
    await fillIn(page, { provider, amount: "500" });
    await sendForm(page, provider);
    await atProvider(page, provider, "pay");
    await comeBack(page, provider);

    await waitForTotals(api, board, { gifts: 1, raised: 48_500 });
  });
});

describe("the SnapScan code page", () => {
  it("a guest who returns from the SnapScan app reaches the thanks page", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    await begin(page, board, { provider: "snapscan" });
    const code = await codeLink(page);
    await page.getByRole("link", { name: "Open SnapScan on this phone" }).click();
    await page.waitForURL(code);
    await page.locator('button[name="outcome"][value="pay"]').click();
    await page.getByRole("heading", { name: /^Paid/ }).waitFor();
    // The app has two pages in the history: the payment and the receipt.
    await page.goBack();
    await page.goBack();

    await page.waitForURL(/\/thanks(\?ref=|$)/);
    expect(await headline(page)).toBe("Thank you, Thandi!");
  });

  it.each(SCRIPT_MODES)(
    "$how JavaScript, the code page offers a fresh code of the same payment after a while",
    async ({ javaScript }) => {
      const board = await api.createBoard();
      const page = await phone.open({ javaScript });
      await page.clock.install();
      await begin(page, board, { provider: "snapscan" });
      const code = await codeLink(page);
      const fresh = page.getByRole("button", { name: "Get a fresh code" });
      expect(await fresh.isVisible()).toBe(false);

      if (javaScript) await page.clock.fastForward("02:00");
      // Without scripts the `look` parameter counts the refreshes.
      else await page.goto(`${board.public_url}/pay?ref=${await referenceOn(page)}&look=90`);
      await fresh.click();
      await page.getByRole("img", { name: "SnapScan code" }).waitFor();

      expect(await codeLink(page)).toBe(code);
      await atProvider(page, "snapscan", "pay");
      await comeBack(page, "snapscan");
      await waitForTotals(api, board, GIFT);
      expect(await statusesOncePaid(api, board)).toEqual(["completed"]);
    },
  );

  it("a guest can switch from the SnapScan code to another provider", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    await begin(page, board, { provider: "snapscan" });
    await page.getByRole("link", { name: "Choose another way to pay" }).click();
    await page.waitForURL(/\/contribute\?amount=200$/);
    await fillIn(page, { provider: "ozow" });
    await sendForm(page, "ozow");
    await atProvider(page, "ozow", "pay");
    await comeBack(page, "ozow");

    await waitForTotals(api, board, GIFT);
  });
});

describe("the thanks page of a pending payment", () => {
  it("the waiting page says after a while that it is safe to leave, and still confirms the payment", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    await page.clock.install();
    await begin(page, board, { provider: "ozow" });
    await atProvider(page, "ozow", "silent");
    await comeBack(page, "ozow");
    const patience = page.getByText("It’s safe to leave this page");
    expect(await patience.isVisible()).toBe(false);
    await page.clock.fastForward("02:00");
    await patience.waitFor();
    await api.simulate(await referenceOn(page), "pay", "ozow");
    await page.clock.fastForward("00:30");

    await page.getByRole("heading", { name: "Thank you, Thandi!" }).waitFor();
  });
});
