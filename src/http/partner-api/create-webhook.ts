import { createRoute } from "@hono/zod-openapi";
import { checkEndpointUrl } from "#webhooks/endpoint-url";
import { judgeEndpointUrl } from "#webhooks/judge-endpoint-url";
import { registerEndpoint } from "#webhooks/register-endpoint";
import { presentWebhookEndpoint } from "#wire/webhook-endpoint";
import { auditEndpoint } from "./audit-endpoint.ts";
import { createRouter } from "./create-router.ts";
import { envelope } from "./envelope.ts";
import { IdempotencyHeaders, idempotent } from "./idempotency.ts";
import { data, jsonBody, refusals, withReplay } from "./openapi-parts.ts";
import { CreateWebhookEndpoint, WebhookEndpointResource } from "./schemas/webhook-endpoint.ts";
import { scoped } from "./scoped.ts";
import { type FurtherRules, invalid, refuseInvalidWith } from "./validation.ts";

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

/** The URL by its text. Its host is judged with the write. */
export const urlRules: FurtherRules = (body, c) => {
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
    const answer = await idempotent(c, { route: route.operationId, rules: urlRules }, async (id) => {
      const judged = await judgeEndpointUrl(url, services.settings);
      if (!judged.ok) throw invalid([{ field: "url", reason: judged.reason }]);
      const endpoint = await registerEndpoint(services, { id, apiKeyId, url: judged.url, events, secret });
      await auditEndpoint(services, endpoint.id, "registered");
      return { status: 201 as const, data: presentWebhookEndpoint(endpoint) };
    });
    return c.json(envelope(c, answer.data), answer.status);
  },
  refuseInvalidWith(urlRules),
);
