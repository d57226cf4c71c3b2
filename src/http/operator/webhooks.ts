import { type Context, Hono } from "hono";
import { z } from "zod";
import { writeAudit } from "#audit/write-audit";
import { publicId } from "#domain/ids";
import { changeEndpoint } from "#webhooks/change-endpoint";
import { listAttempts } from "#webhooks/list-attempts";
import { ownedEndpoint } from "#webhooks/read-endpoints";
import { presentWebhookEndpoint } from "#wire/webhook-endpoint";
import type { AppEnv } from "../app-env.ts";
import { Noted } from "./acts.ts";
import { idOf, read, readBody } from "./read-body.ts";

const Uuid = z.guid("must be the id of a row of webhook_deliveries");

/** Partners' webhook endpoints, and what they answered. The answers are stored sealed, so SQL does not show them. (docs/operate.md) */
export const operatorWebhooks = new Hono<AppEnv>()
  .post("/webhooks/:id/pause", (c) => change(c, "paused"))
  .post("/webhooks/:id/resume", (c) => change(c, "active"))
  .get("/webhook-deliveries/:id/attempts", async (c) => {
    const attempts = await listAttempts(c.get("services"), read(Uuid, c.req.param("id"), "id"));
    return c.json(
      {
        attempts: attempts.map(({ attempt, attemptedAt, responseCode, latencyMs, responseBody, error }) => ({
          attempt,
          attempted_at: attemptedAt.toISOString(),
          response_code: responseCode,
          latency_ms: latencyMs,
          response_body: responseBody,
          error,
        })),
      },
      200,
    );
  });

async function change(c: Context<AppEnv>, state: "paused" | "active") {
  const services = c.get("services");
  const { note } = await readBody(Noted, c.req.raw);
  const id = idOf("webhookEndpoint", c.req.param("id") ?? "");
  const endpoint = await changeEndpoint(services, await ownedEndpoint(services, id), { state });
  const action = state === "paused" ? "webhook_endpoint.paused" : "webhook_endpoint.resumed";
  const target = { type: "webhook_endpoint", id: publicId("webhookEndpoint", id) };
  await writeAudit(services, { action, target, metadata: { reason: note } });
  return c.json(presentWebhookEndpoint(endpoint), 200);
}
