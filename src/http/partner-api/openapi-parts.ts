import { z } from "@hono/zod-openapi";
import { API_VERSION } from "#domain/api-version";
import { ERROR_CODES, type ErrorCode, type ErrorDetail } from "#platform/errors";
import { MAX_BODY_BYTES, STATUS_OF } from "../errors.ts";
import { publicIdOf } from "./schemas/ids.ts";

/** A required JSON body. Without `required`, a body without content type would not be validated. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema, examples?: Record<string, { value: unknown }>) {
  return { required: true, content: { "application/json": { schema, ...(examples && { examples }) } } } as const;
}

const Meta = z
  .object({
    request_id: publicIdOf("request").openapi({ description: "Quote it when you write to us" }),
    timestamp: z.iso.datetime().openapi({ example: "2026-12-01T08:00:00.000Z" }),
  })
  .openapi("Meta");

const Warnings = z
  .array(z.object({ field: z.string(), reason: z.string() }))
  .optional()
  .openapi({
    description:
      "Fields that were accepted and are probably wrong, and pictures that could not be copied; absent when there are none",
    example: [{ field: "karri_card_number", reason: "fails the checksum of card numbers" }],
  });

/** As `data`, for a route that may warn about a field. */
export function dataWithWarnings<Schema extends z.ZodType>(schema: Schema, description: string) {
  const envelope = z.object({ data: schema, meta: Meta.extend({ warnings: Warnings }) });
  return { description, headers: ANSWER_HEADERS, content: { "application/json": { schema: envelope } } };
}

/** A response in the envelope. */
export function data<Schema extends z.ZodType>(schema: Schema, description: string) {
  const envelope = z.object({ data: schema, meta: Meta });
  return { description, headers: ANSWER_HEADERS, content: { "application/json": { schema: envelope } } };
}

/** Of a write whose answer is kept under its idempotency key. */
export function withReplay<Response extends { headers: object }>(response: Response) {
  return { ...response, headers: { ...response.headers, ...refsTo("Idempotent-Replayed") } };
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
  return { description, headers: ANSWER_HEADERS, content: { "application/json": { schema: page } } };
}

export const ErrorEnvelope = z
  .object({
    error: z.object({
      code: z.enum(ERROR_CODES).openapi({ description: "Decide by it, never by `message`" }),
      message: z.string().openapi({ description: "A sentence for people" }),
      details: z
        .array(z.object({ field: z.string(), reason: z.string() }))
        .optional()
        .openapi({ description: "Every field that is wrong, and what it must be" }),
    }),
    meta: Meta,
  })
  .openapi("Error");

type ErrorKind = Readonly<{
  /** Its name in the document. */
  name: string;
  meaning: string;
  example: string;
  details?: readonly ErrorDetail[];
  headers?: readonly HeaderName[];
}>;

export const ERROR_KINDS: Record<ErrorCode, ErrorKind> = {
  unauthorized: {
    name: "Unauthorized",
    meaning: "The API key is missing, malformed, unknown, expired or revoked.",
    example: "The API key is missing or not valid.",
    headers: ["WWW-Authenticate"],
  },
  forbidden: {
    name: "Forbidden",
    meaning: "The API key lacks the scope, or may not be used from the address of the request.",
    example: "This API key lacks the scope dreamboards:write.",
  },
  not_found: {
    name: "NotFound",
    meaning: "There is no such resource, or it belongs to another partner.",
    example: "There is no such dream board.",
  },
  method_not_allowed: {
    name: "MethodNotAllowed",
    meaning: "The path has no such method; `Allow` names those it has.",
    example: "This path has no DELETE; it has GET, HEAD.",
    headers: ["Allow"],
  },
  validation_error: {
    name: "ValidationError",
    meaning: "The path, query, headers or body are invalid; `details` names every such field.",
    example: "Some fields are invalid; see details.",
    details: [{ field: "goal_cents", reason: "must be a whole number of cents from 2000 to 2147483647" }],
  },
  conflict: {
    name: "Conflict",
    meaning: "The state does not allow it, or the idempotency key was used for another request.",
    example: "This idempotency key was already used for another request.",
    headers: ["Retry-After"],
  },
  rate_limited: {
    name: "RateLimited",
    meaning: "Too many requests; nothing was done. Wait as long as `Retry-After` says.",
    example: "This partner may make 100 requests within a minute; try again in 12 seconds.",
    headers: ["Retry-After"],
  },
  payload_too_large: {
    name: "PayloadTooLarge",
    meaning: `The body is larger than ${MAX_BODY_BYTES / 1024} KB.`,
    example: "The request body may hold at most 64 KB.",
  },
  upstream_unavailable: {
    name: "UpstreamUnavailable",
    meaning: "A service that ChipIn asks cannot be reached; nothing was done. Wait as long as `Retry-After` says.",
    example: "Karri cannot be asked about this card right now, so no board was opened; try again in a few minutes.",
    headers: ["Retry-After"],
  },
  unavailable: {
    name: "Unavailable",
    meaning: "A part of ChipIn is down; nothing was done. Wait as long as `Retry-After` says.",
    example: "ChipIn cannot do this right now; try again shortly.",
    headers: ["Retry-After"],
  },
  internal_error: {
    name: "InternalError",
    meaning: "A fault of ChipIn, which has been alerted.",
    example: "Something went wrong on our side.",
  },
};

/** The errors of every route behind a key. */
const COMMON_ERRORS = [
  "validation_error",
  "unauthorized",
  "forbidden",
  "rate_limited",
  "unavailable",
  "internal_error",
] as const;

/** The error responses of a route: the common ones and those named. */
export function refusals(...codes: readonly ErrorCode[]) {
  const entries = [...codes, ...COMMON_ERRORS].map((code) => {
    return [STATUS_OF[code], { $ref: `#/components/responses/${ERROR_KINDS[code].name}` }] as const;
  });
  // The type is empty because handlers throw errors and never return them.
  return Object.fromEntries(entries) as Record<never, never>;
}

const number = { type: "integer" as const };
const text = { type: "string" as const };

/** Every header of an answer. */
export const RESPONSE_HEADERS = {
  "X-Request-Id": { description: "Request id, for support", schema: text },
  "Chipin-Version": { description: "The API version of the answer", schema: { ...text, example: API_VERSION } },
  "X-RateLimit-Limit": {
    description: "Requests you may make in this hour, or, when too many came in a minute, in a minute",
    schema: number,
  },
  "X-RateLimit-Remaining": { description: "How many of them are left", schema: number },
  "X-RateLimit-Reset": { description: "When there are more, in seconds since 1970", schema: number },
  "RateLimit-Policy": {
    description: "Both limits: `q` requests within `w` seconds (draft-ietf-httpapi-ratelimit-headers)",
    schema: { ...text, example: '"hour";q=1000;w=3600, "burst";q=100;w=60' },
  },
  RateLimit: {
    description: "How many requests are left of each (`r`), and in how many seconds there are more (`t`)",
    schema: { ...text, example: '"hour";r=998;t=1740, "burst";r=98;t=61' },
  },
  "Retry-After": { description: "In how many seconds the same request may succeed", schema: number },
  "Idempotent-Replayed": {
    description: "`true` when this is the stored answer to an earlier request with the same `Idempotency-Key`",
    schema: { ...text, example: "true" },
  },
  "WWW-Authenticate": { description: "How to send a key", schema: { ...text, example: 'Bearer realm="ChipIn"' } },
  Allow: { description: "The methods of this path", schema: { ...text, example: "GET, HEAD" } },
};
export type HeaderName = keyof typeof RESPONSE_HEADERS;

const ON_EVERY_ANSWER: readonly HeaderName[] = ["X-Request-Id", "Chipin-Version"];
const ON_KEYED_ANSWERS: readonly HeaderName[] = [
  "X-RateLimit-Limit",
  "X-RateLimit-Remaining",
  "X-RateLimit-Reset",
  "RateLimit-Policy",
  "RateLimit",
];
/** Errors that may come before there is a key to count for. */
const WITHOUT_QUOTA: readonly ErrorCode[] = ["unauthorized", "method_not_allowed"];

/** References to the headers in the document's components. */
function refsTo(...names: readonly HeaderName[]) {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

const ANSWER_HEADERS = refsTo(...ON_EVERY_ANSWER, ...ON_KEYED_ANSWERS);

/** The response component of an error code. */
export function errorResponse(code: ErrorCode) {
  const { meaning, example: message, details, headers = [] } = ERROR_KINDS[code];
  const quota = WITHOUT_QUOTA.includes(code) ? [] : ON_KEYED_ANSWERS;
  const meta = { request_id: "req_01k9v2m3q4e8xavkz6m1t7h5ws", timestamp: "2026-12-01T08:00:00.000Z" };
  const example = { error: { code, message, ...(details && { details: [...details] }) }, meta };
  return {
    description: meaning,
    headers: refsTo(...ON_EVERY_ANSWER, ...quota, ...headers),
    content: { "application/json": { schema: { $ref: "#/components/schemas/Error" }, example } },
  };
}
