import { Hono } from "hono";
import { z } from "zod";
import { listAttempts } from "#webhooks/list-attempts";
import type { AppEnv } from "../app-env.ts";
import { read } from "./read-body.ts";

const Uuid = z.guid("must be the id of a row of webhook_deliveries");

/** What receivers answered to webhooks. The answers are stored sealed, so SQL does not show them. (docs/operate.md) */
export const operatorWebhooks = new Hono<AppEnv>().get("/webhook-deliveries/:id/attempts", async (c) => {
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
