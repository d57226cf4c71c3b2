import type { ChipInError, ErrorDetail } from "#platform/errors";

/** Any context that knows which request it answers. */
type Named = { get(key: "requestId"): string };

type Meta = { request_id: string; timestamp: string };

/** `{data, meta}`: the shape of every answer that is not an error. (product-facts 12) */
export function envelope<Data>(c: Named, data: Data): { data: Data; meta: Meta } {
  return { data, meta: meta(c) };
}

export type Page<Item> = { items: Item[]; nextCursor: string | null };

export function listEnvelope<Item>(c: Named, { items, nextCursor }: Page<Item>) {
  return { data: items, pagination: { has_more: nextCursor !== null, next_cursor: nextCursor }, meta: meta(c) };
}

export function errorEnvelope(c: Named, { code, message, details }: ChipInError) {
  const error: { code: typeof code; message: string; details?: readonly ErrorDetail[] } = { code, message };
  if (details.length > 0) error.details = details;
  return { error, meta: meta(c) };
}

function meta(c: Named): Meta {
  return { request_id: c.get("requestId"), timestamp: new Date().toISOString() };
}
