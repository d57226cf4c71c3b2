import { createRoute } from "@hono/zod-openapi";
import { getBoard } from "#boards/read-board";
import { listContributions } from "#boards/read-contributions";
import { presentContribution } from "#wire/contribution";
import { createRouter } from "./create-router.ts";
import { listEnvelope } from "./envelope.ts";
import { list, refusals } from "./openapi-parts.ts";
import { PageQuery, readPage } from "./pagination.ts";
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
    ...refusals("not_found"),
  },
});

export const listContributionsRoute = createRouter().openapi(route, async (c) => {
  const services = c.get("services");
  const { partnerId } = c.get("apiKey");
  const { status, ...query } = c.req.valid("query");
  const { id: boardId } = await getBoard(services, { kind: "partner", partnerId }, c.req.valid("param").id);
  const list = { endpoint: route.operationId, filter: { boardId, status } };
  const { items, nextCursor } = await readPage(c, query, list, (page) =>
    listContributions(services, { partnerId, boardId, status, ...page }),
  );
  return c.json(listEnvelope(c, { items: items.map(presentContribution), nextCursor }), 200);
});
