import { createRoute, z } from "@hono/zod-openapi";
import { listBoards } from "#boards/list-boards";
import { presentBoard } from "#wire/board";
import { createRouter } from "./create-router.ts";
import { listEnvelope } from "./envelope.ts";
import { list, refusals } from "./openapi-parts.ts";
import { CreatedQuery, PageQuery, readPage } from "./pagination.ts";
import { BoardStatus, DreamBoardResource } from "./schemas/dream-board.ts";
import { scoped } from "./scoped.ts";

const HostEmailDigest = z
  .string()
  .transform((text) => text.toLowerCase())
  .refine((text) => /^[0-9a-f]{64}$/.test(text), "must be a SHA-256 in 64 hexadecimal digits")
  .optional()
  .openapi({
    type: "string",
    minLength: 64,
    maxLength: 64,
    description:
      "Boards of one host: the SHA-256, in hexadecimal, of the `payout_email` that opened them, trimmed and in lower case. " +
      "A digest, because addresses in URLs end up in logs",
    example: "ee9cd2a3ead6d5cc3b5b0bc3cb19592544d1abf56500a5d9eb87129220ea9236",
  });

const Filter = CreatedQuery.extend({ status: BoardStatus.optional(), host_email_digest: HostEmailDigest });

const route = createRoute({
  method: "get",
  path: "/dream-boards",
  operationId: "listDreamBoards",
  tags: ["Dream boards"],
  summary: "List dream boards",
  description: "Newest first, as of a moment ago. A board that was opened after your first page is not on a later one.",
  ...scoped("dreamboards:read"),
  request: { query: PageQuery.extend(Filter.shape) },
  responses: { 200: list(DreamBoardResource, "A page of boards"), ...refusals() },
});

export const listDreamBoardsRoute = createRouter().openapi(route, async (c) => {
  const services = c.get("services");
  const { partnerId, sandbox } = c.get("apiKey");
  const { limit, after, ...filter } = c.req.valid("query");
  const { status, created_after: from, created_before: before, host_email_digest: hostEmailDigest } = filter;
  const list = { endpoint: route.operationId, filter };
  const { items, nextCursor } = await readPage(c, { limit, after }, list, (page) =>
    listBoards(services, { partnerId, sandbox, status, created: { from, before }, hostEmailDigest, ...page }),
  );
  const presented = items.map((board) => presentBoard(board, services.settings.PUBLIC_ORIGIN));
  return c.json(listEnvelope(c, { items: presented, nextCursor }), 200);
});
