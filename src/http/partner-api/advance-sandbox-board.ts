import { createRoute, z } from "@hono/zod-openapi";
import { advanceSandboxBoard } from "#boards/advance-sandbox";
import { advanceDeliveries } from "#webhooks/advance-deliveries";
import { presentBoard } from "#wire/board";
import { createRouter } from "./create-router.ts";
import { envelope } from "./envelope.ts";
import { IdempotencyHeaders, repeatable } from "./idempotency.ts";
import { data, jsonBody, refusals } from "./openapi-parts.ts";
import { DreamBoardResource } from "./schemas/dream-board.ts";
import { Instant } from "./schemas/fields.ts";
import { BoardParam } from "./schemas/ids.ts";
import { scoped } from "./scoped.ts";

const Advance = z
  .object({
    to: Instant.openapi({ description: "What is due until this instant happens now", example: "2026-12-31T22:00:00Z" }),
  })
  .openapi("AdvanceSandboxBoard");

const route = createRoute({
  method: "post",
  path: "/sandbox/boards/{id}/advance",
  operationId: "advanceSandboxBoard",
  tags: ["Sandbox"],
  summary: "Let time pass for a board of the sandbox",
  description:
    "What would happen on the board until `to` happens now: contributions that were not paid for a day expire, the deadline closes or expires the board, " +
    "and payouts that have waited for an hour complete. Deliveries of its webhooks that would be tried again until `to` are tried " +
    "now. What this call itself brings about, a payout or the next try of a delivery, waits from now on: call again. A live board answers 409.",
  ...scoped("dreamboards:write"),
  request: { headers: IdempotencyHeaders, params: BoardParam, body: jsonBody(Advance) },
  responses: {
    200: data(DreamBoardResource, "The board as it is then"),
    202: data(DreamBoardResource, "The board as it is then; lists will show it in a moment"),
    ...refusals("not_found", "validation_error", "conflict", "payload_too_large"),
  },
});

export const advanceSandboxBoardRoute = createRouter().openapi(route, async (c) => {
  const services = c.get("services");
  const { id: idOrSlug } = c.req.valid("param");
  const until = new Date(c.req.valid("json").to);
  const answer = await repeatable(c, { route: route.operationId }, async () => {
    const { board, projected } = await advanceSandboxBoard(services, idOrSlug, until);
    await advanceDeliveries(services, board.id, until);
    const status = projected ? (200 as const) : (202 as const);
    return { status, data: presentBoard(board, services.settings.PUBLIC_ORIGIN) };
  });
  return c.json(envelope(c, answer.data), answer.status);
});
