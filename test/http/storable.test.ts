import CachePolicy from "http-cache-semantics";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { addressesOf } from "./addresses.ts";
import { type GuestSite, guestSite } from "./guest-pages/guest-site.ts";
import { NO_DATABASE, OPERATOR_HEADERS, type TestSite, testSite } from "./support.ts";

const ORIGIN = "https://chipin.test";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

/** What a shared cache may keep, and nothing else. */
const OF_BOARDS = ["GET /:slug", "GET /:slug/live.json"];
const OF_ALL = [
  "GET /docs",
  "GET /docs/reference",
  "GET /llms.txt",
  "GET /v1/openapi.json",
  "HEAD /docs",
  "HEAD /llms.txt",
];

type Asking = { what: string; headers?: Record<string, string>; query?: string };
const ANONYMOUS: Asking = { what: "anonymous" };
/** What a guest asks for who reads another language. */
const IN_A_LANGUAGE: readonly Asking[] = [
  { what: "by preference", headers: { "Accept-Language": "af-ZA,af;q=0.9" } },
  { what: "by cookie", headers: { Cookie: "lang=zu" } },
];
/** Requests that name somebody, or ask for something of their own. */
const NAMED: readonly Asking[] = [
  { what: "with a cookie", headers: { Cookie: "__Host-sid=somebody" } },
  { what: "with a cookie beside the language", headers: { Cookie: "lang=af; __Host-sid=somebody" } },
  { what: "a choice of the language", query: "?lang=af" },
  { what: "with a key", headers: { Authorization: "Bearer cpk_live_0123456789abcdefghijklmnopqrstuv" } },
  { what: "an operator", headers: OPERATOR_HEADERS },
  { what: "with a reference", query: "?ref=8k3m9q2rtw0123456789" },
  { what: "with an empty query", query: "?" },
];

function isStorable(request: Request, answer: Response): boolean {
  const { method, url } = request;
  const asked = { method, url, headers: Object.fromEntries(request.headers) };
  const given = { status: answer.status, headers: Object.fromEntries(answer.headers) };
  return new CachePolicy(asked, given, { shared: true }).storable();
}

/** The patterns of all routes whose answer a shared cache may keep. `named` fills each parameter. */
async function storable(site: TestSite, named: string, { headers = {}, query = "" }: Asking): Promise<string[]> {
  const kept = new Set<string>();
  for (const [method, path, pattern] of addressesOf(site, named)) {
    const hasBody = !["GET", "HEAD"].includes(method);
    const init = { method, headers, ...(hasBody && { body: new URLSearchParams({ amount: "200" }) }) };
    const request = new Request(`${ORIGIN}${path}${query}`, init);
    const answer = await site.request(request.url, init);
    if (!answer.headers.get("Cache-Control")) kept.add(`${method} ${pattern} has no Cache-Control`);
    if (isStorable(request, answer)) kept.add(`${method} ${pattern}`);
  }
  await site.settled();
  return [...kept].toSorted();
}

const STATES: readonly [what: string, live: (guests: GuestSite) => unknown, kept: readonly string[]][] = [
  ["open", () => {}, OF_BOARDS],
  ["near its goal", ({ board }) => board.paid(90_000), OF_BOARDS],
  ["funded", ({ board }) => board.paid(110_000), OF_BOARDS],
  ["closed", ({ board }) => board.close(), OF_BOARDS],
  ["cancelled", ({ board }) => board.cancel(), OF_BOARDS],
  ["anonymised", ({ board }) => [board.cancel(), board.play({ type: "anonymise_board" })], []],
  ["does not answer", ({ board }) => silence(board.object), []],
];

function silence(object: GuestSite["board"]["object"]): void {
  object.read = () => {
    throw Object.assign(new Error("Durable Object is overloaded."), { overloaded: true });
  };
}

it("in every state of a board a shared cache may keep its page, its live.json and the API's documentation, for strangers", async () => {
  const found: unknown[] = [];
  for (const [what, live] of STATES) {
    const guests = guestSite();
    live(guests);
    found.push([what, await storable(guests.site, guests.board.slug, ANONYMOUS)]);
  }

  expect(found).toEqual(STATES.map(([what, , kept]) => [what, [...kept, ...OF_ALL]]));
});

it("a shared cache may keep the same for strangers who read another language", async () => {
  const found: unknown[] = [];
  for (const asking of IN_A_LANGUAGE) {
    const guests = guestSite();
    found.push([asking.what, await storable(guests.site, guests.board.slug, asking)]);
  }

  expect(found).toEqual(IN_A_LANGUAGE.map(({ what }) => [what, [...OF_BOARDS, ...OF_ALL]]));
});

it("a shared cache may keep nothing for a request with a cookie, a key or a query", async () => {
  const found: unknown[] = [];
  for (const asking of NAMED) {
    const guests = guestSite();
    found.push([asking.what, await storable(guests.site, guests.board.slug, asking)]);
  }

  expect(found).toEqual(NAMED.map(({ what }) => [what, []]));
});

it("a shared cache may keep the API's documentation only, of what names no board, with and without Postgres", async () => {
  for (const site of [testSite(database), testSite(NO_DATABASE)]) {
    for (const named of ["count-boards", "maya-birthday-zzzzzzzzzz", "%E0%A4%A"]) {
      expect([named, await storable(site, named, ANONYMOUS)]).toEqual([named, OF_ALL]);
    }
  }
});

it("a wrong name before the right code, an upgrade and a cancelled payment's return are kept by nobody", async () => {
  const { site, board } = guestSite();
  const code = board.slug.slice(-10);
  const asked: [path: string, headers?: Record<string, string>][] = [
    [`/other-birthday-${code}`],
    [`/${board.slug}?cancelled`],
    [`/${board.slug}/live`, { Upgrade: "websocket" }],
    ["/assets/board-00000000.js"],
  ];
  for (const [path, headers = {}] of asked) {
    const answer = await site.request(`${ORIGIN}${path}`, { headers });
    const kept = answer.status !== 101 && isStorable(new Request(`${ORIGIN}${path}`, { headers }), answer);
    expect([path, kept]).toEqual([path, false]);
  }
});
