import { createRoute } from "@hono/zod-openapi";
import { closeBoard } from "#boards/close-board";
import { presentClosing } from "#wire/closing";
import { createRouter } from "./create-router.ts";
import { envelope } from "./envelope.ts";
import { IdempotencyHeaders, repeatable } from "./idempotency.ts";
import { data, jsonBody, refusals } from "./openapi-parts.ts";
import { ClosedDreamBoardResource, CloseReason } from "./schemas/dream-board.ts";
import { BoardParam } from "./schemas/ids.ts";
import { scoped } from "./scoped.ts";

const route = createRoute({
  method: "post",
  path: "/dream-boards/{id}/close",
  operationId: "closeDreamBoard",
  tags: ["Dream boards"],
  summary: "Close a dream board",
  description:
    "Stops contributions and starts the payouts. Closing again does nothing more and answers with the present payouts.",
  ...scoped("dreamboards:write"),
  request: { headers: IdempotencyHeaders, params: BoardParam, body: jsonBody(CloseReason) },
  responses: {
    200: data(ClosedDreamBoardResource, "The closed board and its payouts"),
    202: data(ClosedDreamBoardResource, "The board is closed; lists will show it in a moment"),
    ...refusals("not_found", "conflict", "payload_too_large"),
  },
});

export const closeDreamBoardRoute = createRouter().openapi(route, async (c) => {
  const services = c.get("services");
  const { id: idOrSlug } = c.req.valid("param");
  const { reason } = c.req.valid("json");
  const answer = await repeatable(c, { route: route.operationId }, async () => {
    const { board, projected } = await closeBoard(services, { idOrSlug, reason });
    return { status: projected ? (200 as const) : (202 as const), data: presentClosing(board) };
  });
  return c.json(envelope(c, answer.data), answer.status);
});
