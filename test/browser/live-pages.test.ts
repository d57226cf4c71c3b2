import type { Page, WebSocketRoute } from "playwright-core";
import { expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { startApi, type WireBoard } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { mainText, usePhone } from "./browser.ts";

const api = await startApi();
const phone = usePhone();

const CROWDED = "102.66.1.1";
const SHARE = 20;

/** Takes all places that one network has on the board. */
async function crowd(board: WireBoard, address: string): Promise<void> {
  const url = `${api.origin.replace("http", "ws")}/${board.slug}/live`;
  const sockets = Array.from({ length: SHARE }, () => new WebSocket(url, { headers: { "CF-Connecting-IP": address } }));
  onTestFinished(() => {
    for (const socket of sockets) socket.close();
  });
  await Promise.all(sockets.map((socket) => new Promise((open) => socket.once("message", open))));
}

async function pay(board: WireBoard, name: string): Promise<void> {
  const { reference } = await api.contribute(board.slug, { amount: "100", name });
  await api.simulate(reference, "pay");
}

const shows = (page: Page, name: string) => eventually(async () => (await mainText(page)).includes(name));

/** What the page asks for while it is open: the polls, and how many of its sockets are open now. */
function watch(page: Page) {
  const seen = { polls: 0, open: 0, opened: 0 };
  page.on("request", (request) => {
    if (request.url().endsWith("/live.json")) seen.polls += 1;
  });
  page.on("websocket", (socket) => {
    seen.open += 1;
    seen.opened += 1;
    socket.on("close", () => {
      seen.open -= 1;
    });
  });
  return seen;
}

/** As if the guest had turned to another app, and back. */
const setHidden = (page: Page, hidden: boolean) =>
  page.evaluate(`
    Object.defineProperty(document, "hidden", { configurable: true, value: ${hidden} });
    document.dispatchEvent(new Event("visibilitychange"))`);

it("the first contribution moves the words with the bar, before the page is fetched again", async () => {
  const board = await api.createBoard({ goal_cents: 20_000 });
  const page = await phone.open();
  await page.goto(board.public_url);
  expect(await mainText(page)).toContain("Be the first to chip in");
  const link = page.getByRole("link", { name: "Chip in for" });
  await link.focus();
  const held = Promise.withResolvers<void>();
  await page.route(board.public_url, (route) => held.promise.then(() => route.continue()));
  await pay(board, "Gogo Thandi");

  await shows(page, "25% of the way there");
  expect(await mainText(page)).not.toContain("Be the first");

  held.resolve();
  await shows(page, "1 person has chipped in");
  expect(await link.evaluate((it) => it.ownerDocument.activeElement === it)).toBe(true);
});

it("a guest whose network has all its sockets sees payments by polling", async () => {
  const board = await api.createBoard();
  await crowd(board, CROWDED);
  const page = await phone.open({ address: CROWDED });
  phone.expectStatus(429);
  const seen = watch(page);
  await page.goto(board.public_url);
  await eventually(() => seen.polls > 0);

  await pay(board, "Sarah");

  await shows(page, "Sarah");
  expect(seen.open).toBe(0);
});

it("a page with a socket never polls; a dropped one comes back by itself and brings what was missed", async () => {
  const board = await api.createBoard();
  const page = await phone.open();
  const sockets: WebSocketRoute[] = [];
  await page.routeWebSocket(/\/live$/, (socket) => {
    socket.connectToServer();
    sockets.push(socket);
  });
  const seen = watch(page);
  await page.clock.install();
  await page.goto(board.public_url);
  await eventually(() => sockets.length === 1);
  await pay(board, "Sarah");
  await shows(page, "Sarah");

  await sockets[0]?.close({ code: 1012 });
  await pay(board, "Thandi");
  await eventually(async () => {
    await page.clock.fastForward(5_000);
    return sockets.length === 2;
  });

  await shows(page, "Thandi");
  expect(seen.polls).toBe(0);
});

it("a page that nobody looks at keeps no socket, and shows what it missed when the guest comes back", async () => {
  const board = await api.createBoard();
  const page = await phone.open();
  const seen = watch(page);
  await page.goto(board.public_url);
  await eventually(() => seen.open === 1);

  await setHidden(page, true);
  await eventually(() => seen.open === 0);
  await pay(board, "Sarah");
  expect(await mainText(page)).not.toContain("Sarah");
  await setHidden(page, false);

  await shows(page, "Sarah");
  expect(seen).toEqual({ polls: 0, open: 1, opened: 2 });
});
