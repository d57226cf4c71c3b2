import { createRoute } from "@hono/zod-openapi";
import { cancelBoard } from "#boards/cancel-board";
import { getBoard } from "#boards/read-board";
import { ChipInError } from "#platform/errors";
import { presentBoard } from "#wire/board";
import { createRouter } from "./create-router.ts";
import { envelope } from "./envelope.ts";
import { IdempotencyHeaders, idempotent } from "./idempotency.ts";
import { data, jsonBody, refusals } from "./openapi-parts.ts";
import { BoardParam, DreamBoardResource, UpdateDreamBoard } from "./schemas/dream-board.ts";
import { scoped } from "./scoped.ts";

const route = createRoute({
  method: "patch",
  path: "/dream-boards/{id}",
  operationId: "updateDreamBoard",
  tags: ["Dream boards"],
  summary: "Cancel a dream board",
  description: "Every contribution is refunded in full, the fee too. Cancelling a cancelled board answers the same.",
  ...scoped("dreamboards:write"),
  request: { headers: IdempotencyHeaders, params: BoardParam, body: jsonBody(UpdateDreamBoard) },
  responses: {
    200: data(DreamBoardResource, "The cancelled board"),
    202: data(DreamBoardResource, "The board is cancelled; lists will show it in a moment"),
    ...refusals("not_found", "validation_error", "conflict", "payload_too_large"),
  },
});

/** A board becomes these by other means. */
const REMEDIES = {
  closed: "A board is closed with POST /v1/dream-boards/{id}/close.",
  expired: "A board expires by itself at its deadline when nobody has chipped in.",
} as const;

export const updateDreamBoardRoute = createRouter().openapi(route, async (c) => {
  const services = c.get("services");
  const { id: idOrSlug } = c.req.valid("param");
  const { status: wanted } = c.req.valid("json");
  if (wanted !== "cancelled") {
    await getBoard(services, { kind: "partner", partnerId: c.get("apiKey").partnerId }, idOrSlug);
    throw new ChipInError("conflict", REMEDIES[wanted]);
  }
  const answer = await idempotent(c, { route: route.operationId, repeatable: true }, async () => {
    const { board, projected } = await cancelBoard(services, idOrSlug);
    const status = projected ? (200 as const) : (202 as const);
    return { status, data: presentBoard(board, services.settings.PUBLIC_ORIGIN) };
  });
  return c.json(envelope(c, answer.data), answer.status);
});
