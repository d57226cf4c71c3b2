import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { HOST_PARTS } from "../../../src/http/host-pages/routes.ts";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { addressesOf } from "../addresses.ts";
import { type HostBrowser, hostSite, LAPTOP, ORIGIN } from "./host-site.ts";

const API_ORIGIN = "https://api.chipin.test";
const WEEK_MS = 7 * 24 * 60 * 60_000;
const COOKIE = "__Host-chipin_session";

/** The pages that are for people who have not signed in. Every other one needs a login. */
const OPEN = [
  "GET /create",
  "POST /create",
  "GET /auth/verify",
  "POST /auth/verify",
  // An invitation says what it is before its reader signs in.
  "GET /dashboard/:board/join",
];

type Route = Readonly<{ method: string; path: string; name: string }>;

/** Every route of the parts themselves, so that a new page is tested by being there. */
const routes: Route[] = [];
for (const { load } of HOST_PARTS) {
  const router = await load();
  const registered = router.routes.filter(({ method }) => method !== "ALL");
  for (const [method, path, pattern] of addressesOf({ routes: registered }, "8k3m9q2rtw")) {
    routes.push({ method, path, name: `${method} ${pattern}` });
  }
}
const closed = routes.filter(({ name }) => !OPEN.includes(name));
const isRead = ({ method }: Route) => method === "GET" || method === "HEAD";
const writes = routes.filter((route) => !isRead(route));

let database: TestDatabase;
let house: Awaited<ReturnType<typeof hostSite>>;
beforeAll(async () => {
  database = await startTestDatabase();
});
beforeEach(async () => {
  house = await hostSite(database);
  return () => house.stop();
});
afterAll(() => database.stop());

const TYPED = { message: 'Happy "birthday", <b>Maya</b>!', csrf: "0".repeat(32) };
const TYPED_IN_A_PAGE = 'value="Happy &quot;birthday&quot;, &lt;b&gt;Maya&lt;/b&gt;!"';

async function ask(browser: HostBrowser, route: Route, headers: Record<string, string> = {}) {
  const { method, path } = route;
  return isRead(route)
    ? await browser.get(path, headers)
    : await browser.send(path, method, new URLSearchParams(TYPED), { "Sec-Fetch-Site": "same-origin", ...headers });
}

/** What each route answers, as rows: its name, the status, where it leads, and who may keep it. */
async function answersOf(browser: HostBrowser, asked: readonly Route[], headers: Record<string, string> = {}) {
  const rows = [];
  for (const route of asked) {
    const { status, location, headers: given } = await ask(browser, route, headers);
    rows.push([route.name, status, location, given.get("Cache-Control")]);
  }
  return rows;
}

const KEPT = "private, no-store";
/** Where a page that needs a login sends people without one. */
const toSignIn = closed.map((route) =>
  isRead(route)
    ? [route.name, 303, `/create?next=${encodeURIComponent(route.path)}`, KEPT]
    : [route.name, 401, null, KEPT],
);

it("there are pages that need a login, and pages that do not", () => {
  expect(routes.length - closed.length).toBeGreaterThan(3);
  expect(closed.length).toBeGreaterThan(1);
});

it("every page that needs a login sends people without one to sign in, and keeps nothing", async () => {
  const signedIn = house.browser();
  await signedIn.signIn();
  const [account, secret] = (signedIn.cookies.get(COOKIE) ?? "").split(".");
  const other = house.browser(LAPTOP);
  await other.signIn();
  const [otherAccount] = (other.cookies.get(COOKIE) ?? "").split(".");

  const cookies: [what: string, cookie: string | null][] = [
    ["none", null],
    ["empty", ""],
    ["no key", "signed-in"],
    ["another secret", `${account}.${"A".repeat(43)}`],
    ["another account", `${otherAccount}.${secret}`],
    ["an account that is none", `${"0".repeat(32)}.${secret}`],
  ];
  for (const [what, cookie] of cookies) {
    const browser = house.browser();
    if (cookie !== null) browser.cookies.set(COOKIE, cookie);
    expect([what, await answersOf(browser, closed)]).toEqual([what, toSignIn]);
  }
});

it("a login that ran out, that was ended or that is of another kind of browser is none", async () => {
  const [idle, ended] = [house.browser(), house.browser()];
  await idle.signIn();
  const thief = house.browser(LAPTOP);
  thief.cookies = new Map(idle.cookies);
  expect(await answersOf(thief, closed)).toEqual(toSignIn);

  await ended.signIn();
  const kept = new Map(ended.cookies);
  await ended.post("/auth/sign-out", { csrf: ended.csrf() });
  ended.cookies = kept;
  expect(await answersOf(ended, closed)).toEqual(toSignIn);

  house.site.clock.now = new Date(house.site.clock.now.getTime() + WEEK_MS);
  expect(await answersOf(idle, closed)).toEqual(toSignIn);
});

it("what was typed without a login, or with a form of another login, is on the page that refuses it", async () => {
  const browser = house.browser();
  for (const signedIn of [false, true]) {
    if (signedIn) await browser.signIn();
    for (const route of writes.filter(({ name }) => !OPEN.includes(name))) {
      const { html } = await ask(browser, route);
      expect([route.name, html.includes(TYPED_IN_A_PAGE), html.includes(TYPED.csrf)]).toEqual([
        route.name,
        true,
        false,
      ]);
    }
  }
});

it("no write is done by a form without the token of the login", async () => {
  const browser = house.browser();
  await browser.signIn();

  const refused = writes.filter(({ name }) => !OPEN.includes(name));
  expect(await answersOf(browser, refused)).toEqual(refused.map(({ name }) => [name, 403, null, KEPT]));
});

it("no write is done by a form of another site, with or without a login", async () => {
  const browser = house.browser();
  for (const signedIn of [false, true]) {
    if (signedIn) await browser.signIn();
    for (const headers of [
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
      { "Sec-Fetch-Site": "", Origin: "https://evil.example" },
    ]) {
      const rows = await answersOf(browser, writes, headers);
      expect(rows).toEqual(writes.map(({ name }) => [name, 403, null, KEPT]));
    }
  }
});

it("the API's host has none of these pages", async () => {
  const deployed = await hostSite(database, { as: { ENVIRONMENT: "staging", PUBLIC_ORIGIN: ORIGIN, API_ORIGIN } });
  const browser = deployed.browser();
  for (const { method, path, name } of routes) {
    const { status } = await browser.send(`${API_ORIGIN}${path}`, method, null, {});
    expect([name, status]).toEqual([name, 404]);
  }
  await deployed.stop();
});
