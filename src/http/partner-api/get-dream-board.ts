import { createRoute } from "@hono/zod-openapi";
import { getBoard } from "#boards/read-board";
import { copyWarnings, presentBoard } from "#wire/board";
import { createRouter } from "./create-router.ts";
import { envelopeWithWarnings } from "./envelope.ts";
import { dataWithWarnings, refusals } from "./openapi-parts.ts";
import { DreamBoardResource } from "./schemas/dream-board.ts";
import { BoardParam } from "./schemas/ids.ts";
import { scoped } from "./scoped.ts";

const route = createRoute({
  method: "get",
  path: "/dream-boards/{id}",
  operationId: "getDreamBoard",
  tags: ["Dream boards"],
  summary: "Get a dream board",
  ...scoped("dreamboards:read"),
  request: { params: BoardParam },
  responses: { 200: dataWithWarnings(DreamBoardResource, "The board"), ...refusals("not_found") },
});

export const getDreamBoardRoute = createRouter().openapi(route, async (c) => {
  const services = c.get("services");
  const { id } = c.req.valid("param");
  const board = await getBoard(services, { kind: "partner", partnerId: c.get("apiKey").partnerId }, id);
  const resource = presentBoard(board, services.settings.PUBLIC_ORIGIN);
  return c.json(envelopeWithWarnings(c, resource, copyWarnings(board)), 200);
});
