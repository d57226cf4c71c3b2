import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mintToken } from "#accounts/api-key-token";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { callbackSite } from "../callbacks/callback-site.ts";
import { PROVIDERS } from "../callbacks/provider-callbacks.ts";
import { fieldsOf, guestSite } from "../guest-pages/guest-site.ts";
import { NO_DATABASE, testSite } from "../support.ts";

const from = (ipAddress: string) => ({ "CF-Connecting-IP": ipAddress });
/** One address a request, all of one IPv6 /64, and one /64 a request, all of one /48. */
const ofOne64 = (n: number) => `2001:db8:1:2::${n.toString(16)}`;
const ofOne48 = (n: number) => `2001:db8:1:${n.toString(16)}::1`;

describe("API keys that nobody knows", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.stop());

  /** The statuses of `times` made-up tokens. */
  async function guess(times: number, addressOf: (n: number) => string) {
    const site = testSite(database, { settings: { API_KEY_PEPPER: `a pepper for tests only ${addressOf(0)}` } });
    // Enough to see the limits; the real ones are in wrangler.toml.
    site.keyLookUpLimit.most = 4;
    site.wideNetworkLimit.most = 6;
    const statuses: number[] = [];
    for (let n = 0; n < times; n += 1) {
      const headers = { Authorization: `Bearer ${mintToken("live")}`, ...from(addressOf(n)) };
      statuses.push((await site.request("/v1/dream-boards/db_01h455vb4pex5vsknk084sn02q", { headers })).status);
    }
    await site.settled();
    return { statuses, site };
  }

  it.each([
    ["one IPv4 address", () => "203.0.113.7", 4],
    ["addresses of one IPv6 /64", ofOne64, 4],
    ["the /64s of one IPv6 /48", ofOne48, 6],
  ])("made-up tokens from %s meet 429 before any query", async (_, addressOf, allowed) => {
    const { statuses, site } = await guess(allowed + 2, addressOf);
    expect(statuses).toEqual([...Array(allowed).fill(401), 429, 429]);

    // The audit row of the refusal is written once; after it a refused token costs no query at all.
    const before = database.gateway.requests;
    const headers = { Authorization: `Bearer ${mintToken("live")}`, ...from(addressOf(0)) };
    expect((await site.request("/v1/dream-boards/db_01h455vb4pex5vsknk084sn02q", { headers })).status).toBe(429);
    expect(database.gateway.requests).toBe(before);
  });
});

it("requests without a key from the /64s of one IPv6 /48 meet 429 before a limiter is made for each of them", async () => {
  const site = testSite(NO_DATABASE);
  site.wideNetworkLimit.most = 6;
  const statuses: number[] = [];
  for (let n = 0; n < 9; n += 1) {
    statuses.push((await site.request("/v1/payouts", { headers: from(ofOne48(n)) })).status);
  }

  expect(statuses).toEqual([...Array(6).fill(401), 429, 429, 429]);
  expect(site.limiters.subjects.size).toBe(6);
});

describe("callbacks without proof", () => {
  it.each(PROVIDERS)("forged $name callbacks from addresses of one IPv6 /64 are limited together", async (provider) => {
    const { site, board, far, postCallback } = callbackSite();
    site.callbackLimit.most = 5;
    const forged = provider.sign("x=y", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

    const statuses: number[] = [];
    for (let n = 0; n < 7; n += 1) statuses.push((await postCallback(provider.name, forged, ofOne64(n))).status);

    expect(statuses).toEqual([...Array(5).fill(provider.refusedStatus), 429, 429]);
    const reference = board.begin(provider.name, 20_000);
    const genuine = provider.report(far, { reference, amount: 20_000 });
    expect((await postCallback(provider.name, genuine, ofOne64(9))).status).toBe(provider.acceptedStatus);
  });

  it("forged callbacks from the /64s of one IPv6 /48 are limited together", async () => {
    const { site, postCallback } = callbackSite();
    site.wideNetworkLimit.most = 5;

    const statuses: number[] = [];
    for (let n = 0; n < 7; n += 1) {
      statuses.push((await postCallback("payfast", { body: Buffer.from("x=y"), headers: {} }, ofOne48(n))).status);
    }

    expect(statuses).toEqual([...Array(5).fill(400), 429, 429]);
  });
});

describe("our own payment form as a notice", () => {
  it("the fields of any payment page, posted as a notice of PayFast, are refused, alert nobody and are limited", async () => {
    const guests = guestSite();
    guests.site.callbackLimit.most = 100;
    const fields = fieldsOf((await guests.chipIn()).html);
    expect(fields).toMatchObject({ signature: expect.any(String), m_payment_id: guests.references()[0] });
    const body = new URLSearchParams(fields).toString();
    const asked = guests.far.asked.length;

    const statuses: number[] = [];
    for (let n = 0; n < 110; n += 1) {
      const headers = { "Content-Type": "application/x-www-form-urlencoded", ...from(ofOne64(n)) };
      statuses.push((await guests.site.request("/api/webhooks/payfast", { method: "POST", body, headers })).status);
    }

    expect(statuses).toEqual([...Array(100).fill(400), ...Array(10).fill(429)]);
    expect(guests.site.logged.filter(({ event, alert }) => event === "callback" && alert)).toEqual([]);
    expect(guests.far.asked).toHaveLength(asked);
    expect(guests.board.standing()).toMatchObject({ counted: 0, paid: 0 });
  });
});

describe("guessed links", () => {
  const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
  const code = (n: number) =>
    Array.from({ length: 10 }, (_, place) => LETTERS[Math.floor(n / 32 ** (9 - place)) % 32]).join("");
  const slugs = (count: number, first: number) => Array.from({ length: count }, (_, n) => `maya-${code(first + n)}`);

  it("after sixty links that lead nowhere a network gets 429, wakes no object, and may try again a minute later", async () => {
    const guests = guestSite();
    guests.site.missedBoardLimit.most = 60;
    const asked: string[] = [];
    const { board } = guests.site.services.objects;
    (guests.site.services.objects as { board: typeof board }).board = (name) => {
      asked.push(name);
      return board(name);
    };
    const guess = async (slug: string) => (await guests.send(`/${slug}`, { headers: from("203.0.113.7") })).status;

    const statuses: number[] = [];
    for (const slug of slugs(61, 1_000)) statuses.push(await guess(slug));
    expect(statuses).toEqual(Array(61).fill(404));
    expect(asked).toHaveLength(61);

    for (const slug of slugs(5, 5_000)) expect(await guess(slug)).toBe(429);
    expect(asked).toHaveLength(61);
    expect((await guests.send(`/${slugs(1, 6_000)[0]}`, { headers: from("203.0.113.8") })).status).toBe(404);
    expect(guests.site.logged).toContainEqual(expect.objectContaining({ event: "guesses_refused" }));

    guests.later(60_000);
    guests.site.missedBoardLimit.asked.length = 0;
    expect(await guess(slugs(1, 7_000)[0] ?? "")).toBe(404);
  });

  it("guests behind a guesser's address go on with a board that somebody has opened", async () => {
    const guests = guestSite();
    guests.site.missedBoardLimit.most = 0;
    await guests.get("");
    await guests.send(`/${slugs(1, 8_000)[0]}`, { headers: from("203.0.113.7") });
    guests.aWhileLater();

    expect((await guests.send(`/${slugs(1, 8_001)[0]}`, { headers: from("203.0.113.7") })).status).toBe(429);
    expect((await guests.send(`/${guests.board.slug}`, { headers: from("203.0.113.7") })).status).toBe(200);
    expect((await guests.chipIn({}, from("203.0.113.7"))).status).toBe(200);
  });

  it("guessed references of payments count as links that lead nowhere", async () => {
    const guests = guestSite();
    const path = (n: number) => `/${guests.board.slug}/thanks.json?ref=${guests.board.code}${code(n)}`;
    for (let n = 0; n < 3; n += 1) await guests.send(path(n), { headers: from("203.0.113.7") });

    expect(guests.site.missedBoardLimit.asked).toEqual(Array(3).fill("203.0.113.7"));
  });
});

describe("forms of other sites", () => {
  it("a form that another site sends in a visitor's name is refused, counts nowhere and records nothing", async () => {
    const rows: [headers: Record<string, string>, status: number][] = [
      [{ "Sec-Fetch-Site": "cross-site" }, 403],
      [{ "Sec-Fetch-Site": "same-site" }, 403],
      [{ Origin: "https://evil.example" }, 403],
      [{ Origin: "null" }, 403],
      [{ "Sec-Fetch-Site": "cross-site", Origin: "https://chipin.test" }, 403],
      [{ "Sec-Fetch-Site": "same-origin", Origin: "https://chipin.test" }, 200],
      [{ "Sec-Fetch-Site": "none" }, 200],
      [{ Origin: "https://chipin.test" }, 200],
      [{}, 200],
    ];
    const answers: typeof rows = [];
    for (const [headers, status] of rows) {
      const guests = guestSite();
      const answer = await guests.chipIn({}, { ...from("203.0.113.7"), ...headers });
      answers.push([headers, answer.status]);
      expect(guests.references()).toHaveLength(status === 200 ? 1 : 0);
      expect(guests.site.limiters.subjects.size > 0).toBe(status === 200);
      if (status === 403) expect(answer.html).toContain("open the board and chip in from there");
      for (const path of ["/pay", "/paid"]) {
        const { status: other } = await guests.post(path, { ref: "x" }, headers);
        expect([path, other === 403]).toEqual([path, status === 403]);
      }
    }
    expect(answers).toEqual(rows);
  });
});
