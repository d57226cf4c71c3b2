import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { startApi } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";

const api = await startApi({ edgeCache: true });
const cache = api.platform.edgeCache;
if (!cache) throw new Error("the platform has no edge cache");

/** The tags of each purge, in order. */
const purged: (readonly string[])[] = [];
const purge = cache.purge.bind(cache);
cache.purge = (tags) => {
  purged.push(tags);
  return purge(tags);
};

async function look(path: string) {
  const answer = await api.request(path);
  const { headers, status } = answer;
  return {
    status,
    cacheStatus: headers.get("Cf-Cache-Status"),
    tag: headers.get("Cache-Tag"),
    text: await answer.text(),
  };
}

it("many guests of a board are answered by the cache, and only the cache knows the board's tag", async () => {
  const { slug } = await api.createBoard();
  const first = await look(`/${slug}`);
  const runs = cache.runs;
  const others = await Promise.all(Array.from({ length: 100 }, () => look(`/${slug}`)));

  expect(first).toMatchObject({ status: 200, cacheStatus: "MISS", tag: null });
  expect(others.filter(({ text }) => text === first.text).length).toBe(100);
  expect(cache.runs - runs).toBeLessThan(10);
  expect(await look("/")).toMatchObject({ status: 200, cacheStatus: "BYPASS" });
});

it("when one payment reaches the goal the next guest does not see the gift, nor does a guest who reads live.json", async () => {
  const { slug } = await api.createBoard();
  const gift = /"name":"([^"]+)"/.exec((await look(`/${slug}/live.json`)).text)?.[1] ?? "";
  expect((await look(`/${slug}`)).text).toContain(gift);
  const { reference } = await api.contribute(slug, { amount: "2700" });
  await api.simulate(reference, "pay");

  for (const path of [`/${slug}`, `/${slug}/live.json`]) {
    await eventually(async () => !(await look(path)).text.includes(gift));
  }
  // Nor does it come back from anybody's older copy: the board is purged once more.
  const isOfBoard = (tags: readonly string[]) => tags.some((tag) => slug.endsWith(tag.slice("board-".length)));
  await eventually(async () => purged.filter(isOfBoard).length === 2);
  for (const path of [`/${slug}`, `/${slug}/live.json`]) expect((await look(path)).text).not.toContain(gift);
});

it("a page's socket passes the cache, and its first message is the whole view", async () => {
  const { slug } = await api.createBoard();
  const socket = new WebSocket(`${api.origin.replace(/^http/, "ws")}/${slug}/live`);
  const message = await new Promise<string>((resolve, reject) => {
    socket.once("message", (data: Buffer) => resolve(data.toString()));
    socket.once("error", reject);
  });
  socket.close();

  expect(JSON.parse(message).view).toEqual(JSON.parse((await look(`/${slug}/live.json`)).text));
});
