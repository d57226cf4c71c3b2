import { z } from "@hono/zod-openapi";
import { ERROR_CODES, type ErrorCode } from "#platform/errors";
import { STATUS_OF } from "../errors.ts";

/** A request body that must be there and must be JSON. (Without `required`, a body with no content type would pass unread.) */
export function jsonBody<Schema extends z.ZodType>(schema: Schema, examples?: Record<string, { value: unknown }>) {
  return { required: true, content: { "application/json": { schema, ...(examples && { examples }) } } } as const;
}

const Meta = z
  .object({
    request_id: z.string().openapi({ example: "req_01k9v2m3q4e8xavkz6m1t7h5ws" }),
    timestamp: z.iso.datetime(),
  })
  .openapi("Meta");

/** An answer in the envelope. */
export function data<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, headers, content: { "application/json": { schema: z.object({ data: schema, meta: Meta }) } } };
}

const Pagination = z
  .object({
    has_more: z.boolean(),
    next_cursor: z.string().nullable().openapi({ description: "Send it as `after` to get the next page" }),
  })
  .openapi("Pagination");

/** One page of a list in the envelope. */
export function list<Schema extends z.ZodType>(schema: Schema, description: string) {
  const page = z.object({ data: z.array(schema), pagination: Pagination, meta: Meta });
  return { description, headers, content: { "application/json": { schema: page } } };
}

const ErrorEnvelope = z
  .object({
    error: z.object({
      code: z.enum(ERROR_CODES),
      message: z.string(),
      details: z
        .array(z.object({ field: z.string(), reason: z.string() }))
        .optional()
        .openapi({ example: [{ field: "goal_cents", reason: "must be at least 2000" }] }),
    }),
    meta: Meta,
  })
  .openapi("Error");

const MEANINGS: Record<ErrorCode, string> = {
  unauthorized: "The API key is missing, malformed, unknown or inactive",
  forbidden: "The API key lacks the scope",
  not_found: "There is no such resource, or it belongs to another partner",
  validation_error: "Something in the body, query or headers is not usable; `details` names every such field",
  conflict: "The state does not allow it, or the idempotency key was used for another request",
  rate_limited: "Too many requests; wait as long as `Retry-After` says",
  payload_too_large: "The body is larger than 64 KB",
  unavailable: "A part ChipIn needs is away; nothing was done; wait as long as `Retry-After` says",
  internal_error: "Our mistake",
};

/** Errors any route behind a key can give; `refusals` adds them. */
const ALWAYS = ["unauthorized", "forbidden", "rate_limited", "unavailable", "internal_error"] as const;

/** The errors of a route: those every route can give, and the ones named. */
export function refusals(...codes: readonly ErrorCode[]) {
  const entries = [...codes, ...ALWAYS].map((code) => {
    const content = { "application/json": { schema: ErrorEnvelope } };
    return [STATUS_OF[code], { description: MEANINGS[code], headers, content }] as const;
  });
  // Typed as nothing, on purpose: handlers throw errors, they never return them.
  return Object.fromEntries(entries) as Record<never, never>;
}

const headers = {
  "X-Request-Id": { description: "Names this request in our log", schema: { type: "string" as const } },
};
