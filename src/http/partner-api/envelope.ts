import type { ChipInError, ErrorDetail } from "#platform/errors";

/** Any context that holds the id of its request. */
type RequestContext = { get(key: "requestId"): string };

type Meta = { request_id: string; timestamp: string };

/** `{data, meta}`: the shape of every response that is no error. (product-facts 12) */
export function envelope<Data>(c: RequestContext, data: Data): { data: Data; meta: Meta } {
  return { data, meta: meta(c) };
}

export type Page<Item> = { items: Item[]; nextCursor: string | null };

export function listEnvelope<Item>(c: RequestContext, { items, nextCursor }: Page<Item>) {
  return { data: items, pagination: { has_more: nextCursor !== null, next_cursor: nextCursor }, meta: meta(c) };
}

export function errorEnvelope(c: RequestContext, { code, message, details }: ChipInError) {
  const error: { code: typeof code; message: string; details?: readonly ErrorDetail[] } = { code, message };
  if (details.length > 0) error.details = details;
  return { error, meta: meta(c) };
}

function meta(c: RequestContext): Meta {
  return { request_id: c.get("requestId"), timestamp: new Date().toISOString() };
}
