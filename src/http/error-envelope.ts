import type { Context } from "hono";
import { ChipInError, type ErrorDetail } from "#platform/errors";
import { refuse, STATUS_OF } from "./errors.ts";

/** Any context that holds the id of its request. */
export type RequestContext = { get(key: "requestId"): string };

export type Meta = { request_id: string; timestamp: string };

export function meta(c: RequestContext): Meta {
  return { request_id: c.get("requestId"), timestamp: new Date().toISOString() };
}

/** `{error, meta}`: the shape of every error that a program reads. (product-facts 12) */
export function errorEnvelope(c: RequestContext, { code, message, details }: ChipInError) {
  const error: { code: typeof code; message: string; details?: readonly ErrorDetail[] } = { code, message };
  if (details.length > 0) error.details = details;
  return { error, meta: meta(c) };
}

/** The error handler of routers that programs call. */
export function answerWithEnvelope(error: Error, c: Context): Response {
  return envelopeOf(c, refuse(c, error));
}

/** For an address below such a router that has no route. */
export function answerNoRoute(c: Context): Response {
  return envelopeOf(c, new ChipInError("not_found", "There is no such route"));
}

function envelopeOf(c: Context, refusal: ChipInError): Response {
  return c.json(errorEnvelope(c, refusal), STATUS_OF[refusal.code]);
}
