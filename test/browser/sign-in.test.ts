import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { startApi } from "../support/api.ts";
import { usePhone } from "./browser.ts";
import { faultsOf } from "./faults.ts";
import { SCRIPT_MODES } from "./journeys.ts";
import { signInLink } from "./parents.ts";

const api = await startApi();
const phone = usePhone();

const heading = (page: Page) => page.locator("h1").innerText();

it("a parent signs in by the mail that the console of the local platform shows", async () => {
  const email = `${crypto.randomUUID()}@family.example`;
  const page = await phone.open();
  await page.goto(`${api.origin}/create`);
  await page.getByLabel("Your e-mail address").fill(email);
  await page.getByRole("button", { name: "Send me a link" }).click();
  await page.getByRole("heading", { name: "Look in your mailbox" }).waitFor();

  await page.goto(`${api.console}/mail`);
  await page.getByRole("listitem").filter({ hasText: email }).getByRole("link").click();
  const [opened] = await Promise.all([
    page.waitForEvent("popup"),
    page.frameLocator("iframe").getByRole("link", { name: "Sign in to ChipIn" }).click(),
  ]);
  await opened.getByRole("button", { name: "Sign in" }).click();

  await opened.waitForURL(/\/create\/child$/);
});

describe.each(SCRIPT_MODES)("signing in $how JavaScript", ({ javaScript }) => {
  it("a parent comes from the landing page, signs in by the link in a mail, and the used link says what it is", async () => {
    const email = `${crypto.randomUUID()}@family.example`;
    const page = await phone.open({ javaScript });
    phone.expectStatus(404, 410, 422);
    const faults: [page: string, found: string[]][] = [];
    const look = async (name: string) => void faults.push([name, await faultsOf(page)]);

    await page.goto(api.origin);
    await look("the landing page");
    await page.getByRole("link", { name: "Create a dream board" }).click();
    await page.getByLabel("Your e-mail address").fill("thandi");
    await page.getByRole("button", { name: "Send me a link" }).click();
    await look("the form with a mistake");
    await page.getByLabel("Your e-mail address").fill(email);
    await page.getByRole("button", { name: "Send me a link" }).click();
    expect(await heading(page)).toBe("Look in your mailbox");
    await look("the link was sent");

    const link = await signInLink(api, email);
    await page.goto(link);
    await look("the button to sign in");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(/\/create\/child$/);
    const cookies = await page.context().cookies();
    expect(
      cookies.map(({ name, httpOnly, secure, sameSite }) => ({ name, httpOnly, secure, sameSite })),
    ).toContainEqual({
      name: "__Host-chipin_session",
      httpOnly: true,
      secure: true,
      sameSite: "Lax",
    });

    await page.goto(link);
    expect(await heading(page)).toBe("This link was used already");
    await look("a used link");
    expect(faults.filter(([, found]) => found.length > 0)).toEqual([]);
  });
});
