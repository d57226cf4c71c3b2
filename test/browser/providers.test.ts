import { describe, expect, it } from "vitest";
import { startApi } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { headline, mainText, usePhone } from "./browser.ts";
import {
  afterReload,
  atProvider,
  begin,
  comeBack,
  fillIn,
  give,
  referenceOn,
  sendForm,
  WAYS,
  waitForTotals,
} from "./journeys.ts";

const api = await startApi();
const phone = usePhone();

/** R200 less the fee. */
const GIFT = { gifts: 1, raised: 19_400 };

describe.each(WAYS)("payments with $provider $how JavaScript", ({ provider, javaScript }) => {
  it("a paying guest is thanked by name with the amount, and an open board page updates", async () => {
    const board = await api.createBoard({ goal_cents: 100_000 });
    const [page, other] = [await phone.open({ javaScript }), await phone.open()];
    await other.goto(board.public_url);
    expect(await mainText(other)).toContain("Be the first to chip in");

    await give(page, board, { provider, amount: "250" });

    expect(await headline(page)).toBe("Thank you, Thandi!");
    expect(await mainText(page)).toContain("Your R250 is in.");
    await eventually(async () => (await mainText(other)).includes("20% of the way there"));
    await eventually(async () => /1 person has chipped in\s+Thandi/.test(await mainText(other)));
    expect(await mainText(other)).not.toMatch(/Mokoena|R250/);
    await waitForTotals(api, board, { gifts: 1, raised: 24_250 });
  });

  it.each(["cancel", "fail"] as const)(
    "a guest who comes back after “%s” can pay at the second try",
    async (outcome) => {
      const board = await api.createBoard();
      const page = await phone.open({ javaScript });
      await begin(page, board, { provider });
      await atProvider(page, provider, outcome);

      // Only PayFast returns a guest who cancels to the board page.
      if (provider === "payfast" && outcome === "cancel") {
        await page.waitForURL(/\/thanks\/cancelled\?ref=/);
        expect(await mainText(page)).toContain("Changed your mind?");
        await page.getByRole("link", { name: "Chip in for Maya" }).click();
      } else {
        await comeBack(page, provider);
        expect(await headline(page)).toBe("That payment didn’t go through");
        expect(await mainText(page)).toContain("Nothing was taken. You can try again");
        await page.getByRole("link", { name: "Try again" }).click();
      }
      await page.waitForURL(/\/contribute(\?amount=200)?$/);
      await fillIn(page, { provider });
      await sendForm(page, provider);
      await atProvider(page, provider, "pay");
      await comeBack(page, provider);

      expect(await headline(page)).toBe("Thank you, Thandi!");
      await waitForTotals(api, board, GIFT);
    },
  );

  it("the page of a guest who returns before the provider's report confirms the payment by itself", async () => {
    const board = await api.createBoard();
    const page = await phone.open({ javaScript });
    await begin(page, board, { provider });
    await atProvider(page, provider, "silent");
    if (provider === "snapscan") {
      expect(await mainText(page)).toContain("Waiting for your payment. This page updates by itself when you’ve paid.");
    } else {
      await comeBack(page, provider);
      expect(await headline(page)).toBe("Confirming your payment…");
      expect(await mainText(page)).toContain("You can leave this page open");
    }
    await api.simulate(await referenceOn(page), "pay", provider);

    await page.waitForURL(/\/thanks(\?ref=|$)/);
    await eventually(async () => (await headline(page)) === "Thank you, Thandi!");
    await waitForTotals(api, board, GIFT);
  });

  it("a guest is thanked once reconciliation finds an unreported payment", async () => {
    const board = await api.createBoard();
    const page = await phone.open({ javaScript });
    await begin(page, board, { provider });
    await atProvider(page, provider, "silent");
    if (provider !== "snapscan") await comeBack(page, provider);
    // Reconciliation reads the open payments from Postgres, which may lag behind the board.
    await eventually(async () => {
      await api.runJob("reconcile-payments");
      const { body } = await api.call("GET", `/v1/dream-boards/${board.id}`);
      return body.data.contribution_count === 1;
    });

    if (javaScript) await page.waitForURL(/\/thanks(\?ref=|$)/);
    else if (provider === "snapscan") await page.goto(`${board.public_url}/thanks?ref=${await referenceOn(page)}`);
    const isThanked = async () => (await headline(page)) === "Thank you, Thandi!";
    await (javaScript ? eventually(isThanked) : afterReload(page, isThanked));
    await waitForTotals(api, board, GIFT);
  });

  it("a guest can start a look-up of an unreported payment", async () => {
    const board = await api.createBoard();
    const page = await phone.open({ javaScript });
    await begin(page, board, { provider });
    await atProvider(page, provider, "silent");
    if (provider !== "snapscan") await comeBack(page, provider);

    await page
      .getByRole("button", {
        name: provider === "snapscan" ? "I have paid" : /^Check with (PayFast|Ozow|SnapScan) now$/,
      })
      .click();

    await eventually(async () => (await headline(page)) === "Thank you, Thandi!");
    await waitForTotals(api, board, GIFT);
  });

  it("a guest who paid a wrong amount reads what was paid and that it does not count", async () => {
    const board = await api.createBoard();
    const page = await phone.open({ javaScript });
    await begin(page, board, { provider });
    await atProvider(page, provider, "wrong_amount");
    if (provider === "snapscan") await page.getByRole("button", { name: "I have paid" }).click();
    await page.waitForURL(/\/thanks(\?ref=|$)/);

    expect(await headline(page)).toBe("The amount was different");
    expect(await mainText(page)).toContain("You paid R100 instead of R200. It doesn’t count yet");
    await waitForTotals(api, board, { gifts: 0, raised: 0 });
  });
});
