import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { AFRIKAANS } from "../../src/http/guest-pages/words/af/words.ts";
import type { Words } from "../../src/http/guest-pages/words/words.ts";
import { ISIZULU } from "../../src/http/guest-pages/words/zu/words.ts";
import { startApi, type WireBoard } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { headline, mainText, runsScripts, usePhone } from "./browser.ts";
import { WAYS } from "./journeys.ts";

const api = await startApi();
const phone = usePhone();

const OTHERS = [AFRIKAANS, ISIZULU];
const languageOf = (page: Page) => page.locator("html").getAttribute("lang");

type Journey = { page: Page; board: WireBoard; words: Words; provider: (typeof WAYS)[number]["provider"] };

/** From the board, whose footer offers the language, to the page where the guest pays. */
async function begin({ page, board, words, provider }: Journey): Promise<void> {
  await page.goto(board.public_url);
  await page.getByRole("contentinfo").locator(`a[lang=${words.frame.language}]`).click();
  await page.getByRole("link", { name: words.board.callToAction.gift("Maya") }).click();
  await page.getByLabel(words.form.otherAmount).fill("250");
  await page.getByLabel(words.form.name).fill("Thandi");
  await page.locator(`input[name=provider][value=${provider}]`).check();
  await page.locator("form[data-chip-in] .button").click();
  // With scripts the page presses this button itself.
  if (provider === "payfast" && !runsScripts(page)) {
    await page.getByRole("button", { name: words.checkout.continueTo("PayFast") }).click();
  }
}

/** Pays, and comes back to the thanks page. */
async function pay({ page, words, provider }: Journey): Promise<void> {
  const button = (payPage: Page) => payPage.locator("button[name=outcome][value=pay]");
  if (provider !== "snapscan") return await button(page).click();
  const link = page.getByRole("link", { name: words.checkout.openOnPhone("SnapScan") });
  const app = await page.context().newPage();
  await app.goto((await link.getAttribute("href")) ?? "");
  await button(app).click();
  await app.getByRole("heading", { name: /^Paid/ }).waitFor();
  await app.close();
  if (!runsScripts(page)) await page.getByRole("button", { name: words.checkout.iHavePaid, exact: true }).click();
}

describe.each(OTHERS)("in $frame.locale", (words) => {
  it.each(WAYS)(
    "a guest chips in through $provider $how JavaScript and reads one language all the way",
    async ({ provider, javaScript }) => {
      const journey = { page: await phone.open({ javaScript }), board: await api.createBoard(), words, provider };
      const { page } = journey;
      await begin(journey);
      await pay(journey);

      await page.waitForURL(/\/thanks(\?ref=|$)/);
      await eventually(async () => (await headline(page)) === words.results.title.confirmed("Thandi"));
      expect(await languageOf(page)).toBe(words.frame.locale);
      expect(await mainText(page)).toContain(words.results.isIn("R250", "Maya"));
    },
  );

  it("an open board stays in its language when it changes, and when its gift is funded", async () => {
    const board = await api.createBoard({ goal_cents: 30_000 });
    const page = await phone.open();
    await page.goto(`${board.public_url}?lang=${words.frame.language}`);
    await page.goto(board.public_url);
    const chipIn = async (amount: string) => {
      const { reference } = await api.contribute(board.slug, { amount, name: "Gogo" });
      await api.simulate(reference, "pay");
    };

    await chipIn("100");
    await page.getByText(words.live.people(1)).waitFor();
    await chipIn("500");
    await page.getByText(words.board.lede.charity("Greenpop")).waitFor();
    expect(await mainText(page)).toContain(words.live.people(2));
    expect(await languageOf(page)).toBe(words.frame.locale);
  });

  it("long names fit a small phone, also with letters twice as large", async () => {
    const board = await api.createBoard({ child_name: "Ntandoyenkosi" });
    const page = await phone.open();
    await page.setViewportSize({ width: 320, height: 568 });
    await page.goto(`${board.public_url}?lang=${words.frame.language}`);
    for (const path of ["", "/contribute", "/thanks", "/payment-failed"]) {
      await page.goto(board.public_url + path);
      for (const percent of [100, 200]) {
        await page.evaluate(`document.documentElement.style.fontSize = "${percent}%"`);
        const width = await page.evaluate("document.documentElement.scrollWidth");
        expect([path, percent, width]).toEqual([path, percent, 320]);
      }
    }
  });

  it.each(["0", "500"])(
    "gift, progress and button are on the first screen after R%s, and the languages are large enough for a finger",
    async (amount) => {
      const board = await api.createBoard();
      if (amount !== "0") {
        const { reference } = await api.contribute(board.slug, { amount });
        await api.simulate(reference, "pay");
      }
      const page = await phone.open();
      await page.setViewportSize({ width: 360, height: 640 });
      await page.goto(`${board.public_url}?lang=${words.frame.language}`);

      const boxOf = (selector: string) => page.locator(selector).first().boundingBox();
      const button = await boxOf(".act .button");
      expect((button?.y ?? 0) + (button?.height ?? 0)).toBeLessThanOrEqual(640);
      for (const part of ["h1", "#gift", ".percent"]) {
        const box = await boxOf(part);
        expect([part, box && box.y + box.height <= (button?.y ?? 0)]).toEqual([part, true]);
      }
      const choices = await page.getByRole("navigation", { name: words.frame.languages }).getByRole("link").all();
      expect(choices).toHaveLength(3);
      for (const choice of choices) expect((await choice.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    },
  );
});
