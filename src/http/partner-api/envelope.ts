import { type Meta, meta, type RequestContext } from "../error-envelope.ts";

/** `{data, meta}`: the shape of every response that is no error. (product-facts 12) */
export function envelope<Data>(c: RequestContext, data: Data): { data: Data; meta: Meta } {
  return { data, meta: meta(c) };
}

export type Page<Item> = { items: Item[]; nextCursor: string | null };

export function listEnvelope<Item>(c: RequestContext, { items, nextCursor }: Page<Item>) {
  return { data: items, pagination: { has_more: nextCursor !== null, next_cursor: nextCursor }, meta: meta(c) };
}
