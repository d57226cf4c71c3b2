import { createRoute, type z } from "@hono/zod-openapi";
import { publicId } from "#domain/ids";
import { getEvent } from "#webhooks/get-event";
import { listEvents } from "#webhooks/list-events";
import { recoverEndpoint, redeliverEvent } from "#webhooks/send-events-again";
import { sendTestEvent } from "#webhooks/send-test-event";
import { presentDelivery, presentEvent } from "#wire/partner-event";
import { meta } from "../error-envelope.ts";
import { createRouter } from "./create-router.ts";
import { envelope } from "./envelope.ts";
import { IdempotencyHeaders, idempotent } from "./idempotency.ts";
import { data, jsonBody, list, refusals, withReplay } from "./openapi-parts.ts";
import { type CursorScope, PageQuery, readPlace, signPlace } from "./pagination.ts";
import {
  EventResource,
  EventType,
  EventWithDeliveries,
  RecoverWebhook,
  Recovery,
  Redelivery,
  TestEvent,
} from "./schemas/event.ts";
import { idParam, queryId } from "./schemas/ids.ts";
import { scoped } from "./scoped.ts";

/** What happened, whether an endpoint heard of it or not, and how to have it delivered again. */

/** Postgres holds only types that were announced, and their data are objects. */
type Shown = z.output<typeof EventResource>;

const listRoute = createRoute({
  method: "get",
  path: "/events",
  operationId: "listEvents",
  tags: ["Events"],
  summary: "List events",
  description:
    "Everything that was announced to you in the last 90 days, oldest first, also what no endpoint was subscribed to. `next_cursor` comes " +
    "with every page, the last one too: send it later to read on. Who reads so gets every event exactly once.",
  ...scoped("webhooks:manage"),
  request: { query: PageQuery.extend({ type: EventType.optional(), dream_board_id: queryId("board").optional() }) },
  responses: { 200: list(EventResource, "A page of events"), ...refusals() },
});

const getRoute = createRoute({
  method: "get",
  path: "/events/{id}",
  operationId: "getEvent",
  tags: ["Events"],
  summary: "Get an event with its deliveries",
  ...scoped("webhooks:manage"),
  request: { params: idParam("event") },
  responses: { 200: data(EventWithDeliveries, "The event, and each attempt to deliver it"), ...refusals("not_found") },
});

const redeliverRoute = createRoute({
  method: "post",
  path: "/events/{id}/redeliver",
  operationId: "redeliverEvent",
  tags: ["Events"],
  summary: "Deliver an event again",
  description:
    "To each active endpoint that is subscribed to its type and was registered before it happened, also where it was delivered before.",
  ...scoped("webhooks:manage"),
  request: { headers: IdempotencyHeaders, params: idParam("event") },
  responses: {
    202: withReplay(data(Redelivery, "It is on its way to these endpoints")),
    ...refusals("not_found", "conflict"),
  },
});

const recoverRoute = createRoute({
  method: "post",
  path: "/webhooks/{id}/recover",
  operationId: "recoverWebhook",
  tags: ["Webhooks"],
  summary: "Deliver what an endpoint has missed",
  description:
    "Events since that instant whose delivery failed, and those that happened while the endpoint was paused or disabled. A call takes up " +
    "to 1,000 of them.",
  ...scoped("webhooks:manage"),
  request: { headers: IdempotencyHeaders, params: idParam("webhookEndpoint"), body: jsonBody(RecoverWebhook) },
  responses: {
    202: withReplay(data(Recovery, "They are on their way")),
    ...refusals("not_found", "conflict", "payload_too_large"),
  },
});

const testRoute = createRoute({
  method: "post",
  path: "/webhooks/{id}/test",
  operationId: "testWebhook",
  tags: ["Webhooks"],
  summary: "Send a test event to an endpoint",
  description:
    "An event of the type `webhook.test`, whose `data` is `{webhook_id}`, signed and retried like all others. Get it to see the attempts.",
  ...scoped("webhooks:manage"),
  request: { headers: IdempotencyHeaders, params: idParam("webhookEndpoint") },
  responses: {
    202: withReplay(data(TestEvent, "It is on its way")),
    ...refusals("not_found", "conflict"),
  },
});

export const eventRoutes = createRouter()
  .openapi(listRoute, async (c) => {
    const services = c.get("services");
    const { partnerId } = c.get("apiKey");
    const { limit, after: cursor, type, dream_board_id: boardId } = c.req.valid("query");
    const { API_KEY_PEPPER: pepper } = services.settings;
    const filter = JSON.stringify({ type, boardId });
    const scope: CursorScope = { pepper, partnerId, endpoint: listRoute.operationId, filter };
    const after = cursor === undefined ? null : Number(readPlace(scope, cursor));
    const page = { type: type ?? null, boardId: boardId ?? null, after, limit: limit + 1 };
    const rows = await listEvents(services, partnerId, page);
    const items = rows.slice(0, limit);
    const last = items.at(-1)?.position ?? after;
    const pagination = {
      has_more: rows.length > limit,
      next_cursor: last === null ? null : signPlace(scope, String(last)),
    };
    return c.json({ data: items.map((event) => presentEvent(event)) as Shown[], pagination, meta: meta(c) }, 200);
  })
  .openapi(getRoute, async (c) => {
    const { partnerId } = c.get("apiKey");
    const { event, deliveries } = await getEvent(c.get("services"), partnerId, c.req.valid("param").id);
    const shown = { ...(presentEvent(event) as Shown), deliveries: deliveries.map(presentDelivery) };
    return c.json(envelope(c, shown), 200);
  })
  .openapi(redeliverRoute, async (c) => {
    const { partnerId } = c.get("apiKey");
    const eventId = c.req.valid("param").id;
    const answer = await idempotent(c, { route: redeliverRoute.operationId }, async () => {
      const endpoints = await redeliverEvent(c.get("services"), { partnerId, eventId });
      const webhookIds = endpoints.map((id) => publicId("webhookEndpoint", id));
      return { status: 202 as const, data: { event_id: publicId("event", eventId), webhook_ids: webhookIds } };
    });
    return c.json(envelope(c, answer.data), answer.status);
  })
  .openapi(recoverRoute, async (c) => {
    const { partnerId } = c.get("apiKey");
    const { id } = c.req.valid("param");
    const { since } = c.req.valid("json");
    const answer = await idempotent(c, { route: recoverRoute.operationId }, async () => {
      const { events, hasMore } = await recoverEndpoint(c.get("services"), { partnerId, id }, new Date(since));
      const webhookId = publicId("webhookEndpoint", id);
      return { status: 202 as const, data: { webhook_id: webhookId, events, has_more: hasMore } };
    });
    return c.json(envelope(c, answer.data), answer.status);
  })
  .openapi(testRoute, async (c) => {
    const { partnerId } = c.get("apiKey");
    const { id } = c.req.valid("param");
    const answer = await idempotent(c, { route: testRoute.operationId }, async (eventId) => {
      await sendTestEvent(c.get("services"), { partnerId, id }, eventId);
      const shown = { event_id: publicId("event", eventId), webhook_id: publicId("webhookEndpoint", id) };
      return { status: 202 as const, data: shown };
    });
    return c.json(envelope(c, answer.data), answer.status);
  });
