import { createMiddleware } from "hono/factory";
import { parseIpAddress } from "#platform/ip-address";
import type { Services } from "#platform/services";
import type { AppEnv } from "../app-env.ts";
import { admit } from "../door.ts";
import { turnAway } from "./turn-away.ts";

type Execution = Pick<ExecutionContext, "waitUntil" | "cache">;
export type ServicesFor = (env: Env, execution: Execution, requestId: string) => Services;

/** Gathers what the handlers of the request work with, and lets in what this host serves. */
export function requestContext(servicesFor: ServicesFor) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const origin = { email: null, ipAddress: parseIpAddress(c.req.header("CF-Connecting-IP")) };
    const services = { ...servicesFor(c.env, c.executionCtx, c.get("requestId")), origin };
    c.set("services", services);
    const { method, url, path } = c.req;
    const admission = admit(services.settings, { method, url, path });
    return admission.answer === "serve" ? await next() : turnAway(c, services, admission);
  });
}
