import { z } from "@hono/zod-openapi";
import { codeOf } from "#boards/call-board";
import { type IdKind, parsePublicId } from "#domain/ids";

/** Ids as the examples show them. */
export const EXAMPLE_IDS = {
  board: "db_01k9v2m3q4e8xav8k3m9q2rtw5",
  contribution: "con_01k9v2m3q4e8xavkz6m1t7h5ws",
  payout: "po_01k9v2m3q4e8xavkz6m1t7h5ws",
  webhookEndpoint: "wh_01k9v2m3q4e8xavkz6m1t7h5ws",
  event: "evt_01k9v2m3q4e8xavkz6m1t7h5ws",
  apiKey: "key_01k9v2m3q4e8xavkz6m1t7h5ws",
  request: "req_01k9v2m3q4e8xavkz6m1t7h5ws",
} as const satisfies Record<IdKind, string>;

/** An id in an answer. */
export const publicIdOf = (kind: IdKind) => z.string().openapi({ example: EXAMPLE_IDS[kind] });

/** The `{id}` of a path: the prefixed form or the bare UUID, read as the UUID. What cannot be read is answered 400. */
export function idParam(kind: IdKind) {
  return z.object({ id: queryId(kind).openapi({ param: { name: "id", in: "path" } }) });
}

/** As in `idParam`, of a query. */
export function queryId(kind: IdKind) {
  const example = EXAMPLE_IDS[kind];
  const error = `must be an id like ${example}, or a UUID`;
  return z
    .string()
    .refine((text) => parsePublicId(kind, text) !== null, error)
    .transform((text) => parsePublicId(kind, text) ?? text)
    .openapi({ type: "string", description: "The id, or the bare UUID", example });
}

/** As `idParam`, for a board, which its slug names too. */
export const BoardParam = z.object({
  id: z
    .string()
    .refine((idOrSlug) => codeOf({ idOrSlug }) !== null, `must be an id like ${EXAMPLE_IDS.board}, a UUID or a slug`)
    .openapi({
      param: { name: "id", in: "path" },
      description: "The board's id (`db_…`, or the bare UUID) or its slug",
      example: "maya-birthday-8k3m9q2rtw",
    }),
});
