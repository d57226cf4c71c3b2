import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { idempotencyKeys } from "#database/own-tables";
import { webhookEndpoints } from "#database/schema";
import { publicId } from "#domain/ids";
import { decrypt, keyringOf } from "#privacy/encryption";
import { resolver } from "../../../local/simulators/resolver.ts";
import { listen, startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type TestSite, testSite } from "../support.ts";
import { aCaller, type Caller, expectRefusal } from "./support.ts";

const PATH = "/v1/webhooks";
const endpoint = { url: "https://hooks.example.com/chipin", events: ["pot.funded"], secret: "a-long-secret" };

let database: TestDatabase;
let site: TestSite;
let caller: Caller;

beforeAll(async () => {
  database = await startTestDatabase();
  site = testSite(database);
  caller = await aCaller(site);
});
afterAll(() => database.stop());
afterEach(() => database.gateway.resume());

const stored = (apiKeyId: string) =>
  database.db.select().from(webhookEndpoints).where(eq(webhookEndpoints.apiKeyId, apiKeyId));

describe("POST /v1/webhooks", () => {
  it("POST /v1/webhooks registers an endpoint for the calling key and stores its secret encrypted", async () => {
    const mine = await aCaller(site);

    const response = await mine.post(PATH, endpoint);

    expect(response.status).toBe(201);
    const { data, meta } = (await response.json()) as { data: Record<string, unknown>; meta: unknown };
    expect(data).toEqual({
      id: expect.stringMatching(/^wh_/),
      url: endpoint.url,
      events: ["pot.funded"],
      is_active: true,
      status: "active",
      status_reason: "registered",
      status_since: site.clock.now.toISOString(),
      failing_since: null,
      previous_secret_valid_until: null,
      created_at: site.clock.now.toISOString(),
    });
    expect(meta).toEqual({ request_id: response.headers.get("X-Request-Id"), timestamp: expect.any(String) });
    const [row] = await stored(mine.apiKeyId);
    expect(row?.secret).not.toContain("a-long-secret");
    expect(await decrypt(keyringOf(site.services.settings), row?.secret ?? "")).toBe("a-long-secret");
  });

  it("a URL that is registered already is refused with its endpoint, also when both come at once and in any spelling", async () => {
    const mine = await aCaller(site);
    const spellings = [endpoint.url, "https://HOOKS.example.com:443/chipin#a", "https://hooks.example.com/x/../chipin"];
    const answers = await Promise.all([...spellings, ...spellings].map((url) => mine.post(PATH, { ...endpoint, url })));

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    const [row, ...others] = await stored(mine.apiKeyId);
    expect(others).toEqual([]);
    const error = await expectRefusal(await mine.post(PATH, endpoint), 409, "conflict");
    const id = publicId("webhookEndpoint", row?.id ?? "");
    expect(error).toEqual({
      code: "conflict",
      message: "This URL is registered already",
      details: [
        {
          field: "url",
          reason: `is registered with this key as ${id}; change that one with PATCH /v1/webhooks/${id}, or delete it first with DELETE /v1/webhooks/${id}`,
        },
      ],
    });
    expect((await (await aCaller(site)).post(PATH, endpoint)).status).toBe(201);
  });

  it("of forty endpoints that one key registers at once, ten are stored", async () => {
    const mine = await aCaller(site);
    const one = (nth: number) => ({ ...endpoint, url: `${endpoint.url}?n=${nth}` });
    const answers = await Promise.all(Array.from({ length: 40 }, (_, nth) => mine.post(PATH, one(nth))));

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(await stored(mine.apiKeyId)).toHaveLength(10);
    const error = await expectRefusal(await mine.post(PATH, one(40)), 409, "conflict");
    expect(error.message).toBe("An API key can have 10 active endpoints");
    expect(error.details).toEqual([
      { field: "url", reason: expect.stringMatching(/^would be one more than 10; .* DELETE \/v1\/webhooks\/\{id\}$/) },
    ]);
  });

  it("an endpoint that was switched off counts no more, and its URL may be registered again", async () => {
    const mine = await aCaller(site);
    for (let nth = 0; nth < 10; nth += 1) await mine.post(PATH, { ...endpoint, url: `${endpoint.url}?n=${nth}` });
    const again = { ...endpoint, url: `${endpoint.url}?n=3` };
    expect((await mine.post(PATH, again)).status).toBe(409);

    const [switchedOff] = (await stored(mine.apiKeyId)).filter(({ url }) => url === again.url);
    await database.db
      .update(webhookEndpoints)
      .set({ isActive: false })
      .where(eq(webhookEndpoints.id, switchedOff?.id ?? ""));

    expect((await mine.post(PATH, again)).status).toBe(201);
  });

  it("an invalid endpoint is answered 400 naming every wrong field, and is not stored", async () => {
    const rows: [body: unknown, fields: string[]][] = [
      [{}, ["events", "secret", "url"]],
      [[], ["body"]],
      [{ ...endpoint, url: "https://169.254.169.254/latest" }, ["url"]],
      [{ ...endpoint, url: 7 }, ["url"]],
      [{ ...endpoint, events: [] }, ["events"]],
      [{ ...endpoint, events: ["pot.funded", "pot.burned"] }, ["events.1"]],
      [{ ...endpoint, secret: "1234567" }, ["secret"]],
      [{ ...endpoint, secret: "x".repeat(256) }, ["secret"]],
      [{ ...endpoint, secret: "\ud83d-a-long-secret" }, ["secret"]],
      [{ ...endpoint, secret: "whsec_c2VjcmV0IHdpdGhvdXQgcGFkZGluZzE" }, ["secret"]],
      [{ url: "ftp://x", events: "all", secret: "" }, ["events", "secret", "url"]],
    ];
    for (const [body, fields] of rows) {
      const error = await expectRefusal(await caller.post(PATH, body), 400, "validation_error");

      expect(error.details?.map(({ field }) => field).sort()).toEqual(fields);
      for (const { reason } of error.details ?? []) expect(reason).toMatch(/^(must|is) /);
    }
    expect(await stored(caller.apiKeyId)).toEqual([]);
  });

  it("POST /v1/webhooks accepts secrets of 8 and of 255 characters and stores each event once", async () => {
    const mine = await aCaller(site);
    const events = ["pot.funded", "pot.closed", "pot.funded"];

    for (const secret of ["12345678", "x".repeat(255)]) {
      const url = `${endpoint.url}?length=${secret.length}`;
      expect((await mine.post(PATH, { ...endpoint, url, events, secret })).status).toBe(201);
    }

    expect((await stored(mine.apiKeyId)).map((row) => row.events)).toEqual([
      ["pot.funded", "pot.closed"],
      ["pot.funded", "pot.closed"],
    ]);
  });

  it("the local platform accepts an endpoint on loopback", async () => {
    const local = testSite(database, { settings: { LOCAL_PLATFORM: "1" } });
    const mine = await aCaller(local);

    expect((await mine.post(PATH, { ...endpoint, url: "http://127.0.0.1:9000/hook" })).status).toBe(201);
  });

  it("an endpoint body that is not JSON or not declared as JSON is answered 400", async () => {
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    const rows = [
      ["{", {}, "is not valid JSON"],
      ["", {}, "is not valid JSON"],
      ["url=x", form, "must be sent as application/json"],
      ["{}", { "Content-Type": "text/plain" }, "must be sent as application/json"],
    ] as const;
    for (const [body, headers, reason] of rows) {
      const error = await expectRefusal(await caller.post(PATH, body, headers), 400, "validation_error");
      expect(error.details).toEqual([{ field: "body", reason }]);
    }
  });

  it("POST /v1/webhooks answers 503 and stores nothing while Postgres is away", async () => {
    const mine = await aCaller(site);
    await mine.post(PATH, {});
    database.gateway.pause();

    const response = await mine.post(PATH, endpoint);

    await expectRefusal(response, 503, "unavailable");
    expect(response.headers.get("Retry-After")).toBe("5");
    database.gateway.resume();
    expect(await stored(mine.apiKeyId)).toEqual([]);
  });
});

describe("idempotency keys", () => {
  const key = (value: string) => ({ "Idempotency-Key": value });
  const idOf = async (response: Response) => ((await response.json()) as { data: { id: string } }).data.id;

  it("a request with a repeated idempotency key gets the first answer and the header Idempotent-Replayed", async () => {
    const mine = await aCaller(site);

    const first = await mine.post(PATH, endpoint, key("k1"));
    const again = await mine.post(PATH, endpoint, key("k1"));

    expect([first.status, again.status]).toEqual([201, 201]);
    expect(first.headers.get("Idempotent-Replayed")).toBeNull();
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await idOf(again)).toBe(await idOf(first));
    expect(await stored(mine.apiKeyId)).toHaveLength(1);
  });

  it("a repeated idempotency key with another body is answered 409", async () => {
    const mine = await aCaller(site);
    await mine.post(PATH, endpoint, key("k1"));

    const other = await mine.post(PATH, { ...endpoint, secret: "another-secret" }, key("k1"));

    await expectRefusal(other, 409, "conflict");
    expect(await stored(mine.apiKeyId)).toHaveLength(1);
  });

  it("two API keys of one partner with the same idempotency key get separate endpoints", async () => {
    const one = await aCaller(site);
    const other = await aCaller(site, { partnerId: one.partnerId });

    const first = await one.post(PATH, endpoint, key("k1"));
    const second = await other.post(PATH, endpoint, key("k1"));

    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.headers.get("Idempotent-Replayed")).toBeNull();
    expect(await stored(other.apiKeyId)).toHaveLength(1);
  });

  it("two partners with the same idempotency key get separate endpoints", async () => {
    const [one, other] = [await aCaller(site), await aCaller(site)];

    const ids = [await idOf(await one.post(PATH, endpoint, key("k1")))];
    ids.push(await idOf(await other.post(PATH, endpoint, key("k1"))));

    expect(new Set(ids).size).toBe(2);
  });

  it("an idempotency key expires after 24 hours", async () => {
    const ownSite = testSite(database);
    const mine = await aCaller(ownSite);
    const first = await idOf(await mine.post(PATH, endpoint, key("k1")));

    ownSite.clock.now = new Date(ownSite.clock.now.getTime() + 24 * 3_600_000 + 1);
    const second = await mine.post(
      PATH,
      { ...endpoint, url: `${endpoint.url}/2`, secret: "another-secret" },
      key("k1"),
    );

    expect(second.status).toBe(201);
    expect(await idOf(second)).not.toBe(first);
  });

  it("six concurrent requests with one idempotency key create one endpoint", async () => {
    const mine = await aCaller(site);
    await mine.post(PATH, {});

    const responses = await Promise.all(Array.from({ length: 6 }, () => mine.post(PATH, endpoint, key("k1"))));

    const statuses = responses.map(({ status }) => status);
    expect(statuses).toContain(201);
    expect(statuses.every((status) => status === 201 || status === 409)).toBe(true);
    for (const { status, headers } of responses) if (status === 409) expect(headers.get("Retry-After")).toBe("1");
    expect(await stored(mine.apiKeyId)).toHaveLength(1);
  });

  it("a retry after a crashed request creates the same endpoint when the lease has expired", async () => {
    const ownSite = testSite(database);
    const mine = await aCaller(ownSite);
    const first = await idOf(await mine.post(PATH, endpoint, key("k1")));
    // The state after a crash between storing the endpoint and storing the response.
    await database.db
      .update(idempotencyKeys)
      .set({ status: "in_progress", responseStatus: null, responseBody: null })
      .where(eq(idempotencyKeys.apiKeyId, mine.apiKeyId));

    const during = await mine.post(PATH, endpoint, key("k1"));
    ownSite.clock.now = new Date(ownSite.clock.now.getTime() + 60_000);
    const afterwards = await mine.post(PATH, endpoint, key("k1"));

    await expectRefusal(during, 409, "conflict");
    expect(afterwards.status).toBe(201);
    expect(await idOf(afterwards)).toBe(first);
    expect(await stored(mine.apiKeyId)).toHaveLength(1);
  });

  it("the stored answer is sealed, and one from before in clear is still given", async () => {
    const mine = await aCaller(site);
    const first = await idOf(await mine.post(PATH, endpoint, key("k1")));
    const isMine = eq(idempotencyKeys.apiKeyId, mine.apiKeyId);
    const [row] = await database.db.select().from(idempotencyKeys).where(isMine);

    expect(row?.responseBody).toEqual({ encrypted: expect.any(String) });
    expect(await idOf(await mine.post(PATH, endpoint, key("k1")))).toBe(first);
    await database.db
      .update(idempotencyKeys)
      .set({ responseBody: { data: { id: "wh_from_before" } } })
      .where(isMine);
    expect(await idOf(await mine.post(PATH, endpoint, key("k1")))).toBe("wh_from_before");
  });

  it("a refused request does not consume its idempotency key", async () => {
    const mine = await aCaller(site);
    await mine.post(PATH, { ...endpoint, events: [] }, key("k1"));

    expect((await mine.post(PATH, endpoint, key("k1"))).status).toBe(201);
  });

  it("an idempotency key has 1 to 255 plain characters", async () => {
    for (const value of ["", "x".repeat(256), "naïve"]) {
      const error = await expectRefusal(await caller.post(PATH, endpoint, key(value)), 400, "validation_error");
      expect(error.details).toEqual([{ field: "idempotency-key", reason: "must be 1 to 255 plain characters" }]);
    }
    const mine = await aCaller(site);
    expect((await mine.post(PATH, endpoint, key("~".repeat(255)))).status).toBe(201);
  });
});

describe("the host of an endpoint's URL", () => {
  const hosts = [
    { host: "hooks.example.com", status: 201 },
    {
      host: "10-0-0-8.ip.example",
      status: 400,
      reason: "must name a host whose addresses are all on the public internet",
    },
    {
      host: "169-254-169-254.ip.example",
      status: 400,
      reason: "must name a host whose addresses are all on the public internet",
    },
    {
      host: "hooks.missing.example",
      status: 400,
      reason: "must name a host that has an address; its name cannot be resolved",
    },
    {
      host: "hooks.broken.example",
      status: 400,
      reason: "must name a host that has an address; its name cannot be resolved",
    },
  ];
  const outcomeOf = async (response: Response) => {
    const { error } = (await response.json()) as { error?: { details?: { field: string; reason: string }[] } };
    const [detail] = error?.details ?? [];
    return { status: response.status, ...(detail && { reason: detail.reason }) };
  };

  it("a host is judged by its addresses when it is registered and when the URL changes", async () => {
    const server = await listen(resolver().fetch);
    const own = testSite(database, { settings: { DNS_RESOLVER_URL: `http://127.0.0.1:${server.port}/dns-query` } });
    const mine = await aCaller(own);
    const registered = await mine.post(PATH, { ...endpoint, url: "https://first.example.com/" });
    const { data } = (await registered.json()) as { data: { id: string } };

    const seen = [];
    const changed = [];
    for (const { host } of hosts) {
      const url = `https://${host}/chipin`;
      seen.push({ host, ...(await outcomeOf(await mine.post(PATH, { ...endpoint, url }))) });
      changed.push({ host, ...(await outcomeOf(await mine.call("PATCH", `${PATH}/${data.id}`, { url: `${url}/2` }))) });
    }
    await server.close();

    expect(seen).toEqual(hosts);
    expect(changed).toEqual(hosts.map((row) => (row.status === 201 ? { ...row, status: 200 } : row)));
  });

  it("a host is accepted while the resolver is away, because it is judged again before each delivery", async () => {
    const own = testSite(database, { settings: { DNS_RESOLVER_URL: "http://127.0.0.1:9/dns-query" } });
    const mine = await aCaller(own);

    expect((await mine.post(PATH, endpoint)).status).toBe(201);
  });
});
