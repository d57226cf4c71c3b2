import { expect, it } from "vitest";
import { startApi } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { headline, usePhone } from "./browser.ts";
import { faultsOf } from "./faults.ts";
import { chipInButton, openForm } from "./journeys.ts";

const api = await startApi();
const { sandbox } = api.platform;
const phone = usePhone();

/** What a developer who pays R200 at the test page sees next, and how many gifts the board counts in the end. */
const OUTCOMES: readonly [button: string, next: string, gifts: number][] = [
  ["Pay", "Thank you, Thandi!", 1],
  ["Cancel", "Maya’s birthday wish", 0],
  ["Fail", "That payment didn’t go through", 0],
  ["Pay twice", "Thank you, Thandi!", 1],
  ["Pay late", "Confirming your payment…", 1],
  ["Pay half", "The amount was different", 0],
  ["Forge a callback", "Confirming your payment…", 0],
  ["Stay silent", "Confirming your payment…", 0],
  ["Report three times", "Thank you, Thandi!", 1],
  ["Report in the wrong order", "Thank you, Thandi!", 1],
];
// The page has no script: what it does without JavaScript is the same for each button.
const PRESSED = [
  ...OUTCOMES.map(([button, next, gifts]) => ({ button, next, gifts, javaScript: true, how: "with" })),
  ...OUTCOMES.slice(0, 1).map(([button, next, gifts]) => ({ button, next, gifts, javaScript: false, how: "without" })),
];

async function openTestPage(javaScript: boolean) {
  const board = await api.createBoard({}, sandbox);
  const page = await phone.open({ javaScript });
  await openForm(page, board);
  await page.getByLabel("Other amount").fill("200");
  await page.getByLabel("Your name").fill("Thandi Mokoena");
  await chipInButton(page).click();
  await page.waitForURL(/\/test-payment\?ref=/);
  return { board, page };
}

it.each(PRESSED)("“$button” on the test page of a sandbox $how JavaScript", async (pressed) => {
  const { board, page } = await openTestPage(pressed.javaScript);
  expect(await headline(page)).toBe("Test payment of R200");
  expect(await page.getByText("No real money moves here.").isVisible()).toBe(true);

  await page.getByRole("button", { name: pressed.button, exact: true }).click();
  await page.waitForURL((url) => !url.pathname.endsWith("/test-payment"));

  expect(await headline(page)).toBe(pressed.next);
  await eventually(async () => {
    const { body } = await api.call("GET", `/v1/dream-boards/${board.id}`, undefined, sandbox.apiKey);
    expect(body.data.contribution_count).toBe(pressed.gifts);
    return true;
  });
});

it("the test page has no fault of accessibility", async () => {
  const { page } = await openTestPage(true);
  expect(await faultsOf(page)).toEqual([]);
});
