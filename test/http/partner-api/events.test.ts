import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { partnerEvents } from "#database/event-tables";
import { webhookDeliveries } from "#database/own-tables";
import { newId, publicId } from "#domain/ids";
import { addHours } from "#domain/time";
import type { WebhookEventType } from "#domain/webhook-events";
import { keyringOf } from "#privacy/encryption";
import { sealFields } from "#privacy/sealed";
import { deliverWebhooks } from "#webhooks/deliver";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { receiver } from "../../webhooks/support.ts";
import { type TestSite, testSite } from "../support.ts";
import { aCaller, type Caller, expectRefusal } from "./support.ts";

const UNKNOWN_EVENT = "evt_01k9v2m3q4e8xavkz6m1t7h5ws";
const UNKNOWN_ENDPOINT = "wh_01k9v2m3q4e8xavkz6m1t7h5ws";

let database: TestDatabase;
let site: TestSite;
beforeAll(async () => {
  database = await startTestDatabase();
  site = testSite(database);
});
afterAll(() => database.stop());

// biome-ignore lint/suspicious/noExplicitAny: answers are compared with literals
type Body = { data: any; pagination: { has_more: boolean; next_cursor: string | null } };
const answered = async (response: Promise<Response> | Response, status = 200): Promise<Body> => {
  const answer = await response;
  const body = await answer.json();
  expect([answer.status, body]).toEqual([status, expect.objectContaining({ data: expect.anything() })]);
  return body as Body;
};

/** An event of the caller's partner, as the projection writes it. */
async function anEvent(
  { partnerId }: Caller,
  { type = "pot.funded", at = site.clock.now, boardId = null as string | null, data = { id: "db_x" } as object } = {},
) {
  const id = newId(at);
  const stored = await sealFields(keyringOf(site.services.settings), data);
  const event = { id, partnerId, type: type as WebhookEventType, apiVersion: "2026-12-01", sequence: 3, data: stored };
  await database.db.insert(partnerEvents).values({ ...event, dreamBoardId: boardId, createdAt: at });
  return { id, publicId: publicId("event", id) };
}

async function anEndpoint(caller: Caller, nth = 0) {
  const body = { url: `https://hooks.example.com/${nth}`, events: ["pot.funded"], secret: "a secret of ours" };
  const { data } = await answered(caller.post("/v1/webhooks", body), 201);
  return { id: data.id as string, path: `/v1/webhooks/${data.id}` };
}

/** Delivers what is in the queue. @returns the bodies that the receiver got */
async function deliverEnqueued(answer?: Parameters<typeof receiver>[0]) {
  const { received, deps } = receiver(answer);
  await deliverWebhooks(site.services, site.webhookQueue.sent.splice(0), deps);
  return received.map(({ body }) => JSON.parse(body) as { id: string; type: string; data: unknown });
}

const failing = () => new Response("not now", { status: 500 });

describe("GET /v1/events", () => {
  it("a partner reads its events oldest first, without an endpoint, and reads on from the last cursor later", async () => {
    const [mine, other] = [await aCaller(site), await aCaller(site)];
    await anEvent(other);
    const events = [await anEvent(mine), await anEvent(mine), await anEvent(mine)];

    const first = await answered(mine.get("/v1/events?limit=2"));
    const second = await answered(mine.get(`/v1/events?limit=2&after=${first.pagination.next_cursor}`));
    const empty = await answered(mine.get(`/v1/events?after=${second.pagination.next_cursor}`));
    // As of an hour ago: it is projected late.
    const late = await anEvent(mine, { at: addHours(site.clock.now, -1) });
    const third = await answered(mine.get(`/v1/events?after=${empty.pagination.next_cursor}`));

    const pages = [first, second, empty, third];
    const ids = (nth: number[]) => nth.map((at) => events[at]?.publicId);
    expect(pages.map(({ data }) => data.map(({ id }: { id: string }) => id))).toEqual([
      ids([0, 1]),
      ids([2]),
      [],
      [late.publicId],
    ]);
    expect(pages.map(({ pagination }) => pagination.has_more)).toEqual([true, false, false, false]);
    expect(first.data[0]).toEqual({
      id: events[0]?.publicId,
      type: "pot.funded",
      api_version: "2026-12-01",
      created_at: site.clock.now.toISOString(),
      sequence: 3,
      data: { id: "db_x" },
      dream_board_id: null,
    });
  });

  it("events are listed by type and by board, and a cursor is valid for its own list only", async () => {
    const caller = await aCaller(site);
    const boardId = newId(site.clock.now);
    const recipient = { recipient_data: { email: "parent@example.com" } };
    await anEvent(caller, { type: "pot.closed" });
    const ofBoard = await anEvent(caller, { boardId, type: "payout.ready", data: recipient });

    const byType = await answered(caller.get("/v1/events?type=payout.ready"));
    const byBoard = await answered(caller.get(`/v1/events?dream_board_id=${publicId("board", boardId)}`));

    expect(byType.data).toMatchObject([{ id: ofBoard.publicId, data: recipient }]);
    expect(byBoard.data).toMatchObject([{ id: ofBoard.publicId, dream_board_id: publicId("board", boardId) }]);
    for (const query of [
      `after=${byType.pagination.next_cursor}`,
      "after=1",
      "type=pot.opened",
      "dream_board_id=x",
      "limit=0",
    ]) {
      await expectRefusal(await caller.get(`/v1/events?${query}`), 400, "validation_error");
    }
  });
});

describe("GET /v1/events/{id}", () => {
  it("an event is shown with its deliveries and each attempt", async () => {
    const caller = await aCaller(site);
    const endpoint = await anEndpoint(caller);
    const event = await anEvent(caller);
    await answered(caller.post(`/v1/events/${event.id}/redeliver`, undefined), 202);
    await deliverEnqueued(failing);

    const { data } = await answered(caller.get(`/v1/events/${event.publicId}`));

    expect(data).toMatchObject({ id: event.publicId, type: "pot.funded", data: { id: "db_x" } });
    expect(data.deliveries).toEqual([
      {
        webhook_id: endpoint.id,
        url: "https://hooks.example.com/0",
        status: "pending",
        next_attempt_at: expect.stringMatching(/Z$/),
        delivered_at: null,
        attempts: [
          {
            attempt: 1,
            attempted_at: site.clock.now.toISOString(),
            response_code: 500,
            latency_ms: 0,
            response_body: "not now",
            error: null,
          },
        ],
      },
    ]);
  });

  it("another partner's event and an unknown one are answered 404, and what is no id 400", async () => {
    const caller = await aCaller(site);
    const foreign = await anEvent(await aCaller(site));

    for (const [method, tail] of [
      ["GET", ""],
      ["POST", "/redeliver"],
    ] as const) {
      for (const id of [foreign.publicId, foreign.id, UNKNOWN_EVENT]) {
        await expectRefusal(await caller.call(method, `/v1/events/${id}${tail}`), 404, "not_found");
      }
      await expectRefusal(await caller.call(method, `/v1/events/con_1${tail}`), 400, "validation_error");
    }
  });
});

describe("POST /v1/events/{id}/redeliver", () => {
  it("a delivered event is sent again under the same id, and an idempotent repetition sends it no third time", async () => {
    const caller = await aCaller(site);
    const endpoint = await anEndpoint(caller);
    const event = await anEvent(caller);
    const redeliver = (key: string) =>
      answered(caller.post(`/v1/events/${event.id}/redeliver`, undefined, { "Idempotency-Key": key }), 202);

    const expected = { event_id: event.publicId, webhook_ids: [endpoint.id] };
    expect((await redeliver("one")).data).toEqual(expected);
    const first = await deliverEnqueued();
    expect((await redeliver("two")).data).toEqual(expected);
    const second = await deliverEnqueued();
    expect((await redeliver("two")).data).toEqual(expected);
    const third = await deliverEnqueued();

    expect([first, second, third].map((bodies) => bodies.map(({ id }) => id))).toEqual([
      [event.publicId],
      [event.publicId],
      [],
    ]);
    const { data } = await answered(caller.get(`/v1/events/${event.id}`));
    expect(data.deliveries[0].attempts.map(({ attempt }: { attempt: number }) => attempt)).toEqual([1, 2]);
  });

  it("an event that was given up has the whole schedule of attempts again", async () => {
    const caller = await aCaller(site);
    await anEndpoint(caller);
    const event = await anEvent(caller);
    await answered(caller.post(`/v1/events/${event.id}/redeliver`, undefined), 202);
    await database.db
      .update(webhookDeliveries)
      .set({ status: "failed", attempts: 7 })
      .where(eq(webhookDeliveries.partnerEventId, event.id));

    await answered(caller.post(`/v1/events/${event.id}/redeliver`, undefined), 202);
    await deliverEnqueued(failing);

    const [row] = await database.db
      .select()
      .from(webhookDeliveries)
      .where(eq(webhookDeliveries.partnerEventId, event.id));
    expect(row).toMatchObject({ status: "pending", attempts: 8 });
    const waitMs = (row?.nextAttemptAt.getTime() ?? 0) - site.clock.now.getTime();
    expect(waitMs).toBeGreaterThanOrEqual(60_000);
    expect(waitMs).toBeLessThan(64_000);
  });

  it.each([
    ["was registered after it happened", (caller: Caller) => anEndpoint(caller), -1, "pot.funded"],
    ["is not subscribed to it", (caller: Caller) => anEndpoint(caller), 0, "pot.closed"],
    [
      "is paused",
      async (caller: Caller) => {
        const { path } = await anEndpoint(caller);
        await answered(caller.call("PATCH", path, { status: "paused" }));
      },
      0,
      "pot.funded",
    ],
  ])("an event is not delivered to an endpoint that %s", async (_, register, hours, type) => {
    const caller = await aCaller(site);
    await register(caller);
    const event = await anEvent(caller, { type, at: addHours(site.clock.now, hours) });

    await expectRefusal(await caller.post(`/v1/events/${event.id}/redeliver`, undefined), 409, "conflict");

    expect(await deliverEnqueued()).toEqual([]);
  });
});

describe("POST /v1/webhooks/{id}/recover", () => {
  it("what failed and what happened during a pause is sent again, and nothing that was delivered", async () => {
    const caller = await aCaller(site);
    const { path, id } = await anEndpoint(caller);
    const [delivered, failed, missed] = [await anEvent(caller), await anEvent(caller), await anEvent(caller)];
    await anEvent(caller, { type: "pot.closed" });
    for (const { id: eventId } of [delivered, failed]) {
      await answered(caller.post(`/v1/events/${eventId}/redeliver`, undefined), 202);
    }
    await deliverEnqueued();
    await database.db
      .update(webhookDeliveries)
      .set({ status: "failed" })
      .where(eq(webhookDeliveries.partnerEventId, failed.id));

    const since = addHours(site.clock.now, -1).toISOString();
    const recovered = await answered(caller.post(`${path}/recover`, { since }), 202);

    expect(recovered.data).toEqual({ webhook_id: id, events: 2, has_more: false });
    const sent = (await deliverEnqueued()).map((body) => body.id);
    expect(sent.toSorted()).toEqual([failed.publicId, missed.publicId].toSorted());
    expect((await answered(caller.post(`${path}/recover`, { since }), 202)).data.events).toBe(0);
  });

  it("only events since the given instant are sent again, also while the queue is down", async () => {
    const own = testSite(database);
    const caller = await aCaller(own);
    const { path } = await anEndpoint(caller);
    await anEvent(caller);
    const later = await anEvent(caller, { at: addHours(own.clock.now, 1) });
    own.clock.now = addHours(own.clock.now, 2);
    own.webhookQueue.isDown = true;

    const since = addHours(own.clock.now, -1).toISOString();
    const { data } = await answered(caller.post(`${path}/recover`, { since }), 202);

    expect(data.events).toBe(1);
    const [row] = await database.db
      .select()
      .from(webhookDeliveries)
      .where(eq(webhookDeliveries.partnerEventId, later.id));
    expect(row).toMatchObject({ status: "pending", nextAttemptAt: own.clock.now });
  });

  it.each([
    ["no time", () => ({ since: "yesterday" })],
    ["a field that is not known", () => ({ since: site.clock.now.toISOString(), until: "now" })],
    ["an empty body", () => ({})],
  ])("%s is answered 400", async (_, body) => {
    const caller = await aCaller(site);
    const { path } = await anEndpoint(caller);

    const error = await expectRefusal(await caller.post(`${path}/recover`, body()), 400, "validation_error");

    expect(error.details).toHaveLength(1);
  });
});

describe("POST /v1/webhooks/{id}/test", () => {
  it("a test event is signed and delivered to that endpoint only, whatever it is subscribed to", async () => {
    const caller = await aCaller(site);
    const [endpoint] = [await anEndpoint(caller), await anEndpoint(caller, 1)];

    const { data } = await answered(caller.post(`${endpoint.path}/test`, undefined), 202);

    expect(data).toEqual({ event_id: expect.stringMatching(/^evt_/), webhook_id: endpoint.id });
    const sent = await deliverEnqueued();
    expect(sent).toMatchObject([{ id: data.event_id, type: "webhook.test", data: { webhook_id: endpoint.id } }]);
    const { data: listed } = await answered(caller.get("/v1/events?type=webhook.test"));
    expect(listed).toMatchObject([{ id: data.event_id, dream_board_id: null, sequence: null }]);
  });

  it("an endpoint that is not active gets neither a test event nor what it missed, and another partner's is not found", async () => {
    const caller = await aCaller(site);
    const { path } = await anEndpoint(caller);
    const foreign = await anEndpoint(await aCaller(site));
    const since = { since: site.clock.now.toISOString() };
    await answered(caller.call("PATCH", path, { status: "paused" }));

    for (const [tail, body] of [
      ["/test", undefined],
      ["/recover", since],
    ] as const) {
      const refused = await expectRefusal(await caller.post(`${path}${tail}`, body), 409, "conflict");
      expect(refused.message).toBe("This endpoint is paused; set its status to active first.");
      for (const unknown of [foreign.path, `/v1/webhooks/${UNKNOWN_ENDPOINT}`]) {
        await expectRefusal(await caller.post(`${unknown}${tail}`, body), 404, "not_found");
      }
    }
    const rows = await database.db.select().from(partnerEvents).where(eq(partnerEvents.partnerId, caller.partnerId));
    expect(rows).toEqual([]);
  });
});
