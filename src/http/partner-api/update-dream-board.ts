import { createRoute } from "@hono/zod-openapi";
import { getBoard } from "#boards/read-board";
import { updateBoard } from "#boards/update-board";
import { ChipInError } from "#platform/errors";
import { presentBoard } from "#wire/board";
import { createRouter } from "./create-router.ts";
import { envelope } from "./envelope.ts";
import { IdempotencyHeaders, repeatable } from "./idempotency.ts";
import { data, jsonBody, refusals } from "./openapi-parts.ts";
import { DreamBoardResource, UpdateDreamBoard } from "./schemas/dream-board.ts";
import { BoardParam } from "./schemas/ids.ts";
import { scoped } from "./scoped.ts";

const route = createRoute({
  method: "patch",
  path: "/dream-boards/{id}",
  operationId: "updateDreamBoard",
  tags: ["Dream boards"],
  summary: "Update a dream board",
  description:
    "Changes the message or the deadline, or cancels or expires the board: all given fields or none. Cancelling refunds every contribution in full, the fee too.",
  ...scoped("dreamboards:write"),
  request: { headers: IdempotencyHeaders, params: BoardParam, body: jsonBody(UpdateDreamBoard) },
  responses: {
    200: data(DreamBoardResource, "The board after the change"),
    202: data(DreamBoardResource, "The board after the change; lists will show it in a moment"),
    ...refusals("not_found", "conflict", "payload_too_large"),
  },
});

export const updateDreamBoardRoute = createRouter().openapi(route, async (c) => {
  const services = c.get("services");
  const { id: idOrSlug } = c.req.valid("param");
  const { message, deadline, status: end } = c.req.valid("json");
  if (end === "closed") {
    await getBoard(services, { kind: "partner", partnerId: c.get("apiKey").partnerId }, idOrSlug);
    throw new ChipInError("conflict", "A board is closed with POST /v1/dream-boards/{id}/close.");
  }
  const answer = await repeatable(c, { route: route.operationId }, async () => {
    const { board, projected } = await updateBoard(services, idOrSlug, {
      ...(message !== undefined && { message }),
      ...(deadline !== undefined && { deadline: new Date(deadline) }),
      ...(end !== undefined && { end }),
    });
    const status = projected ? (200 as const) : (202 as const);
    return { status, data: presentBoard(board, services.settings.PUBLIC_ORIGIN) };
  });
  return c.json(envelope(c, answer.data), answer.status);
});
