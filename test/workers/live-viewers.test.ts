import { evictDurableObject, SELF } from "cloudflare:test";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { PublicView } from "#domain/board/public-view";
import { newId } from "#domain/ids";
import { openBoard, paymentReport, RemoteBoard } from "./support.ts";

const MAX_SOCKETS = 2_000;
const SHARE = 20;

type Page = { status: number; seen: PublicView[]; closed: number[]; close(): void };

/** A page's socket, at the board's object itself, from this network. */
async function openPage(board: RemoteBoard, network?: string): Promise<Page> {
  const headers = { Upgrade: "websocket", ...(network !== undefined && { "ChipIn-Network": network }) };
  return listen(await board.stub.fetch("https://board/live", { headers }));
}

/** The same through the Worker, from this address. */
async function visit(slug: string, address: string, headers: Record<string, string> = {}): Promise<Page> {
  const all = { Upgrade: "websocket", "CF-Connecting-IP": address, ...headers };
  return listen(await SELF.fetch(`https://chipin.test/${slug}/live`, { headers: all }));
}

function listen({ status, webSocket }: Response): Page {
  const page: Page = { status, seen: [], closed: [], close: () => webSocket?.close(1000) };
  webSocket?.addEventListener("message", ({ data }) => void page.seen.push(JSON.parse(String(data)).view));
  webSocket?.addEventListener("close", ({ code }) => void page.closed.push(code));
  webSocket?.accept();
  onTestFinished(page.close);
  return page;
}

/** How many of the answers had which status. */
const tally = (pages: readonly Page[]) =>
  Object.fromEntries(Object.entries(Object.groupBy(pages, ({ status }) => status)).map(([s, all]) => [s, all?.length]));

const newest = ({ seen }: Page) => seen.at(-1)?.contributionCount;

describe("live pages", () => {
  it("a live page gets the view at once, after a payment and after its owner's changes", async () => {
    const { board } = await openBoard();
    const { seen } = await openPage(board);
    await vi.waitFor(() => expect(seen).toHaveLength(1));

    const contributionId = newId(new Date());
    const reference = await board.contribution(20_000, { contributionId, name: "Zoë" });
    await board.report(paymentReport(reference, 20_000));

    await vi.waitFor(() => expect(seen.at(-1)).toMatchObject({ percent: 15, contributors: ["Zoë"] }));
    expect(JSON.stringify(seen)).not.toMatch(/20_?000|19_?400|R200/);

    const contributors = [{ contributionId, name: "hidden" }] as const;
    await board.execute({ type: "update_board", photo: "/pictures/maya.jpg", contributors });

    await vi.waitFor(() => {
      expect(seen.at(-1)).toMatchObject({ photoUrl: "/pictures/maya.jpg", contributors: [null] });
    });
  });

  it("a page that says goodbye is answered at once", async () => {
    const { board } = await openBoard();
    const page = await openPage(board);

    page.close();

    await vi.waitFor(() => expect(page.closed).toEqual([1000]));
  });

  it("a live page of an unknown board is answered 404", async () => {
    expect((await openPage(new RemoteBoard(newId(new Date())))).status).toBe(404);
  });

  it("a burst of payments reaches every page of a crowd, whatever pass it falls into", async () => {
    const { board } = await openBoard();
    const pages = await Promise.all(Array.from({ length: 700 }, (_, n) => openPage(board, `network ${n % 100}`)));
    const references: string[] = [];
    while (references.length < 6) references.push(await board.contribution(2_000));

    await Promise.all(references.map((reference) => board.report(paymentReport(reference, 2_000))));

    await vi.waitFor(() => expect(new Set(pages.map(newest))).toEqual(new Set([6])), { timeout: 10_000 });
  });
});

describe("the places of a board", () => {
  it("4,000 hostile sockets from one network get its 20 places, and everybody else is served as before", async () => {
    const { board } = await openBoard();
    const hostile: Page[] = [];
    while (hostile.length < 4_000) {
      hostile.push(...(await Promise.all(Array.from({ length: 200 }, () => openPage(board, "hostile")))));
    }

    expect(tally(hostile)).toEqual({ 101: SHARE, 429: 4_000 - SHARE });
    const family = await Promise.all(Array.from({ length: 5 }, () => openPage(board, "family")));
    expect(tally(family)).toEqual({ 101: 5 });
    await board.paid(20_000);
    await vi.waitFor(() => expect(family.map(newest)).toEqual([1, 1, 1, 1, 1]));
  });

  it("a board takes 2,000 sockets; further pages are answered 503, and a place that becomes free is given again", async () => {
    const { board } = await openBoard();
    const crowd: Page[] = [];
    while (crowd.length < MAX_SOCKETS) {
      const some = Array.from({ length: 200 }, (_, n) => openPage(board, `network ${n}`));
      crowd.push(...(await Promise.all(some)));
    }
    expect(tally(crowd)).toEqual({ 101: MAX_SOCKETS });

    expect((await openPage(board, "a late guest")).status).toBe(503);
    await board.paid(20_000);
    await vi.waitFor(() => expect(new Set(crowd.map(newest))).toEqual(new Set([1])), { timeout: 10_000 });

    crowd[0]?.close();
    await vi.waitFor(async () => expect((await openPage(board, "a late guest")).status).toBe(101));
  });

  it("a network's share holds for an object that was hibernating, and its pages hear of changes", async () => {
    const { board } = await openBoard();
    const family = await Promise.all(Array.from({ length: SHARE }, () => openPage(board, "family")));

    await evictDurableObject(board.stub);

    expect((await openPage(board, "family")).status).toBe(429);
    await board.paid(20_000);
    await vi.waitFor(() => expect(new Set(family.map(newest))).toEqual(new Set([1])));
  });
});

describe("live connections through the Worker", () => {
  it("a page of another site is answered 403, whatever the address, and our own gets the board", async () => {
    const { profile } = await openBoard();

    const evil = await visit(profile.slug, "196.25.1.1", { Origin: "https://evil.example" });
    const own = await visit(profile.slug, "196.25.1.1", { Origin: "https://chipin.test" });

    expect([evil.status, own.status]).toEqual([403, 101]);
    await vi.waitFor(() => expect(own.seen).toHaveLength(1));
  });

  it("addresses of one IPv6 network share its places, and another network has its own", async () => {
    const { profile } = await openBoard();

    const one = await Promise.all(Array.from({ length: 30 }, (_, n) => visit(profile.slug, `2001:db8:1:2::${n + 1}`)));
    const other = await visit(profile.slug, "2001:db8:1:3::1");

    expect(tally([...one, other])).toEqual({ 101: SHARE + 1, 429: 10 });
  });
});
