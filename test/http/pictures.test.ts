import { randomUUID } from "node:crypto";
import CachePolicy from "http-cache-semantics";
import { afterAll, beforeAll, expect, it } from "vitest";
import { keepPicture } from "#media/keep-picture";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { aPng } from "../support/pictures.ts";
import { testSite } from "./support.ts";

const ORIGIN = "https://chipin.test";
let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

async function aPicture() {
  const site = testSite(database);
  const kept = await keepPicture(site.services, aPng(900, 900), "photo");
  if ("refused" in kept) throw new Error(kept.refused);
  return { site, path: kept.path };
}

it("a picture is served as what it is, and a browser takes it for nothing else", async () => {
  const { site, path } = await aPicture();

  for (const side of [192, 384, 640]) {
    const answer = await site.request(`${ORIGIN}${path.replace("640", String(side))}`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "image/webp",
      "content-length": String(bytes.length),
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "cross-origin",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "cache-control": "public, max-age=604800, immutable",
      "cache-tag": `picture-${path.split("/")[2]}`,
    });
    expect(new TextDecoder("latin1").decode(bytes.subarray(8, 12))).toBe("WEBP");
  }
});

it("the preview of a photo's link is served beside it, and the drawing where there is none", async () => {
  const { site, path } = await aPicture();
  const id = path.split("/")[2] ?? "";
  const preview = await site.request(`${ORIGIN}/pictures/${id}/preview.jpg`);
  const none = await site.request(`${ORIGIN}/pictures/${randomUUID()}/preview.jpg`);

  expect([preview.status, preview.headers.get("Content-Type"), preview.headers.get("Cache-Tag")]).toEqual([
    200,
    "image/jpeg",
    `picture-${id}`,
  ]);
  expect([none.status, none.headers.get("Location"), none.headers.get("Cache-Control")]).toEqual([
    302,
    "/images/share.png",
    "no-store",
  ]);
});

it("what is not a picture of ours is a 404 that is kept by nobody", async () => {
  const { site, path } = await aPicture();
  const id = path.split("/")[2] ?? "";
  const paths = [
    path.replace(
      id,
      id.replace(/^./, (first) => (first === "a" ? "b" : "a")),
    ),
    path.replace("640", "641"),
    path.replace("webp", "png"),
    path.replace("640", "0640"),
    `/pictures/${id}`,
    `/pictures/${id}/../${id}/secret`,
    `/pictures/${id}%2F640.webp/640.webp`,
    "/pictures",
    "/pictures/",
  ];

  for (const asked of paths) {
    const answer = await site.request(`${ORIGIN}${asked}`);
    expect([asked, answer.status, answer.headers.get("Cache-Control")]).toEqual([asked, 404, "no-store"]);
  }
});

it("a shared cache may keep a picture for strangers, and only the browser for a guest with a cookie", async () => {
  const { site, path } = await aPicture();
  const asked: [what: string, url: string, headers: Record<string, string>, shared: boolean][] = [
    ["a stranger", `${ORIGIN}${path}`, {}, true],
    ["a guest with a cookie", `${ORIGIN}${path}`, { Cookie: "__Host-sid=one" }, false],
    ["with a key", `${ORIGIN}${path}`, { Authorization: "Bearer cpk_live_x" }, false],
    ["with a query", `${ORIGIN}${path}?v=2`, {}, false],
  ];

  for (const [what, url, headers, shared] of asked) {
    const answer = await site.request(url, { headers });
    const given = { status: answer.status, headers: Object.fromEntries(answer.headers) };
    const storable = (isShared: boolean) =>
      new CachePolicy({ method: "GET", url, headers }, given, { shared: isShared }).storable();
    expect([what, storable(true), storable(false)]).toEqual([what, shared, true]);
  }
});
