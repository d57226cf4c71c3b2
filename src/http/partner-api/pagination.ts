import { timingSafeEqual } from "node:crypto";
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Position } from "#database/keyset";
import { hmacOf } from "#platform/hmac";
import type { PartnerEnv } from "./create-router.ts";
import type { Page } from "./envelope.ts";
import { Instant } from "./schemas/fields.ts";
import { invalid } from "./validation.ts";

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;
const MAC_BYTES = 16;
const POSITION = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([0-9a-f-]{36})$/;

const limitError = `must be a whole number from 1 to ${MAX_LIMIT}`;

const Moment = (description: string) =>
  Instant.transform((text) => new Date(text))
    .optional()
    .openapi({ type: "string", format: "date-time", description, example: "2026-12-01T00:00:00Z" });

/** For lists that can be cut by time: a window that begins with one instant and ends before the other. */
export const CreatedQuery = z.object({
  created_after: Moment("Created at this instant or later"),
  created_before: Moment("Created before this instant"),
});

/** The query of a list; add the list's own filters with `.extend`. */
export const PageQuery = z.object({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, limitError)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= MAX_LIMIT, limitError)
    .default(DEFAULT_LIMIT)
    .openapi({ type: "integer", minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }),
  after: z
    .string()
    .max(500, "is not a cursor of this list")
    .optional()
    .openapi({ description: "`next_cursor` of the page before" }),
});

/** A cursor is valid for one partner, one endpoint and one filter. */
export type CursorScope = Readonly<{ pepper: string; partnerId: string; endpoint: string; filter: string }>;

export function writeCursor(scope: CursorScope, { createdAt, id }: Position): string {
  return signPlace(scope, `${createdAt} ${id}`);
}

/** A cursor of a list whose places are not those of `Position`. */
export function signPlace(scope: CursorScope, place: string): string {
  return `${Buffer.from(place).toString("base64url")}.${macOf(scope, place).toString("base64url")}`;
}

/** @throws ChipInError `validation_error` for a cursor of another list and for a changed cursor. */
export function readCursor(scope: CursorScope, cursor: string): Position {
  const [, createdAt, id] = POSITION.exec(readPlace(scope, cursor)) ?? [];
  if (!createdAt || !id) throw notOfThisList();
  return { createdAt, id };
}

/** What `signPlace` signed. @throws ChipInError as `readCursor`. */
export function readPlace(scope: CursorScope, cursor: string): string {
  const [encoded = "", mac = ""] = cursor.split(".");
  const place = Buffer.from(encoded, "base64url").toString();
  const given = Buffer.from(mac, "base64url");
  const isGenuine = given.length === MAC_BYTES && timingSafeEqual(given, macOf(scope, place));
  // Decoding base64 accepts several spellings. Only the one that was issued is valid.
  if (!isGenuine || cursor !== signPlace(scope, place)) throw notOfThisList();
  return place;
}

const notOfThisList = () => invalid([{ field: "after", reason: "is not a cursor of this list" }]);

function macOf({ pepper, partnerId, endpoint, filter }: CursorScope, position: string): Buffer {
  const signed = ["cursor", partnerId, endpoint, filter, position].join("\n");
  return hmacOf(pepper).update(signed).digest().subarray(0, MAC_BYTES);
}

type Query = Readonly<{ limit: number; after?: string | undefined }>;
type List = Readonly<{
  /** The operationId. */
  endpoint: string;
  /** What the rows are chosen by, beside the partner. A cursor is valid for the same choice only. */
  filter: Readonly<Record<string, unknown>>;
}>;

/** One page of a list of the calling partner. `read` gives at most `limit` rows after a position, newest first. */
export async function readPage<Row extends { position: string; id: string }>(
  c: Context<PartnerEnv>,
  { limit, after: cursor }: Query,
  { endpoint, filter }: List,
  read: (page: { after: Position | undefined; limit: number }) => Promise<Row[]>,
): Promise<Page<Row>> {
  const { API_KEY_PEPPER: pepper } = c.get("services").settings;
  const { partnerId } = c.get("apiKey");
  const scope = { pepper, partnerId, endpoint, filter: JSON.stringify(filter) };
  const after = cursor === undefined ? undefined : readCursor(scope, cursor);
  // One row more than the page tells whether another page follows.
  return pageOf(await read({ after, limit: limit + 1 }), limit, scope);
}

/** The first `limit` of `rows`. The caller reads one row more, which tells whether another page follows. */
export function pageOf<Row extends { position: string; id: string }>(rows: Row[], limit: number, scope: CursorScope) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, nextCursor: more ? writeCursor(scope, { createdAt: last.position, id: last.id }) : null };
}
