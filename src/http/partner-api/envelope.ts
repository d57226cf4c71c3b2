import type { ErrorDetail } from "#platform/errors";
import { type Meta, meta, type RequestContext } from "../error-envelope.ts";

/** `{data, meta}`: the shape of every response that is no error. (product-facts 12) */
export function envelope<Data>(c: RequestContext, data: Data): { data: Data; meta: Meta } {
  return { data, meta: meta(c) };
}

/** As `envelope`, with what was accepted and is probably wrong in `meta.warnings`. */
export function envelopeWithWarnings<Data>(c: RequestContext, data: Data, warnings: ErrorDetail[]) {
  return { data, meta: { ...meta(c), ...(warnings.length > 0 && { warnings }) } };
}

export type Page<Item> = { items: Item[]; nextCursor: string | null };

export function listEnvelope<Item>(c: RequestContext, { items, nextCursor }: Page<Item>) {
  return { data: items, pagination: { has_more: nextCursor !== null, next_cursor: nextCursor }, meta: meta(c) };
}
