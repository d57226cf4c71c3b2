import { createRoute } from "@hono/zod-openapi";
import { and, desc, eq } from "drizzle-orm";
import { getBoard } from "#boards/read-board";
import { contributions } from "#database/schema";
import { presentContribution } from "#wire/contribution";
import { listEnvelope } from "./envelope.ts";
import { list, refusals } from "./openapi.ts";
import { after, type CursorScope, PageQuery, pageOf, positionOf, readCursor } from "./pagination.ts";
import { createRouter } from "./router.ts";
import { Contribution, PaymentStatus } from "./schemas/contribution.ts";
import { BoardParam } from "./schemas/dream-board.ts";
import { scoped } from "./scoped.ts";

const route = createRoute({
  method: "get",
  path: "/dream-boards/{id}/contributions",
  operationId: "listContributions",
  tags: ["Contributions"],
  summary: "The contributions of a board, newest first",
  ...scoped("contributions:read"),
  request: { params: BoardParam, query: PageQuery.extend({ status: PaymentStatus.optional() }) },
  responses: { 200: list(Contribution, "A page of contributions"), ...refusals("not_found", "validation_error") },
});

export const listContributions = createRouter().openapi(route, async (c) => {
  const { settings, database, ...services } = c.get("services");
  const { partnerId } = c.get("apiKey");
  const { status, limit, after: cursor } = c.req.valid("query");
  const board = await getBoard({ settings, database, ...services }, partnerId, c.req.valid("param").id);
  const filter = `${board.id} ${status ?? ""}`;
  const scope: CursorScope = { pepper: settings.API_KEY_PEPPER, partnerId, endpoint: route.operationId, filter };

  const rows = await database
    .select({
      id: contributions.id,
      dreamBoardId: contributions.dreamBoardId,
      contributorName: contributions.contributorName,
      message: contributions.message,
      amountCents: contributions.amountCents,
      feeCents: contributions.feeCents,
      netCents: contributions.netCents,
      paymentStatus: contributions.paymentStatus,
      createdAt: contributions.createdAt,
      position: positionOf(contributions.createdAt),
    })
    .from(contributions)
    .where(
      and(
        eq(contributions.dreamBoardId, board.id),
        eq(contributions.partnerId, partnerId),
        status && eq(contributions.paymentStatus, status),
        cursor === undefined ? undefined : after(contributions, readCursor(scope, cursor)),
      ),
    )
    .orderBy(desc(contributions.createdAt), desc(contributions.id))
    .limit(limit + 1);

  const { items, nextCursor } = pageOf(rows, limit, scope);
  const presented = items.map((row) => presentContribution({ ...row, createdAt: row.createdAt.toISOString() }));
  return c.json(listEnvelope(c, { items: presented, nextCursor }), 200);
});
