import jsQR from "jsqr";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { startApi, type WireBoard } from "../support/api.ts";
import { headline, usePhone } from "./browser.ts";
import { faultsOf } from "./faults.ts";

const api = await startApi();
const phone = usePhone();

/** A new board whose host is signed in and on the way to one of its pages. Each has an address of their own: one link a minute is sent to it. */
async function aHostAt(page: Page, at: string): Promise<WireBoard> {
  const email = `${crypto.randomUUID()}@family.example`;
  const board = await api.createBoard({ payout_email: email });
  const path = `/dashboard/${board.id}${at}`;
  await page.goto(`${api.origin}/create?next=${encodeURIComponent(path)}`);
  await page.getByLabel("Your e-mail address").fill(email);
  await page.getByRole("button", { name: "Send me a link" }).click();
  await page.getByRole("heading", { name: "Look in your mailbox" }).waitFor();
  const mails: { to: string | string[]; text: string }[] = await (await fetch(`${api.console}/api/mail`)).json();
  const mail = mails.find(({ to, text }) => [to].flat().includes(email) && text.includes("/auth/verify"));
  await page.goto(/http\S+\/auth\/verify\?token=\S+/.exec(mail?.text ?? "")?.[0] ?? "");
  await page.getByRole("button").click();
  await page.waitForURL((url) => url.pathname === path);
  return board;
}

it("the host sees the link, can send it and print it, and each page is accessible", async () => {
  const page = await phone.open();
  const board = await aHostAt(page, "");

  expect(await headline(page)).toBe("The board is live!");
  expect(await page.getByLabel("The link to the board").inputValue()).toBe(board.public_url);
  expect(await page.getByRole("button", { name: "Copy" }).isVisible()).toBe(true);
  for (const name of ["WhatsApp", "E-mail"]) expect(await page.getByRole("link", { name }).isVisible()).toBe(true);
  expect(await faultsOf(page)).toEqual([]);

  await page.getByRole("link", { name: "Print an invitation" }).click();
  await page.waitForURL(/invitation$/);
  expect(await page.getByRole("button", { name: "Print" }).isVisible()).toBe(true);
  expect(await faultsOf(page)).toEqual([]);
  for (const path of [`/dashboard/${board.id}/parents`, "/account", "/account/delete"]) {
    await page.goto(api.origin + path);
    expect([path, await faultsOf(page)]).toEqual([path, []]);
  }
});

it("the copied link is the board's", async () => {
  const page = await phone.open();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: api.origin });
  const board = await aHostAt(page, "");

  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();

  expect(await page.evaluate("navigator.clipboard.readText()")).toBe(board.public_url);
});

it("the printed invitation is one sheet of A5, and its code opens the board", async () => {
  const page = await phone.open();
  const board = await aHostAt(page, "/invitation");

  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");

  expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  const [, width = 0, height = 0] = /\/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)/.exec(pdf) ?? [];
  const inMillimetres = [width, height].map((points) => Math.round((Number(points) * 25.4) / 72));
  expect(inMillimetres).toEqual([148, 210]);
  expect(jsQR(...(await pixelsOf(page, ".code svg")))?.data).toBe(board.public_url);
});

/** The pixels of a drawing, as jsQR takes them: red, green, blue and opacity of each, then width and height. */
async function pixelsOf(page: Page, selector: string): Promise<[Uint8ClampedArray, number, number]> {
  const png = await page.locator(selector).screenshot();
  const { width, height, data } = await page.evaluate<{ width: number; height: number; data: number[] }>(`(async () => {
    const picture = new Image();
    picture.src = "data:image/png;base64,${png.toString("base64")}";
    await picture.decode();
    const canvas = document.createElement("canvas");
    canvas.width = picture.width;
    canvas.height = picture.height;
    const drawing = canvas.getContext("2d");
    drawing.drawImage(picture, 0, 0);
    const { data } = drawing.getImageData(0, 0, picture.width, picture.height);
    return { width: picture.width, height: picture.height, data: [...data] };
  })()`);
  return [Uint8ClampedArray.from(data), width, height];
}
