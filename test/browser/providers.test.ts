import { describe, expect, it } from "vitest";
import { startApi } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { headline, usePhone, words } from "./browser.ts";
import {
  afterReload,
  atProvider,
  begin,
  comeBack,
  fillIn,
  give,
  press,
  referenceOn,
  sendForm,
  tally,
  WAYS,
} from "./journeys.ts";

const api = await startApi();
const phone = usePhone();

/** R200 less the fee. */
const GIFT = { gifts: 1, raised: 19_400 };

describe.each(WAYS)("a guest $how JavaScript, paying with $provider,", ({ provider, javaScript }) => {
  it("is thanked by name, with the amount, and every open page of the board moves", async () => {
    const board = await api.createBoard({ goal_cents: 100_000 });
    const [page, other] = [await phone.open({ javaScript }), await phone.open()];
    await other.goto(board.public_url);
    expect(await words(other)).toContain("Be the first to chip in");

    await give(page, board, { provider, amount: "250" });

    expect(await headline(page)).toBe("Thank you, Thandi!");
    expect(await words(page)).toContain("Your R250 is in.");
    await eventually(async () => (await words(other)).includes("20% of the way there"));
    expect(await words(other)).toMatch(/1 person has chipped in\s+Thandi/);
    expect(await words(other)).not.toMatch(/Mokoena|R250/);
    await tally(api, board, { gifts: 1, raised: 24_250 });
  });

  it.each(["cancel", "fail"] as const)(
    "is told that nothing was taken after “%s”, and pays at the second try",
    async (outcome) => {
      const board = await api.createBoard();
      const page = await phone.open({ javaScript });
      await begin(page, board, { provider });
      await atProvider(page, provider, outcome);

      // Only PayFast brings a guest who cancels back by another way.
      if (provider === "payfast" && outcome === "cancel") {
        await page.waitForURL(/\?cancelled=true$/);
        expect(await words(page)).toMatch(/No harm done: the payment was cancelled and nothing was taken/);
        await page.getByRole("link", { name: "Chip in for Maya" }).click();
      } else {
        await comeBack(page, provider);
        expect(await headline(page)).toBe("That payment didn’t go through");
        expect(await words(page)).toContain("Nothing was taken. You can try again");
        await page.getByRole("link", { name: "Try again" }).click();
      }
      await page.waitForURL(/\/contribute$/);
      await fillIn(page, { provider });
      await sendForm(page, provider);
      await atProvider(page, provider, "pay");
      await comeBack(page, provider);

      expect(await headline(page)).toBe("Thank you, Thandi!");
      await tally(api, board, GIFT);
    },
  );

  it("is back before the provider has spoken, and sees the page settle by itself", async () => {
    const board = await api.createBoard();
    const page = await phone.open({ javaScript });
    await begin(page, board, { provider });
    await atProvider(page, provider, "silent");
    if (provider === "snapscan") {
      expect(await words(page)).toContain("Waiting for your payment. This page moves on by itself.");
    } else {
      await comeBack(page, provider);
      expect(await headline(page)).toBe("Confirming your payment…");
      expect(await words(page)).toContain("this page updates itself");
    }
    await api.simulate(await referenceOn(page), "pay", provider);

    await page.waitForURL(/\/thanks\?ref=/);
    await eventually(async () => (await headline(page)) === "Thank you, Thandi!");
    await tally(api, board, GIFT);
  });

  it("is thanked once reconciliation has found a payment nobody told us of", async () => {
    const board = await api.createBoard();
    const page = await phone.open({ javaScript });
    await begin(page, board, { provider });
    await atProvider(page, provider, "silent");
    if (provider !== "snapscan") await comeBack(page, provider);
    // Only what the database knows of can be asked about.
    await eventually(async () => {
      await api.runJob("reconcile-payments");
      const { body } = await api.call("GET", `/v1/dream-boards/${board.id}`);
      return body.data.contribution_count === 1;
    });

    if (javaScript) await page.waitForURL(/\/thanks\?ref=/);
    else if (provider === "snapscan") await page.goto(`${board.public_url}/thanks?ref=${await referenceOn(page)}`);
    const isThanked = async () => (await headline(page)) === "Thank you, Thandi!";
    await (javaScript ? eventually(isThanked) : afterReload(page, isThanked));
    await tally(api, board, GIFT);
  });

  it("may have the provider asked about a payment nobody told us of", async () => {
    const board = await api.createBoard();
    const page = await phone.open({ javaScript });
    await begin(page, board, { provider });
    await atProvider(page, provider, "silent");
    if (provider !== "snapscan") await comeBack(page, provider);

    await page
      .getByRole("button", { name: provider === "snapscan" ? "I have paid" : "Check with the provider now" })
      .click();

    await eventually(async () => (await headline(page)) === "Thank you, Thandi!");
    await tally(api, board, GIFT);
  });

  it("stays unconfirmed after paying another amount, also when the provider is asked", async () => {
    const board = await api.createBoard();
    const page = await phone.open({ javaScript });
    await begin(page, board, { provider });
    await atProvider(page, provider, "wrong_amount");
    if (provider === "snapscan") await page.getByRole("button", { name: "I have paid" }).click();
    await page.waitForURL(/\/thanks\?ref=/);
    expect(await headline(page)).toBe("Confirming your payment…");

    await press(page, page.getByRole("button", { name: "Check with the provider now" }));

    expect(await headline(page)).toBe("Confirming your payment…");
    await tally(api, board, { gifts: 0, raised: 0 });
  });
});
