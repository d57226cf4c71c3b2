import { expect, it } from "vitest";
import { everyRow } from "../../support/every-row.ts";
import { ALL_PROVIDERS } from "../far-sides.ts";
import { type GuestSite, guestSite } from "./guest-site.ts";

const HOME = "196.25.1.1";
const HALF_A_MINUTE_MS = 30_000;

/** A site whose board answers an upgrade with these statuses in turn, the last one for ever. */
function liveSite(...statuses: [number, ...number[]]) {
  const guests = guestSite();
  const asked: Request[] = [];
  guests.board.object.fetch = (upgrade: Request) => {
    asked.push(upgrade);
    const [status, ...others] = statuses;
    if (others[0] !== undefined) statuses = [others[0], ...others.slice(1)];
    return new Response(null, { status });
  };
  return { guests, asked };
}

async function connect({ site, board }: GuestSite, address = HOME, headers: Record<string, string> = {}) {
  const all = { Upgrade: "websocket", "CF-Connecting-IP": address, ...headers };
  const answer = await site.request(`https://chipin.test/${board.slug}/live`, { headers: all });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

const alertsOf = ({ site }: GuestSite) => site.logged.filter(({ alert }) => alert);

/** What the board's object answers when it takes a socket; Node's Response has no 101. */
const TAKEN = 200;

it("only our own pages, and programs that are no browser, get a live connection", async () => {
  await everyRow(
    [
      { from: "our own page", origin: "https://chipin.test", status: TAKEN },
      { from: "a program", origin: undefined, status: TAKEN },
      { from: "another site", origin: "https://evil.example", status: 403 },
      { from: "a site whose name begins with ours", origin: "https://chipin.test.evil.example", status: 403 },
      { from: "a subdomain", origin: "https://www.chipin.test", status: 403 },
      { from: "our name by http", origin: "http://chipin.test", status: 403 },
      { from: "our name with another port", origin: "https://chipin.test:8443", status: 403 },
      { from: "a sandboxed frame", origin: "null", status: 403 },
      { from: "an empty origin", origin: "", status: 403 },
    ],
    async ({ origin, status }) => {
      const { guests, asked } = liveSite(TAKEN);
      const answer = await connect(guests, HOME, origin === undefined ? {} : { Origin: origin });
      expect(answer.status).toBe(status);
      expect(asked).toHaveLength(status === 403 ? 0 : 1);
      expect(alertsOf(guests)).toEqual([]);
    },
  );
});

it("the board learns a digest of the network, and nothing else of who connects", async () => {
  const { guests, asked } = liveSite(TAKEN);
  const private_ = { Cookie: "a=b", "User-Agent": "a phone", "X-Forwarded-For": HOME };

  await connect(guests, "2001:db8:1:2::7", private_);
  await connect(guests, "2001:db8:1:2::8", private_);
  await connect(guests, "2001:db8:1:3::7", private_);

  const seen = asked.map(({ headers }) => Object.fromEntries(headers));
  expect(seen.map((headers) => Object.keys(headers).toSorted())).toEqual(Array(3).fill(["chipin-network", "upgrade"]));
  const [one, neighbour, other] = seen.map((headers) => headers["chipin-network"]);
  expect(one).toMatch(/^[0-9a-f]{32}$/);
  expect([neighbour === one, other === one]).toEqual([true, false]);
});

it("a full board is not asked again for half a minute, and who is refused reads why", async () => {
  const { guests, asked } = liveSite(503, TAKEN);

  const first = await connect(guests);
  const others = await Promise.all(Array.from({ length: 50 }, (_, n) => connect(guests, `196.25.2.${n}`)));

  expect([first, ...others].map(({ status }) => status)).toEqual(Array(51).fill(503));
  expect(asked).toHaveLength(1);
  expect(first.text).toBe("This board has as many live connections as it takes.");
  expect(first.headers.get("Retry-After")).toBe("30");
  expect(first.headers.get("Content-Type")).toBe("text/plain; charset=utf-8");
  expect(alertsOf(guests)).toEqual([]);

  guests.later(HALF_A_MINUTE_MS);
  expect((await connect(guests)).status).toBe(TAKEN);
});

it("a network that has its share is refused for half a minute without asking, and others are not", async () => {
  const { guests, asked } = liveSite(429, TAKEN);

  const statuses = new Set<number>();
  for (let n = 0; n < 4_000; n += 1) statuses.add((await connect(guests)).status);
  expect([...statuses]).toEqual([429]);
  expect(asked).toHaveLength(1);

  expect((await connect(guests, "196.25.1.2")).status).toBe(TAKEN);
  expect(alertsOf(guests)).toEqual([]);
  guests.later(HALF_A_MINUTE_MS);
  expect((await connect(guests)).status).toBe(TAKEN);
});

it("an address that asks again and again is refused before the board hears of it", async () => {
  const { guests, asked } = liveSite(TAKEN);
  guests.site.liveLimit.most = 120;

  const statuses = [];
  while (statuses.length < 200) statuses.push((await connect(guests)).status);

  expect(statuses).toEqual([...Array(120).fill(TAKEN), ...Array(80).fill(429)]);
  expect(asked).toHaveLength(120);
  expect((await connect(guests, "196.25.1.2")).status).toBe(TAKEN);
});

it("a board that cannot be reached sends pages to polling, without an alert", async () => {
  const guests = guestSite({ settings: ALL_PROVIDERS });
  guests.board.object.fetch = () => {
    throw Object.assign(new Error("Durable Object is overloaded."), { overloaded: true });
  };

  expect((await connect(guests)).status).toBe(503);
  expect(alertsOf(guests)).toEqual([]);
  expect((await guests.get("/live.json")).status).toBe(200);
});
