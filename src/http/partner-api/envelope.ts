import { type Meta, meta, type Named } from "../error-envelope.ts";

/** `{data, meta}`: the shape of every answer that is not an error. (product-facts 12) */
export function envelope<Data>(c: Named, data: Data): { data: Data; meta: Meta } {
  return { data, meta: meta(c) };
}

export type Page<Item> = { items: Item[]; nextCursor: string | null };

export function listEnvelope<Item>(c: Named, { items, nextCursor }: Page<Item>) {
  return { data: items, pagination: { has_more: nextCursor !== null, next_cursor: nextCursor }, meta: meta(c) };
}
