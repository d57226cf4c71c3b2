import { eq } from "drizzle-orm";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endpointStates, retiredSecrets } from "#database/endpoint-tables";
import { silentEndpoints } from "#database/own-tables";
import { apiKeys, auditLogs, webhookEndpoints } from "#database/schema";
import { parsePublicId } from "#domain/ids";
import { addDays, addHours } from "#domain/time";
import { keyringOf } from "#privacy/encryption";
import { openText } from "#privacy/sealed";
import { watchEndpoints } from "../../../src/jobs/watch-endpoints.ts";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { aDelivery, attemptRows, deliverWebhook, receiver, testServices } from "../../webhooks/support.ts";
import { type TestSite, testSite } from "../support.ts";
import { aCaller, type Caller, expectRefusal } from "./support.ts";

const PATH = "/v1/webhooks";
const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const UNKNOWN = "wh_01k9v2m3q4e8xavkz6m1t7h5ws";
const endpoint = (nth = 0) => ({ url: `https://hooks.example.com/${nth}`, events: ["pot.funded"], secret: SECRET });

let database: TestDatabase;
let site: TestSite;
let caller: Caller;

beforeAll(async () => {
  database = await startTestDatabase();
  site = testSite(database);
  caller = await aCaller(site);
});
afterAll(() => database.stop());

type Shown = Record<string, unknown> & { id: string; status: string; status_since: string };

async function shown(response: Response | Promise<Response>, status = 200): Promise<Shown> {
  const answer = await response;
  const body = (await answer.json()) as { data: Shown };
  expect([answer.status, body]).toEqual([status, expect.objectContaining({ data: expect.anything() })]);
  return body.data;
}

async function anEndpoint(of: Caller, nth = 0) {
  const { id } = await shown(of.post(PATH, endpoint(nth)), 201);
  return { id, uuid: parsePublicId("webhookEndpoint", id) ?? "", path: `${PATH}/${id}` };
}

const patch = (of: Caller, path: string, body: unknown, headers = {}) => of.call("PATCH", path, body, headers);
const remove = (of: Caller, path: string) => of.call("DELETE", path);
const rotate = (of: Caller, path: string, body?: unknown, headers = {}) =>
  of.call("POST", `${path}/rotate-secret`, body, headers);

const REQUESTS = [
  ["GET", "", undefined],
  ["PATCH", "", { status: "paused" }],
  ["DELETE", "", undefined],
  ["POST", "/rotate-secret", {}],
] as const;

describe("the id of an endpoint", () => {
  it("an id that cannot be read is answered 400, an unknown or another partner's endpoint 404", async () => {
    const foreign = await anEndpoint(await aCaller(site));
    const unreadable = ["x", "con_01k9v2m3q4e8xavkz6m1t7h5ws", "wh_", `wh_${"z".repeat(26)}`, "%E2%82%AC"];
    for (const [method, tail, body] of REQUESTS) {
      for (const id of unreadable) {
        const error = await expectRefusal(
          await caller.call(method, `${PATH}/${id}${tail}`, body),
          400,
          "validation_error",
        );
        expect(error.details).toEqual([{ field: "id", reason: `must be an id like ${UNKNOWN}, or a UUID` }]);
      }
      for (const id of [UNKNOWN, foreign.id, foreign.uuid]) {
        await expectRefusal(await caller.call(method, `${PATH}/${id}${tail}`, body), 404, "not_found");
      }
    }
    const [row] = await database.db.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, foreign.uuid));
    expect(row?.isActive).toBe(true);
  });

  it("every key of a partner manages the endpoints of all its keys, by id and by bare UUID", async () => {
    const one = await aCaller(site);
    const other = await aCaller(site, { partnerId: one.partnerId });
    const { id, uuid } = await anEndpoint(one);

    expect(await shown(other.get(`${PATH}/${uuid}`))).toMatchObject({ id, status: "active" });
  });
});

describe("GET /v1/webhooks", () => {
  it("pages of endpoints show every one once, newest first, without secrets and without deleted ones", async () => {
    const own = testSite(database);
    const mine = await aCaller(own);
    const ids: string[] = [];
    for (let nth = 0; nth < 7; nth += 1) {
      own.clock.now = addHours(own.clock.now, nth);
      ids.unshift((await anEndpoint(mine, nth)).id);
    }
    await remove(mine, `${PATH}/${ids[3]}`);
    await patch(mine, `${PATH}/${ids[1]}`, { status: "paused" });

    const seen: string[] = [];
    let after = "";
    do {
      const response = await mine.get(`${PATH}?limit=2${after}`);
      const body = (await response.json()) as { data: Shown[]; pagination: { next_cursor: string | null } };
      expect(JSON.stringify(body)).not.toContain("whsec_");
      seen.push(...body.data.map(({ id }) => id));
      after = body.pagination.next_cursor ? `&after=${encodeURIComponent(body.pagination.next_cursor)}` : "";
    } while (after);

    expect(seen).toEqual(ids.filter((_, nth) => nth !== 3));
    for (const [status, expected] of [
      ["deleted", [ids[3]]],
      ["paused", [ids[1]]],
      ["disabled", []],
    ]) {
      const { data } = (await (await mine.get(`${PATH}?status=${status}`)).json()) as { data: Shown[] };
      expect(data.map(({ id }) => id)).toEqual(expected);
    }
  });

  it("a cursor of another filter, and a status that does not exist, are answered 400", async () => {
    const mine = await aCaller(site);
    for (const nth of [0, 1]) await anEndpoint(mine, nth);
    const { pagination } = (await (await mine.get(`${PATH}?limit=1`)).json()) as {
      pagination: { next_cursor: string };
    };
    const cursor = encodeURIComponent(pagination.next_cursor);

    await expectRefusal(await mine.get(`${PATH}?status=active&after=${cursor}`), 400, "validation_error");
    await expectRefusal(await caller.get(`${PATH}?after=${cursor}`), 400, "validation_error");
    await expectRefusal(await mine.get(`${PATH}?status=broken`), 400, "validation_error");
  });
});

describe("PATCH /v1/webhooks/{id}", () => {
  it("url, events and status change together, and the same request again gets the same answer", async () => {
    const own = testSite(database);
    const mine = await aCaller(own);
    const { path } = await anEndpoint(mine);
    own.clock.now = addHours(own.clock.now, 1);
    const change = { url: "https://HOOKS.example.com/new#a", events: ["pot.closed", "pot.closed"], status: "paused" };

    const first = await shown(patch(mine, path, change));
    own.clock.now = addHours(own.clock.now, 1);
    const again = await shown(patch(mine, path, change));

    expect(first).toMatchObject({
      url: "https://hooks.example.com/new",
      events: ["pot.closed"],
      is_active: false,
      status: "paused",
      status_reason: "requested",
      status_since: addHours(own.clock.now, -1).toISOString(),
    });
    expect(again).toEqual(first);
    expect(await shown(mine.get(path))).toEqual(first);
    expect(await shown(patch(mine, path, { status: "active" }))).toMatchObject({
      is_active: true,
      status: "active",
      status_reason: "resumed",
      status_since: own.clock.now.toISOString(),
    });
  });

  it("a change with wrong or unknown fields is answered 400 naming each, and changes nothing", async () => {
    const mine = await aCaller(site);
    const { path } = await anEndpoint(mine);
    const before = await shown(mine.get(path));
    const rows: [body: unknown, fields: string[]][] = [
      [{}, ["body"]],
      [[], ["body"]],
      [{ secret: SECRET }, ["body", "secret"]],
      [{ is_active: false, url: "https://other.example.com" }, ["is_active"]],
      [{ url: "http://other.example.com" }, ["url"]],
      [{ url: "https://10.0.0.1/x", events: [] }, ["events", "url"]],
      [{ events: ["pot.burned"] }, ["events.0"]],
      [{ status: "deleted" }, ["status"]],
      [{ status: "disabled" }, ["status"]],
      [{ url: null }, ["url"]],
    ];
    for (const [body, fields] of rows) {
      const error = await expectRefusal(await patch(mine, path, body), 400, "validation_error");
      expect(error.details?.map(({ field }) => field).sort()).toEqual(fields);
    }
    expect(await shown(mine.get(path))).toEqual(before);
  });

  it("an endpoint cannot take the URL of another active one, nor become the eleventh active one", async () => {
    const mine = await aCaller(site);
    const all = [];
    for (let nth = 0; nth < 10; nth += 1) all.push(await anEndpoint(mine, nth));
    const [one, other] = all;
    if (!one || !other) throw new Error("no endpoints");

    const taken = await expectRefusal(await patch(mine, one.path, { url: endpoint(1).url }), 409, "conflict");
    expect(taken.details).toEqual([
      { field: "url", reason: expect.stringContaining(`DELETE /v1/webhooks/${other.id}`) },
    ]);
    expect(await shown(patch(mine, one.path, { url: endpoint(0).url, events: ["pot.closed"] }))).toMatchObject({
      events: ["pot.closed"],
    });

    await patch(mine, one.path, { status: "paused" });
    await anEndpoint(mine, 10);
    const full = await expectRefusal(await patch(mine, one.path, { status: "active" }), 409, "conflict");
    expect(full.details).toEqual([{ field: "status", reason: expect.stringContaining("DELETE /v1/webhooks/{id}") }]);
    // A paused one may wait with a URL that is taken meanwhile.
    expect(await shown(patch(mine, one.path, { url: endpoint(1).url }))).toMatchObject({ status: "paused" });
    await remove(mine, `${PATH}/${all[9]?.id}`);
    await expectRefusal(await patch(mine, one.path, { status: "active" }), 409, "conflict");
    await remove(mine, other.path);
    expect(await shown(patch(mine, one.path, { status: "active" }))).toMatchObject({ status: "active" });
  });

  it("of changes and registrations at once, those that fit into ten endpoints and one per URL succeed", async () => {
    const mine = await aCaller(site);
    const paused = [];
    for (let nth = 0; nth < 8; nth += 1) {
      const one = await anEndpoint(mine, nth);
      await patch(mine, one.path, { status: "paused", url: "https://same.example.com/" });
      paused.push(one);
    }
    const same = await Promise.all(paused.map(({ path }) => patch(mine, path, { status: "active" })));
    expect(same.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 409)]);

    const mixed = await Promise.all(
      paused.flatMap(({ path }, nth) => [
        patch(mine, path, { status: "active", url: `https://own.example.com/${nth}` }),
        mine.post(PATH, endpoint(100 + nth)),
      ]),
    );

    expect(mixed.every(({ status }) => [200, 201, 409].includes(status))).toBe(true);
    const rows = await database.db.select().from(webhookEndpoints).where(eq(webhookEndpoints.apiKeyId, mine.apiKeyId));
    const active = rows.filter(({ isActive }) => isActive).map(({ url }) => url);
    expect([active.length, new Set(active).size]).toEqual([10, 10]);
  });

  it("an endpoint that is active again begins anew: no failing, no silence, and the clock starts from there", async () => {
    const { services, clock } = testServices(database);
    const mine = await aCaller(site);
    const { path, uuid } = await anEndpoint(mine);
    const failed = await aDelivery(database, services, { endpointOf: { endpointId: uuid, apiKeyId: mine.apiKeyId } });
    const refused = receiver(() => Promise.reject(new TypeError("connection refused")));
    await deliverWebhook(services, failed.id, refused.deps);
    expect(await shown(mine.get(path))).toMatchObject({ failing_since: clock.now.toISOString(), status: "active" });
    await watchEndpoints(services, addDays(clock.now, 5));
    expect(await shown(mine.get(path))).toMatchObject({
      is_active: false,
      status: "disabled",
      status_reason: "failing",
      failing_since: clock.now.toISOString(),
    });

    expect(await shown(patch(mine, path, { status: "active" }))).toMatchObject({
      is_active: true,
      status: "active",
      status_reason: "resumed",
      failing_since: null,
    });
    const isIts = eq(silentEndpoints.webhookEndpointId, uuid);
    expect(await database.db.select().from(silentEndpoints).where(isIts)).toEqual([]);
    expect(await watchEndpoints(services, addDays(clock.now, 9))).toMatchObject({ disabled: 0 });
  });

  it("of four endpoints of an ended key with one URL, one is switched on when another key switches on all at once", async () => {
    const ended = await aCaller(site);
    const other = await aCaller(site, { partnerId: ended.partnerId });
    const all = await Promise.all(Array.from({ length: 4 }, (_, nth) => anEndpoint(ended, nth)));
    for (const { path } of all) await patch(ended, path, { status: "paused", url: "https://same.example.com/" });
    await database.db.update(apiKeys).set({ isActive: false }).where(eq(apiKeys.id, ended.apiKeyId));

    const answers = await Promise.all(all.map(({ path }) => patch(other, path, { status: "active" })));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    const isOthers = eq(webhookEndpoints.apiKeyId, other.apiKeyId);
    expect(await database.db.$count(webhookEndpoints, isOthers)).toBe(1);
  });

  it("changes that race with the job and with an answer 410 leave one state, and is_active agrees with it", async () => {
    const { services, clock } = testServices(database);
    const mine = await aCaller(site);
    const all = await Promise.all(Array.from({ length: 8 }, (_, nth) => anEndpoint(mine, nth)));
    const deliveries = all.map(({ uuid }) => ({ endpointOf: { endpointId: uuid, apiKeyId: mine.apiKeyId } }));
    const failing = receiver(() => new Response("", { status: 500 }));
    for (const values of deliveries) {
      await deliverWebhook(services, (await aDelivery(database, services, values)).id, failing.deps);
    }
    const gone = receiver(() => new Response("", { status: 410 }));
    const last = await Promise.all(deliveries.map((values) => aDelivery(database, services, values)));

    const answers = await Promise.all([
      watchEndpoints(services, addDays(clock.now, 5)),
      watchEndpoints(services, addDays(clock.now, 5)),
      ...last.map(({ id }) => deliverWebhook(services, id, gone.deps)),
      ...all.map(({ path }, nth) => (nth % 3 === 0 ? remove(mine, path) : patch(mine, path, { status: "paused" }))),
      ...all.map(({ path }) => patch(mine, path, { status: "active" })),
      ...all.map(({ path }) => rotate(mine, path)),
    ]);

    const statuses = answers.flatMap((answer) => (answer instanceof Response ? answer.status : []));
    expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([]);
    const rows = await database.db
      .select({ isActive: webhookEndpoints.isActive, state: endpointStates.state })
      .from(webhookEndpoints)
      .leftJoin(endpointStates, eq(endpointStates.webhookEndpointId, webhookEndpoints.id))
      .where(eq(webhookEndpoints.apiKeyId, mine.apiKeyId));
    expect(rows).toHaveLength(8);
    expect(rows.filter(({ isActive, state }) => isActive !== (state === "active"))).toEqual([]);
    expect(rows.filter(({ state }) => state === "deleted")).toHaveLength(3);
  });

  it("an idempotency key of another change is refused, and that of the same one gets the state after it", async () => {
    const mine = await aCaller(site);
    const { path } = await anEndpoint(mine);
    const key = { "Idempotency-Key": "pause-1" };

    await shown(patch(mine, path, { status: "paused" }, key));
    await expectRefusal(await patch(mine, path, { status: "active" }, key), 409, "conflict");
    expect(await shown(patch(mine, path, { status: "paused" }, key))).toMatchObject({ status: "paused" });
  });
});

describe("DELETE /v1/webhooks/{id}", () => {
  it("a deleted endpoint is shown as such, stays deleted, and keeps its deliveries", async () => {
    const { services } = testServices(database);
    const own = testSite(database);
    const mine = await aCaller(own);
    const { path, uuid } = await anEndpoint(mine);
    await shown(rotate(mine, path));
    const waiting = await aDelivery(database, services, { endpointOf: { endpointId: uuid, apiKeyId: mine.apiKeyId } });

    const first = await shown(remove(mine, path));
    own.clock.now = addHours(own.clock.now, 1);

    expect(first).toMatchObject({
      is_active: false,
      status: "deleted",
      status_reason: "requested",
      previous_secret_valid_until: null,
    });
    expect(await shown(remove(mine, path))).toEqual(first);
    expect(await shown(mine.get(path))).toEqual(first);
    for (const refused of [await patch(mine, path, { status: "active" }), await rotate(mine, path)]) {
      const { message } = await expectRefusal(refused, 409, "conflict");
      expect(message).toBe("This endpoint is deleted; register its URL again with POST /v1/webhooks.");
    }
    const { received, deps } = receiver();
    expect(await deliverWebhook(services, waiting.id, deps)).toEqual({ outcome: "failed", endpointGone: false });
    expect(received).toEqual([]);
    expect(await attemptRows(database, waiting.id)).toMatchObject([{ error: "the endpoint is deleted" }]);
    expect(await shown(mine.post(PATH, endpoint()), 201)).toMatchObject({ status: "active" });
  });

  it("is_active is true exactly while the state is active", async () => {
    const { services } = testServices(database);
    const mine = await aCaller(site);
    const [, paused, removed, gone] = await Promise.all([0, 1, 2, 3].map((nth) => anEndpoint(mine, nth)));
    await patch(mine, paused?.path ?? "", { status: "paused" });
    await remove(mine, removed?.path ?? "");
    const values = { endpointOf: { endpointId: gone?.uuid ?? "", apiKeyId: mine.apiKeyId } };
    const refused = receiver(() => new Response("", { status: 410 }));
    await deliverWebhook(services, (await aDelivery(database, services, values)).id, refused.deps);

    const rows = await database.db
      .select({ isActive: webhookEndpoints.isActive, state: endpointStates.state, reason: endpointStates.reason })
      .from(endpointStates)
      .innerJoin(webhookEndpoints, eq(webhookEndpoints.id, endpointStates.webhookEndpointId))
      .where(eq(webhookEndpoints.apiKeyId, mine.apiKeyId))
      .orderBy(endpointStates.state);

    expect(rows).toEqual([
      { isActive: true, state: "active", reason: "registered" },
      { isActive: false, state: "deleted", reason: "requested" },
      { isActive: false, state: "disabled", reason: "gone" },
      { isActive: false, state: "paused", reason: "requested" },
    ]);
  });
});

describe("POST /v1/webhooks/{id}/rotate-secret", () => {
  const verifies = (secret: string, { body, headers }: { body: string; headers: Record<string, string> }) => {
    try {
      return Boolean(new Webhook(secret).verify(body, headers));
    } catch {
      return false;
    }
  };

  it("a rotation draws a secret, or takes the one that is given, and shows it this once", async () => {
    const mine = await aCaller(site);
    const { path, uuid } = await anEndpoint(mine);
    const given = `whsec_${Buffer.alloc(24, 3).toString("base64")}`;

    const drawn = await shown(rotate(mine, path));
    const taken = await shown(rotate(mine, path, { secret: given, overlap_hours: 1 }));

    expect(drawn.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(drawn.previous_secret_valid_until).toBe(addHours(site.clock.now, 24).toISOString());
    expect(taken).toMatchObject({
      secret: given,
      previous_secret_valid_until: addHours(site.clock.now, 24).toISOString(),
    });
    expect(await shown(mine.get(path))).not.toHaveProperty("secret");
    const keyring = keyringOf(site.services.settings);
    const [row] = await database.db.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, uuid));
    const retired = await database.db
      .select()
      .from(retiredSecrets)
      .where(eq(retiredSecrets.webhookEndpointId, uuid))
      .orderBy(retiredSecrets.validUntil);
    const stored = [row, ...retired].map((one) => one?.secret ?? "");
    expect(stored.join()).not.toContain("whsec_");
    expect(await Promise.all(stored.map((text) => openText(keyring, text)))).toEqual([given, drawn.secret, SECRET]);
  });

  it("every delivery during a rotation verifies with the old or the new secret, by the stock library", async () => {
    const own = testSite(database);
    const mine = await aCaller(own);
    const { path, uuid } = await anEndpoint(mine);
    const { services, clock } = testServices(database);
    const start = new Date();
    own.clock.now = start;
    const { received, deps } = receiver();
    const deliverAt = async (at: Date) => {
      clock.now = at;
      const values = { endpointOf: { endpointId: uuid, apiKeyId: mine.apiKeyId }, nextAttemptAt: at };
      const { id } = await aDelivery(database, services, values);
      expect(await deliverWebhook(services, id, deps)).toEqual({ outcome: "delivered" });
    };
    await deliverAt(start);
    const { secret } = await shown(rotate(mine, path, { overlap_hours: 1 }));
    await deliverAt(start);
    await deliverAt(new Date(start.getTime() + 60_000));
    await deliverAt(addHours(start, 1));

    expect(received.map(({ headers }) => headers["webhook-signature"]?.split(" ").length)).toEqual([1, 2, 2, 1]);
    expect(received.map(({ headers }) => headers["x-chipin-signature"]?.match(/v1=/g)?.length)).toEqual([1, 2, 2, 1]);
    // The library judges by its own clock, so the last one is too far ahead for it.
    expect(received.slice(0, 3).map((one) => [verifies(SECRET, one), verifies(String(secret), one)])).toEqual([
      [true, false],
      [true, true],
      [true, true],
    ]);
  });

  it("deliveries that are claimed while the secret is rotated again and again all verify with one of the secrets", async () => {
    const own = testSite(database);
    const mine = await aCaller(own);
    const { path, uuid } = await anEndpoint(mine);
    const { services, clock } = testServices(database);
    own.clock.now = clock.now;
    const { received, deps } = receiver();
    const ids = [];
    for (let nth = 0; nth < 20; nth += 1) {
      ids.push((await aDelivery(database, services, { endpointOf: { endpointId: uuid, apiKeyId: mine.apiKeyId } })).id);
    }

    const rotating = (async () => {
      const secrets = [];
      for (let nth = 0; nth < 3; nth += 1) secrets.push(String((await shown(rotate(mine, path))).secret));
      return secrets;
    })();
    const outcomes = await Promise.all(ids.map((id) => deliverWebhook(services, id, deps)));
    const secrets = await rotating;

    expect(outcomes.filter(({ outcome }) => outcome !== "delivered")).toEqual([]);
    // A receiver that has changed nothing yet loses nothing, and one that knows every secret either.
    expect(received.filter((request) => !verifies(SECRET, request))).toEqual([]);
    expect(received.filter((request) => ![SECRET, ...secrets].some((secret) => verifies(secret, request)))).toEqual([]);
  });

  it("a rotation with overlap 0 ends every older secret at once", async () => {
    const mine = await aCaller(site);
    const { path, uuid } = await anEndpoint(mine);
    const { services } = testServices(database);
    await rotate(mine, path);

    const { secret, previous_secret_valid_until } = await shown(rotate(mine, path, { overlap_hours: 0 }));

    expect(previous_secret_valid_until).toBeNull();
    const values = { endpointOf: { endpointId: uuid, apiKeyId: mine.apiKeyId } };
    const { received, deps } = receiver();
    await deliverWebhook(services, (await aDelivery(database, services, values)).id, deps);
    expect(received.map((request) => [verifies(String(secret), request), verifies(SECRET, request)])).toEqual([
      [true, false],
    ]);
  });

  it("the secret that is set already changes nothing, and a fifth older secret is refused with the remedy", async () => {
    const mine = await aCaller(site);
    const { path } = await anEndpoint(mine);
    expect(await shown(rotate(mine, path, { secret: SECRET }))).toMatchObject({ previous_secret_valid_until: null });
    for (let nth = 0; nth < 4; nth += 1) await shown(rotate(mine, path));

    const error = await expectRefusal(await rotate(mine, path), 409, "conflict");

    expect(error.details).toEqual([
      { field: "overlap_hours", reason: expect.stringMatching(/^would leave more than 4 older secrets .* send 0/) },
    ]);
    expect(await shown(rotate(mine, path, { overlap_hours: 0 }))).toMatchObject({ previous_secret_valid_until: null });
  });

  it("a repeated idempotency key gets the same secret and rotates once", async () => {
    const mine = await aCaller(site);
    const { path, uuid } = await anEndpoint(mine);
    const key = { "Idempotency-Key": "rotate-1" };

    const first = await shown(rotate(mine, path, undefined, key));
    const again = await shown(rotate(mine, path, undefined, key));

    expect(again).toEqual(first);
    const isIts = eq(retiredSecrets.webhookEndpointId, uuid);
    expect(await database.db.$count(retiredSecrets, isIts)).toBe(1);
  });

  it("concurrent rotations keep every secret that they replace", async () => {
    const mine = await aCaller(site);
    const { path, uuid } = await anEndpoint(mine);

    const rotated = await Promise.all(
      [rotate(mine, path), rotate(mine, path), rotate(mine, path)].map((one) => shown(one)),
    );

    const keyring = keyringOf(site.services.settings);
    const [row] = await database.db.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, uuid));
    const retired = await database.db.select().from(retiredSecrets).where(eq(retiredSecrets.webhookEndpointId, uuid));
    const stored = await Promise.all([row, ...retired].map((one) => openText(keyring, one?.secret ?? "")));
    expect(stored.sort()).toEqual([SECRET, ...rotated.map(({ secret }) => secret)].sort());
  });

  it("a rotation with wrong fields is answered 400 naming each; without a body it takes the defaults", async () => {
    const mine = await aCaller(site);
    const { path } = await anEndpoint(mine);
    const rows: [body: unknown, fields: string[]][] = [
      [{ secret: "short" }, ["secret"]],
      [{ secret: "whsec_abcde" }, ["secret"]],
      [{ overlap_hours: 169 }, ["overlap_hours"]],
      [{ overlap_hours: -1, secret: 7 }, ["overlap_hours", "secret"]],
      [{ overlap_hours: 1.5 }, ["overlap_hours"]],
      [{ overlap: 1 }, ["overlap"]],
      [[], ["body"]],
      ["{", ["body"]],
    ];
    for (const [body, fields] of rows) {
      const error = await expectRefusal(await rotate(mine, path, body), 400, "validation_error");
      expect(error.details?.map(({ field }) => field).sort()).toEqual(fields);
    }
    const undeclared = await rotate(mine, path, `secret=${SECRET}`, { "Content-Type": "text/plain" });
    const { details } = await expectRefusal(undeclared, 400, "validation_error");
    expect(details).toEqual([{ field: "body", reason: "must be sent as application/json" }]);
    expect(await shown(mine.get(path))).toMatchObject({ previous_secret_valid_until: null });
  });
});

describe("who changed an endpoint", () => {
  it("the audit log names the key of each change, without URL or secret", async () => {
    const { id, path } = await anEndpoint(caller, 90);
    await shown(patch(caller, path, { status: "paused", url: "https://hooks.example.com/91" }));
    await shown(rotate(caller, path, { overlap_hours: 0 }));
    await shown(remove(caller, path));
    await expectRefusal(await patch(caller, path, { status: "active" }), 409, "conflict");

    const rows = await database.db.select().from(auditLogs).where(eq(auditLogs.targetId, id)).orderBy(auditLogs.id);
    const byAction = new Map<string, unknown>(rows.map(({ action, metadata }) => [action, metadata]));
    const key = { partner_id: caller.partnerId, api_key_id: expect.any(String) };
    expect(byAction).toEqual(
      new Map<string, unknown>([
        ["webhook_endpoint.registered", key],
        ["webhook_endpoint.changed", { ...key, fields: expect.arrayContaining(["status", "url"]), state: "paused" }],
        ["webhook_endpoint.secret_replaced", { ...key, overlap_hours: 0 }],
        ["webhook_endpoint.deleted", key],
      ]),
    );
    expect(rows).toHaveLength(4);
  });
});
