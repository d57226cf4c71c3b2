import { createRoute } from "@hono/zod-openapi";
import { listContributions } from "#boards/list-contributions";
import { getBoard } from "#boards/read-board";
import { presentContribution } from "#wire/contribution";
import { createRouter } from "./create-router.ts";
import { listEnvelope } from "./envelope.ts";
import { list, refusals } from "./openapi-parts.ts";
import { type CursorScope, PageQuery, pageOf, readCursor } from "./pagination.ts";
import { ContributionResource, PaymentStatus } from "./schemas/contribution.ts";
import { BoardParam } from "./schemas/ids.ts";
import { scoped } from "./scoped.ts";

const route = createRoute({
  method: "get",
  path: "/dream-boards/{id}/contributions",
  operationId: "listContributions",
  tags: ["Contributions"],
  summary: "List a board's contributions",
  ...scoped("contributions:read"),
  request: { params: BoardParam, query: PageQuery.extend({ status: PaymentStatus.optional() }) },
  responses: {
    200: list(ContributionResource, "A page of contributions"),
    ...refusals("not_found", "validation_error"),
  },
});

export const listContributionsRoute = createRouter().openapi(route, async (c) => {
  const services = c.get("services");
  const { partnerId } = c.get("apiKey");
  const { status, limit, after: cursor } = c.req.valid("query");
  const board = await getBoard(services, { kind: "partner", partnerId }, c.req.valid("param").id);
  const filter = `${board.id} ${status ?? ""}`;
  const { API_KEY_PEPPER: pepper } = services.settings;
  const scope: CursorScope = { pepper, partnerId, endpoint: route.operationId, filter };

  const after = cursor === undefined ? undefined : readCursor(scope, cursor);
  // One row more than the page tells whether another page follows.
  const rows = await listContributions(services, { partnerId, boardId: board.id, status, after, limit: limit + 1 });

  const { items, nextCursor } = pageOf(rows, limit, scope);
  return c.json(listEnvelope(c, { items: items.map(presentContribution), nextCursor }), 200);
});
