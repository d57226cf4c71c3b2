import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { eq, like } from "drizzle-orm";
import { sign } from "hono/jwt";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { auditLogs, hosts } from "#database/schema";
import { startTestDatabase, type TestDatabase, unique } from "../../support/database.ts";
import { OPERATOR, type TestSite, testSite } from "../support.ts";

const TEAM = "chipin-test.cloudflareaccess.com";
const AUDIENCE = "ab".repeat(32);
const SECRET = "the-secret-of-nomsa-0123456789";
const SECRET_OF_ONE_WHO_LEFT = "the-secret-of-one-who-left-0123";
const JOB_SECRET = "a job secret for tests only";
const API = "https://api.chipin.test/internal";

let database: TestDatabase;
let site: TestSite;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(() => {
  site = testSite(database, {
    settings: {
      OPERATORS: `sipho@chipin.test:the-secret-of-sipho-0123456789, ${OPERATOR}:${SECRET}, left@chipin.test:${SECRET_OF_ONE_WHO_LEFT}`,
      ACCESS_TEAM_DOMAIN: TEAM,
      ACCESS_AUDIENCE: AUDIENCE,
    },
    as: { ENVIRONMENT: "production", PUBLIC_ORIGIN: "https://chipin.test", API_ORIGIN: "https://api.chipin.test" },
  });
});

type Asking = { bearer?: string; access?: string; operator?: string; from?: string; body?: unknown };

async function ask(method: string, path: string, { bearer, access, operator, from, body }: Asking) {
  const response = await site.request(`${API}${path}`, {
    method,
    headers: {
      ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
      ...(access !== undefined && { "Cf-Access-Jwt-Assertion": access }),
      ...(operator !== undefined && { "ChipIn-Operator": operator }),
      "CF-Connecting-IP": from ?? "102.65.1.7",
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  // Every answer under `/internal` is JSON.
  const { error } = (await response.json()) as { error?: { code: string } };
  return [response.status, error?.code ?? null];
}

const auditsOf = async (action: string) => {
  await site.settled();
  return await database.db.select().from(auditLogs).where(eq(auditLogs.action, action));
};

/** The time of `site`, so that each test has an hour of audit rows of its own. */
const anHourLater = () => {
  site.clock.now = new Date(site.clock.now.getTime() + 3_600_000);
};

describe("secrets", () => {
  it("a person writes with their own secret, and a secret that is nobody's, or of one not on the list, opens nothing", async () => {
    const note = { reason: "They are down" };
    const pause = (asking: Asking) => ask("POST", "/providers/ozow/pause", { ...asking, body: note });

    expect([
      await pause({ bearer: SECRET }),
      await pause({ bearer: SECRET, operator: ` ${OPERATOR.toUpperCase()} ` }),
      await pause({ bearer: SECRET, operator: "sipho@chipin.test" }),
      await pause({ bearer: SECRET_OF_ONE_WHO_LEFT }),
      await pause({ bearer: `${SECRET}x` }),
      await pause({}),
      await ask("GET", "/payments", { bearer: SECRET }),
    ]).toEqual([
      [200, null],
      [200, null],
      [403, "forbidden"],
      [403, "forbidden"],
      [404, "not_found"],
      [404, "not_found"],
      [200, null],
    ]);
    const [nomsa] = await database.db.select().from(hosts).where(eq(hosts.email, OPERATOR));
    expect((await auditsOf("provider.paused")).map((row) => [row.actorType, row.actorId, row.actorEmail])).toEqual([
      ["admin", nomsa?.id, OPERATOR],
      ["admin", nomsa?.id, OPERATOR],
    ]);
  });

  it("the job secret runs jobs and reads how they went, as the system whoever it names, and does nothing else", async () => {
    const machine = { bearer: JOB_SECRET, operator: OPERATOR };
    const name = unique("partner");

    expect([
      await ask("POST", "/jobs/count-boards", machine),
      await ask("GET", "/jobs", machine),
      await ask("GET", "/payments", machine),
      await ask("GET", "/ledger", machine),
      await ask("POST", "/partners", { ...machine, body: { name } }),
    ]).toEqual([
      [200, null],
      [200, null],
      [403, "forbidden"],
      [403, "forbidden"],
      [403, "forbidden"],
    ]);
    const [run] = await auditsOf("job.run");
    expect([run?.actorType, run?.actorEmail, run?.metadata]).toEqual([
      "system",
      null,
      { now: expect.any(String), by: "machine" },
    ]);
    expect(await auditsOf("partner.create.refused")).toMatchObject([{ metadata: { code: "forbidden" } }]);
    expect((await ask("POST", "/jobs/count-boards", { bearer: SECRET }))[0]).toBe(200);
    expect((await auditsOf("job.run")).map(({ actorEmail }) => actorEmail)).toEqual([null, OPERATOR]);
  });
});

describe("failed sign-ins", () => {
  it("ten in a minute close the door to their network, for right secrets too, and to no other network", async () => {
    anHourLater();
    const statuses: unknown[] = [];
    for (let n = 0; n < 12; n += 1) {
      const from = `2001:db8:1:2::${n}`;
      statuses.push((await ask("GET", "/payments", { bearer: `guess-${n}`, from }))[0]);
    }
    expect(statuses).toEqual([...Array(10).fill(404), 429, 429]);
    expect(await ask("GET", "/payments", { bearer: SECRET, from: "2001:db8:1:2::77" })).toEqual([429, "rate_limited"]);
    expect((await ask("GET", "/payments", { bearer: SECRET, from: "2001:db8:1:3::1" }))[0]).toBe(200);
    site.clock.now = new Date(site.clock.now.getTime() + 60_001);
    expect((await ask("GET", "/payments", { bearer: SECRET, from: "2001:db8:1:2::77" }))[0]).toBe(200);

    const lines = site.logged.filter(({ event }) => String(event).startsWith("operator_sign_in"));
    expect(lines.filter(({ event }) => event === "operator_sign_in_failed")).toHaveLength(10);
    expect(lines.filter(({ alert }) => alert).map(({ event }) => event)).toEqual([
      "operator_sign_in_failed",
      "operator_sign_in_blocked",
    ]);
    expect(JSON.stringify(site.logged)).not.toMatch(/guess|2001:db8/);
    expect([...site.limiters.subjects.keys()]).toEqual([expect.stringMatching(/^operator:[0-9a-f]{32}$/)]);
    await site.settled();
    const rows = await database.db.select().from(auditLogs).where(like(auditLogs.action, "operator.sign_in_failed"));
    expect(rows.filter(({ createdAt }) => createdAt.getTime() > site.clock.now.getTime() - 120_000)).toHaveLength(1);
  });

  it("a request without credentials is no attempt and asks no limiter", async () => {
    for (let n = 0; n < 11; n += 1) expect((await ask("GET", "/payments", {}))[0]).toBe(404);
    expect(site.limiters.subjects.size).toBe(0);
  });
});

describe("Cloudflare Access", () => {
  const certs = `https://${TEAM}/cdn-cgi/access/certs`;
  const later = () => Math.floor(Date.now() / 1_000) + 60;
  const person = () => ({ email: OPERATOR.toUpperCase(), aud: [AUDIENCE], iss: `https://${TEAM}`, exp: later() });

  function aKey(kid: string) {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const keyOf = (key: KeyObject) => ({ ...key.export({ format: "jwk" }), kty: "RSA", kid, alg: "RS256" });
    return { own: keyOf(privateKey), open: keyOf(publicKey) };
  }

  it("the person whom Access vouches for is let in, by name for writes, and no other token is", async () => {
    const [key, stranger] = [aKey("one"), aKey("one")];
    const asked: string[] = [];
    const toPostgres = fetch;
    vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
      if (url !== certs) return await toPostgres(url, init);
      asked.push(url);
      return Response.json({ keys: [key.open] });
    });
    const token = (claims: object, by = key.own) => sign({ ...person(), ...claims }, by, "RS256");
    const read = async (claims: object, by = key.own) =>
      (await ask("GET", "/jobs", { access: await token(claims, by) }))[0];

    expect([
      await read({}),
      await read({ aud: ["cd".repeat(32)] }),
      await read({ iss: "https://other.cloudflareaccess.com" }),
      await read({ exp: later() - 120 }),
      await read({ exp: undefined }),
      await read({ email: undefined, common_name: "a service token" }),
      await read({}, stranger.own),
      await read({ email: "eve@example.org" }),
    ]).toEqual([200, 404, 404, 404, 404, 404, 404, 403]);
    expect((await ask("GET", "/jobs", { access: "no.token" }))[0]).toBe(404);
    expect(asked).toEqual([certs]);

    const access = await token({});
    const body = { name: unique("partner") };
    expect(await ask("POST", "/partners", { access, body })).toEqual([400, "validation_error"]);
    expect(await ask("POST", "/jobs/count-boards", { access })).toEqual([400, "validation_error"]);
    expect((await ask("POST", "/partners", { access, operator: OPERATOR, body }))[0]).toBe(201);
    expect((await auditsOf("partner.created")).map(({ actorEmail }) => actorEmail)).toEqual([OPERATOR]);
  });

  it("a token is not tried while Access's keys cannot be fetched, and that is no failed sign-in", async () => {
    vi.stubGlobal("fetch", async () => new Response("away", { status: 502 }));
    const key = aKey("never seen");

    // Longer ago than the keys of an earlier test may be kept.
    anHourLater();
    anHourLater();
    expect(await ask("GET", "/jobs", { access: await sign(person(), key.own, "RS256") })).toEqual([503, "unavailable"]);
    expect(site.logged.filter(({ event }) => event === "operator_sign_in_failed")).toEqual([]);
  });
});
