import { describe, expect, it } from "vitest";
import { PROVIDERS } from "../../local/simulators/outcomes.ts";
import { startApi } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { headline, usePhone, words } from "./browser.ts";
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
  tally,
} from "./journeys.ts";

const api = await startApi();
const phone = usePhone();

describe("the payment that reaches the goal", () => {
  it.each(PROVIDERS)("with %s is celebrated on its thanks page and on every open board", async (provider) => {
    const board = await api.createBoard({ goal_cents: 30_000 });
    const [page, other] = [await phone.open(), await phone.open()];
    await other.goto(board.public_url);
    await give(page, board, { provider, amount: "500" });

    for (const tab of [page, other]) await tab.locator("canvas.confetti").waitFor();
    await page.getByText("Everything beyond the gift goes to Plant Trees.").waitFor();
    expect(await headline(page)).toBe("Thank you, Thandi!");
    await other.getByRole("heading", { name: "Maya’s gift is fully funded!" }).waitFor();
    for (const tab of [page, other]) expect(await tab.content()).not.toMatch(/bicycle/i);
  });

  it.each(PROVIDERS)("with %s is celebrated without JavaScript too", async (provider) => {
    const board = await api.createBoard({ goal_cents: 30_000 });
    const page = await phone.open({ javaScript: false });
    await give(page, board, { provider, amount: "500" });

    await afterReload(page, async () => (await words(page)).includes("The goal is reached!"));
    expect(await page.content()).not.toMatch(/bicycle/i);
  });
});

describe("a board that is cancelled", () => {
  it.each([{ javaScript: true }, { javaScript: false }])(
    "says on its page and on every thanks page that the money goes back: %j",
    async ({ javaScript }) => {
      const board = await api.createBoard();
      const thanks = new Map<string, string>();
      for (const provider of PROVIDERS) {
        const page = await phone.open({ javaScript });
        await give(page, board, { provider });
        thanks.set(provider, page.url());
      }
      await tally(api, board, { gifts: 3, raised: 58_200 });
      const open = await phone.open({ javaScript });
      await open.goto(board.public_url);
      const { status } = await api.call("PATCH", `/v1/dream-boards/${board.id}`, { status: "cancelled" });
      expect(status).toBe(200);

      const isCancelled = async () => (await headline(open)) === "Maya’s board was cancelled";
      await (javaScript ? eventually(isCancelled) : afterReload(open, isCancelled));
      expect(await words(open)).toContain("Every contribution is being refunded in full.");
      expect(await words(open)).not.toMatch(/bicycle|%/);
      for (const url of thanks.values()) {
        await open.goto(url);
        expect(await headline(open)).toBe("Your contribution is being refunded");
        expect(await words(open)).toContain("Your R200 goes back to you in full, the fee too.");
      }

      // SnapScan's is sent back by a person.
      for (const provider of ["payfast", "ozow"]) {
        await open.goto(thanks.get(provider) ?? "");
        await eventually(async () => {
          await api.runJob("send-refunds");
          await fetch(`${api.console}/flush`, { method: "POST" });
          await open.reload();
          return (await headline(open)) === "Your contribution was refunded";
        });
      }
    },
  );

  it.each(PROVIDERS)("while a guest pays with %s tells them that it goes back", async (provider) => {
    const board = await api.createBoard();
    const page = await phone.open();
    await begin(page, board, { provider });
    await api.call("PATCH", `/v1/dream-boards/${board.id}`, { status: "cancelled" });
    await atProvider(page, provider, "pay");
    await comeBack(page, provider);

    expect(await headline(page)).toBe("Your contribution is being refunded");
  });
});

describe("a board that closes", () => {
  it.each(PROVIDERS)("before the word of %s comes tells the guest, who waits, that it goes back", async (provider) => {
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
    expect(await words(page)).toContain("your R200 will be refunded in full");
  });

  it("while the form is open says so, and that nothing was charged", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    phone.expectStatus(409);
    await openForm(page, board);
    await fillIn(page, { provider: "payfast" });
    await api.call("POST", `/v1/dream-boards/${board.id}/close`, { reason: "manual" });
    await chipInButton(page).click();

    await page.getByRole("heading", { name: "This board has just closed" }).waitFor();
    expect(await words(page)).toContain("Nothing was charged.");
  });

  it("with nothing in it shows nobody how little that is", async () => {
    const board = await api.createBoard();
    const page = await phone.open();
    await api.call("POST", `/v1/dream-boards/${board.id}/close`, { reason: "manual" });
    await page.goto(board.public_url);

    await afterReload(page, async () => (await headline(page)) === "Maya’s board has closed");
    expect(await words(page)).not.toMatch(/%|Be the first/);
    expect(await page.getByRole("progressbar").count()).toBe(0);
  });
});
