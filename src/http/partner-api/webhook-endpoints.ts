import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { changeEndpoint } from "#webhooks/change-endpoint";
import { judgeEndpointUrl } from "#webhooks/judge-endpoint-url";
import { type EndpointOf, getEndpoint, listEndpoints } from "#webhooks/read-endpoints";
import { rotateSecret } from "#webhooks/rotate-secret";
import { presentWebhookEndpoint } from "#wire/webhook-endpoint";
import { optionalJsonBody } from "../middleware/optional-json-body.ts";
import { auditEndpoint } from "./audit-endpoint.ts";
import { createRouter, type PartnerEnv } from "./create-router.ts";
import { urlRules } from "./create-webhook.ts";
import { envelope, listEnvelope } from "./envelope.ts";
import { IdempotencyHeaders, idempotent, repeatable } from "./idempotency.ts";
import { data, jsonBody, list, refusals, withReplay } from "./openapi-parts.ts";
import { type CursorScope, PageQuery, pageOf, readCursor } from "./pagination.ts";
import { idParam } from "./schemas/ids.ts";
import {
  RotatedWebhookEndpointResource,
  RotateWebhookSecret,
  UpdateWebhookEndpoint,
  WebhookEndpointResource,
  WebhookEndpointStatus,
} from "./schemas/webhook-endpoint.ts";
import { scoped } from "./scoped.ts";
import { invalid, refuseInvalidWith } from "./validation.ts";

/** The life of webhook endpoints after their registration. Each belongs to the partner, whichever of its keys registered it. */

const WebhookParam = idParam("webhookEndpoint");

const listRoute = createRoute({
  method: "get",
  path: "/webhooks",
  operationId: "listWebhooks",
  tags: ["Webhooks"],
  summary: "Your webhook endpoints, newest first",
  description: "Those of all your keys. Deleted ones are listed with `status=deleted` only.",
  ...scoped("webhooks:manage"),
  request: { query: PageQuery.extend({ status: WebhookEndpointStatus.optional() }) },
  responses: { 200: list(WebhookEndpointResource, "A page of endpoints"), ...refusals("validation_error") },
});

const getRoute = createRoute({
  method: "get",
  path: "/webhooks/{id}",
  operationId: "getWebhook",
  tags: ["Webhooks"],
  summary: "One webhook endpoint, and how it stands",
  ...scoped("webhooks:manage"),
  request: { params: WebhookParam },
  responses: { 200: data(WebhookEndpointResource, "The endpoint"), ...refusals("validation_error", "not_found") },
});

const updateRoute = createRoute({
  method: "patch",
  path: "/webhooks/{id}",
  operationId: "updateWebhook",
  tags: ["Webhooks"],
  summary: "Change, pause or resume a webhook endpoint",
  description: "All given fields change together, or none does. The same request again gets the same answer.",
  ...scoped("webhooks:manage"),
  request: { headers: IdempotencyHeaders, params: WebhookParam, body: jsonBody(UpdateWebhookEndpoint) },
  responses: {
    200: data(WebhookEndpointResource, "The endpoint after the change"),
    ...refusals("validation_error", "not_found", "conflict", "payload_too_large"),
  },
});

const deleteRoute = createRoute({
  method: "delete",
  path: "/webhooks/{id}",
  operationId: "deleteWebhook",
  tags: ["Webhooks"],
  summary: "Delete a webhook endpoint",
  description:
    "It gets nothing any more and counts no more; its deliveries are kept. The same request again gets the same answer.",
  ...scoped("webhooks:manage"),
  request: { params: WebhookParam },
  responses: {
    200: data(WebhookEndpointResource, "The deleted endpoint"),
    ...refusals("validation_error", "not_found"),
  },
});

const managed = scoped("webhooks:manage");

const rotateRoute = createRoute({
  method: "post",
  path: "/webhooks/{id}/rotate-secret",
  operationId: "rotateWebhookSecret",
  tags: ["Webhooks"],
  summary: "Replace the secret of a webhook endpoint",
  description:
    "Until the overlap ends, deliveries carry a signature by the new secret and one by the secret before, so no event is lost while your server changes over.",
  security: managed.security,
  middleware: [managed.middleware, optionalJsonBody],
  request: {
    headers: IdempotencyHeaders,
    params: WebhookParam,
    body: { ...jsonBody(RotateWebhookSecret), required: false },
  },
  responses: {
    200: withReplay(data(RotatedWebhookEndpointResource, "The endpoint, with its new secret")),
    ...refusals("validation_error", "not_found", "conflict", "payload_too_large"),
  },
});

export const webhookEndpointRoutes = createRouter()
  .openapi(listRoute, async (c) => {
    const services = c.get("services");
    const { partnerId } = c.get("apiKey");
    const { status, limit, after: cursor } = c.req.valid("query");
    const { API_KEY_PEPPER: pepper } = services.settings;
    const scope: CursorScope = { pepper, partnerId, endpoint: listRoute.operationId, filter: status ?? "" };
    const after = cursor === undefined ? undefined : readCursor(scope, cursor);
    const rows = await listEndpoints(services, { partnerId, state: status, after, limit: limit + 1 });
    const { items, nextCursor } = pageOf(rows, limit, scope);
    return c.json(listEnvelope(c, { items: items.map(presentWebhookEndpoint), nextCursor }), 200);
  })
  .openapi(getRoute, async (c) => {
    const endpoint = await getEndpoint(c.get("services"), ofCaller(c, c.req.valid("param").id));
    return c.json(envelope(c, presentWebhookEndpoint(endpoint)), 200);
  })
  .openapi(
    updateRoute,
    async (c) => {
      const services = c.get("services");
      const which = ofCaller(c, c.req.valid("param").id);
      const { url, events, status: state } = c.req.valid("json");
      const answer = await repeatable(c, { route: updateRoute.operationId, rules: urlRules }, async () => {
        const judged = url === undefined ? undefined : await judgeEndpointUrl(url, services.settings);
        if (judged && !judged.ok) throw invalid([{ field: "url", reason: judged.reason }]);
        const endpoint = await changeEndpoint(services, which, {
          url: judged?.url,
          events,
          state,
          apiKeyId: c.get("apiKey").id,
        });
        const fields = Object.keys(c.req.valid("json"));
        await auditEndpoint(services, endpoint.id, "changed", { fields, ...(state && { state }) });
        return { status: 200 as const, data: presentWebhookEndpoint(endpoint) };
      });
      return c.json(envelope(c, answer.data), answer.status);
    },
    refuseInvalidWith(urlRules),
  )
  .openapi(deleteRoute, async (c) => {
    const services = c.get("services");
    const which = ofCaller(c, c.req.valid("param").id);
    const endpoint = await changeEndpoint(services, which, { state: "deleted" });
    await auditEndpoint(services, endpoint.id, "deleted");
    return c.json(envelope(c, presentWebhookEndpoint(endpoint)), 200);
  })
  .openapi(rotateRoute, async (c) => {
    const services = c.get("services");
    const which = ofCaller(c, c.req.valid("param").id);
    const { secret, overlap_hours: overlapHours } = RotateWebhookSecret.parse(c.req.valid("json"));
    const answer = await idempotent(c, { route: rotateRoute.operationId }, async () => {
      const rotated = await rotateSecret(services, which, { secret, overlapHours });
      await auditEndpoint(services, rotated.endpoint.id, "secret_replaced", { overlap_hours: overlapHours });
      const shown = { ...presentWebhookEndpoint(rotated.endpoint), secret: rotated.secret };
      return { status: 200 as const, data: shown };
    });
    return c.json(envelope(c, answer.data), answer.status);
  });

/** `id`: as `WebhookParam` has read it. */
function ofCaller(c: Context<PartnerEnv>, id: string): EndpointOf {
  return { partnerId: c.get("apiKey").partnerId, id };
}
