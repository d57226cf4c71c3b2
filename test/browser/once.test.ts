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
  fillIn,
  handOver,
  openForm,
  referenceOn,
  sendForm,
  statusesOncePaid,
  tally,
  WAYS,
} from "./journeys.ts";

const api = await startApi();
const phone = usePhone();

/** R200 less the fee. */
const GIFT = { gifts: 1, raised: 19_400 };

/** How many payments the provider was asked for under this reference. */
function paymentsAt(provider: ProviderName, reference: string): number {
  return api.platform[provider].payments().filter((payment) => payment.reference === reference).length;
}

describe.each(WAYS)("a guest $how JavaScript, paying with $provider,", ({ provider, javaScript }) => {
  it("who taps twice makes one contribution and one payment", async () => {
    const board = await api.createBoard();
    const page = await phone.open({ javaScript });
    await openForm(page, board);
    await fillIn(page, { provider });
    await chipInButton(page).dblclick();
    await handOver(page, provider);
    await atProvider(page, provider, "pay");
    await comeBack(page, provider);

    await tally(api, board, GIFT);
    expect(await statusesOncePaid(api, board)).toEqual(["completed"]);
    expect(paymentsAt(provider, await referenceOn(page))).toBe(1);
  });
});

describe.each(PROVIDERS)("a guest who presses Back, paying with %s,", (provider) => {
  it("before paying goes on with the same contribution and the same payment", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    await begin(page, board, { provider });
    await backToForm(page);
    expect(await page.getByLabel("Your name").inputValue()).toBe("Thandi Mokoena");
    await sendForm(page, provider);
    await atProvider(page, provider, "pay");
    await comeBack(page, provider);

    await tally(api, board, GIFT);
    expect(await statusesOncePaid(api, board)).toEqual(["completed"]);
    // PayFast is told of a payment by the browser, each time it comes; the reference makes them one.
    if (provider !== "payfast") expect(paymentsAt(provider, await referenceOn(page))).toBe(1);
  });

  it("after paying is thanked for the same contribution, not charged for another", async () => {
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
    await tally(api, board, GIFT);
    expect(await statusesOncePaid(api, board)).toEqual(["completed"]);
  });

  it("and changes the amount makes another contribution", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    await begin(page, board, { provider });
    await backToForm(page);
    await fillIn(page, { provider, amount: "500" });
    await sendForm(page, provider);
    await atProvider(page, provider, "pay");
    await comeBack(page, provider);

    await tally(api, board, { gifts: 1, raised: 48_500 });
  });
});

describe("the page with SnapScan's code", () => {
  it("is still there after the app opened in its place", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    await begin(page, board, { provider: "snapscan" });
    const code = await codeLink(page);
    await page.getByRole("link", { name: "Open SnapScan on this phone" }).click();
    await page.waitForURL(code);
    await page.locator('button[name="outcome"][value="pay"]').click();
    await page.getByRole("heading", { name: /^Paid/ }).waitFor();
    // Two steps: the receipt took the place of the code's page in the app.
    await page.goBack();
    await page.goBack();

    await page.waitForURL(/\/thanks\?ref=/);
    expect(await headline(page)).toBe("Thank you, Thandi!");
  });

  it.each([{ javaScript: true }, { javaScript: false }])(
    "offers a fresh one of the same payment after a while: %j",
    async ({ javaScript }) => {
      const board = await api.createBoard();
      const page = await phone.open({ javaScript });
      await page.clock.install();
      await begin(page, board, { provider: "snapscan" });
      const code = await codeLink(page);
      const fresh = page.getByRole("button", { name: "Get a fresh code" });
      expect(await fresh.isVisible()).toBe(false);

      if (javaScript) await page.clock.fastForward("02:00");
      // Where no script counts, the address counts how often the page was looked at.
      else await page.goto(`${board.public_url}/pay?ref=${await referenceOn(page)}&look=90`);
      await fresh.click();
      await page.getByRole("img", { name: "SnapScan code" }).waitFor();

      expect(await codeLink(page)).toBe(code);
      await atProvider(page, "snapscan", "pay");
      await comeBack(page, "snapscan");
      await tally(api, board, GIFT);
      expect(await statusesOncePaid(api, board)).toEqual(["completed"]);
    },
  );

  it("leads to another way to pay", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    await begin(page, board, { provider: "snapscan" });
    await page.getByRole("link", { name: "Choose another way to pay" }).click();
    await page.waitForURL(/\/contribute$/);
    await fillIn(page, { provider: "ozow" });
    await sendForm(page, "ozow");
    await atProvider(page, "ozow", "pay");
    await comeBack(page, "ozow");

    await tally(api, board, GIFT);
  });
});

describe("the page that waits for the provider's word", () => {
  it("says after a while that it is safe to leave, and still settles by itself", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    await page.clock.install();
    await begin(page, board, { provider: "ozow" });
    await atProvider(page, "ozow", "silent");
    await comeBack(page, "ozow");
    const patience = page.getByText("It is safe to leave this page");
    expect(await patience.isVisible()).toBe(false);
    await page.clock.fastForward("02:00");
    await patience.waitFor();
    await api.simulate(await referenceOn(page), "pay", "ozow");
    await page.clock.fastForward("00:30");

    await page.getByRole("heading", { name: "Thank you, Thandi!" }).waitFor();
  });
});
