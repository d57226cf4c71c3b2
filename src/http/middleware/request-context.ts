import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { newRequestId } from "#domain/ids";
import { parseIpAddress } from "#platform/ip-address";
import type { Services } from "#platform/services";
import type { AppEnv } from "../app-env.ts";

type Execution = Pick<ExecutionContext, "waitUntil" | "cache">;
export type ServicesFor = (env: Env, execution: Execution, requestId: string) => Services;

const SWITCHING_PROTOCOLS = 101;

/**
 * Names the request and gathers what its handlers work with. The id is always ours: one sent by the caller would let
 * strangers write into our log.
 */
export function requestContext(servicesFor: ServicesFor) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const requestId = newRequestId(new Date());
    c.set("requestId", requestId);
    c.header("X-Request-Id", requestId);
    const origin = { email: null, ipAddress: parseIpAddress(c.req.header("CF-Connecting-IP")) };
    c.set("services", { ...servicesFor(c.env, c.executionCtx, requestId), origin });

    await next();

    // A response made without the context has not seen the header above; an upgrade must not be touched.
    if (c.res.status !== SWITCHING_PROTOCOLS && !c.res.headers.has("X-Request-Id")) addHeaders(c, requestId);
  });
}

function addHeaders(c: Context<AppEnv>, requestId: string): void {
  try {
    c.res.headers.set("X-Request-Id", requestId);
  } catch {
    // What a fetch returned may not be changed; this copies it, which answers of our own need not pay for.
    c.header("X-Request-Id", requestId);
  }
}
