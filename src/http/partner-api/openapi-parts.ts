import { z } from "@hono/zod-openapi";
import { ERROR_CODES, type ErrorCode } from "#platform/errors";
import { STATUS_OF } from "../errors.ts";

/** A required JSON body. Without `required`, a body without content type would not be validated. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema, examples?: Record<string, { value: unknown }>) {
  return { required: true, content: { "application/json": { schema, ...(examples && { examples }) } } } as const;
}

const Meta = z
  .object({
    request_id: z.string().openapi({ example: "req_01k9v2m3q4e8xavkz6m1t7h5ws" }),
    timestamp: z.iso.datetime(),
  })
  .openapi("Meta");

const Warnings = z
  .array(z.object({ field: z.string(), reason: z.string() }))
  .optional()
  .openapi({
    description: "Fields that were accepted and are probably wrong; absent when there are none",
    example: [{ field: "karri_card_number", reason: "fails the checksum of card numbers" }],
  });

/** As `data`, for a route that may accept a field with a warning. */
export function dataWithWarnings<Schema extends z.ZodType>(schema: Schema, description: string) {
  const envelope = z.object({ data: schema, meta: Meta.extend({ warnings: Warnings }) });
  return { description, headers, content: { "application/json": { schema: envelope } } };
}

/** A response in the envelope. */
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
  validation_error: "The body, query or headers are invalid; `details` names every such field",
  conflict: "The state does not allow it, or the idempotency key was used for another request",
  rate_limited: "Too many requests; wait as long as `Retry-After` says",
  payload_too_large: "The body is larger than 64 KB",
  upstream_unavailable: "A service that ChipIn asks cannot be reached; nothing was done; try again later",
  unavailable: "A part of ChipIn is down; nothing was done; wait as long as `Retry-After` says",
  internal_error: "A fault of ChipIn",
};

/** The errors of every route behind a key. */
const COMMON_ERRORS = ["unauthorized", "forbidden", "rate_limited", "unavailable", "internal_error"] as const;

/** The error responses of a route: the common ones and those named. */
export function refusals(...codes: readonly ErrorCode[]) {
  const entries = [...codes, ...COMMON_ERRORS].map((code) => {
    const content = { "application/json": { schema: ErrorEnvelope } };
    return [STATUS_OF[code], { description: MEANINGS[code], headers, content }] as const;
  });
  // The type is empty because handlers throw errors and never return them.
  return Object.fromEntries(entries) as Record<never, never>;
}

const number = { type: "integer" as const };
const text = { type: "string" as const };

const headers = {
  "X-Request-Id": { description: "The id of this request in ChipIn's log", schema: text },
  "X-RateLimit-Limit": {
    description: "Requests you may make in this hour, or, when too many came in a minute, in a minute",
    schema: number,
  },
  "X-RateLimit-Remaining": { description: "How many of them are left", schema: number },
  "X-RateLimit-Reset": { description: "When there are more, in seconds since 1970", schema: number },
  "RateLimit-Policy": {
    description: "Both limits: `q` requests within `w` seconds (draft-ietf-httpapi-ratelimit-headers)",
    schema: text,
    example: '"hour";q=1000;w=3600, "burst";q=100;w=60',
  },
  RateLimit: {
    description: "How many requests are left of each (`r`), and in how many seconds there are more (`t`)",
    schema: text,
    example: '"hour";r=998;t=1740, "burst";r=98;t=61',
  },
};
