import { createRoute } from "@hono/zod-openapi";
import { checkEndpointUrl } from "#webhooks/endpoint-url";
import { registerEndpoint } from "#webhooks/register-endpoint";
import { presentWebhookEndpoint } from "#wire/webhook-endpoint";
import { createRouter } from "./create-router.ts";
import { envelope } from "./envelope.ts";
import { IdempotencyHeaders, idempotent } from "./idempotency.ts";
import { data, jsonBody, refusals, withReplay } from "./openapi-parts.ts";
import { CreateWebhookEndpoint, WebhookEndpointResource } from "./schemas/webhook-endpoint.ts";
import { scoped } from "./scoped.ts";
import { type FurtherRules, refuseInvalidWith } from "./validation.ts";

const route = createRoute({
  method: "post",
  path: "/webhooks",
  operationId: "createWebhook",
  tags: ["Webhooks"],
  summary: "Register a webhook endpoint",
  ...scoped("webhooks:manage"),
  request: { headers: IdempotencyHeaders, body: jsonBody(CreateWebhookEndpoint) },
  responses: {
    201: withReplay(data(WebhookEndpointResource, "The endpoint; its secret is never shown again")),
    ...refusals("conflict", "payload_too_large"),
  },
});

const rules: FurtherRules = (body, c) => {
  const { url } = (body ?? {}) as { url?: unknown };
  const checked = typeof url === "string" ? checkEndpointUrl(url, c.get("services").settings) : null;
  return checked && !checked.ok ? [{ field: "url", reason: checked.reason }] : [];
};

export const createWebhookRoute = createRouter().openapi(
  route,
  async (c) => {
    const services = c.get("services");
    const { url, events, secret } = c.req.valid("json");
    const { id: apiKeyId } = c.get("apiKey");
    const answer = await idempotent(c, { route: route.operationId, rules }, async (id) => {
      const checked = checkEndpointUrl(url, services.settings);
      if (!checked.ok) throw new Error("the URL was checked before");
      const row = await registerEndpoint(services, { id, apiKeyId, url: checked.url, events, secret });
      return { status: 201 as const, data: presentWebhookEndpoint(row) };
    });
    return c.json(envelope(c, answer.data), answer.status);
  },
  refuseInvalidWith(rules),
);
