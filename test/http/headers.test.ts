import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { addressesOf } from "./addresses.ts";
import { guestSite } from "./guest-pages/guest-site.ts";
import { NO_DATABASE, OPERATOR_HEADERS, testSite } from "./support.ts";

const ORIGIN = "https://chipin.test";
const EVERYWHERE: Readonly<Record<string, RegExp>> = {
  "Strict-Transport-Security": /^max-age=31536000; includeSubDomains$/,
  "X-Content-Type-Options": /^nosniff$/,
  "Referrer-Policy": /^strict-origin-when-cross-origin$/,
  "Cross-Origin-Opener-Policy": /^same-origin$/,
  "Cross-Origin-Resource-Policy": /^same-origin$/,
  "Content-Security-Policy": /default-src 'none'.*frame-ancestors 'none'/,
  "X-Request-Id": /^req_/,
  "Cache-Control": /./,
};

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const LARGE = "x".repeat(64 * 1024 + 1);

const lacking = (answer: Response): string[] =>
  Object.entries(EVERYWHERE).flatMap(([name, value]) => (value.test(answer.headers.get(name) ?? "") ? [] : [name]));

it("every route and method answers good and bad requests with the whole set of headers", async () => {
  const guests = guestSite();
  const sites = [guests.site, testSite(database), testSite(NO_DATABASE)];
  const asking: (RequestInit | undefined)[] = [
    undefined,
    { headers: OPERATOR_HEADERS },
    { headers: { ...OPERATOR_HEADERS, "Content-Type": "application/json" }, body: "{no json" },
    { headers: { ...OPERATOR_HEADERS, "Content-Type": "application/json" }, body: "{}" },
    { headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: "amount=200&name=Thandi" },
    { headers: { "Content-Length": String(LARGE.length) }, body: LARGE },
  ];
  const found: string[] = [];
  const statuses = new Set<number>();

  for (const site of sites) {
    for (const named of [guests.board.slug, "count-boards", "%E0%A4%A"]) {
      for (const [method, path] of addressesOf(site, named)) {
        for (const init of asking.filter((one) => !one?.body || !["GET", "HEAD"].includes(method))) {
          const answer = await site.request(`${ORIGIN}${path}`, { ...init, method });
          statuses.add(answer.status);
          const missing = lacking(answer);
          if (missing.length > 0) found.push(`${method} ${path} ${answer.status}: ${missing.join(", ")}`);
        }
      }
    }
    await site.settled();
  }

  expect(found).toEqual([]);
  expect([...statuses].toSorted()).toEqual(expect.arrayContaining([200, 303, 400, 401, 404, 413, 426, 503]));
});

it("a redirect, an upgrade's refusal by the board and unusable settings have them too, and over http none is promised", async () => {
  const guests = guestSite();
  const { slug } = guests.board;
  const wrongName = await guests.site.request(`${ORIGIN}/other-birthday-${slug.slice(-10)}`);
  const asset = await guests.site.request(`${ORIGIN}/assets/board-00000000.js`);
  // The headers of what a fetch gives cannot be changed, nor can those of a redirect.
  guests.board.object.fetch = () => Response.redirect("https://chipin.test/elsewhere", 307);
  const upgrade = await guests.site.request(`${ORIGIN}/${slug}/live`, { headers: { Upgrade: "websocket" } });

  expect([wrongName, asset, upgrade].map((answer) => [answer.status, lacking(answer)])).toEqual([
    [308, []],
    [302, []],
    [307, []],
  ]);
  const overHttp = await guests.site.request("http://chipin.test/health/live");
  expect(lacking(overHttp)).toEqual(["Strict-Transport-Security"]);
});

it("the files that are answered before the Worker have the same headers", () => {
  const rules = readFileSync("public/_headers", "utf8").replaceAll(/^#.*\n/gm, "");
  const everyFile = new Map(
    [...(/^\/\*\n((?: {2}.*\n)+)/m.exec(rules)?.[1] ?? "").matchAll(/^ {2}([\w-]+): (.*)$/gm)].map(
      ([, name = "", value = ""]) => [name, value],
    ),
  );
  const { "X-Request-Id": _, "Cache-Control": __, "Cross-Origin-Resource-Policy": resource, ...others } = EVERYWHERE;

  for (const [name, value] of Object.entries(others))
    expect([name, everyFile.get(name)]).toEqual([name, expect.stringMatching(value)]);
  for (const folder of ["/assets/*", "/fonts/*"]) {
    const rule = rules.split(/^(?=\/)/m).find((one) => one.startsWith(folder));
    expect(/Cross-Origin-Resource-Policy: (.*)/.exec(rule ?? "")?.[1]).toMatch(resource ?? /never/);
  }
});
