import { type Context, type Env, type Handler, Hono } from "hono";
import type { AppEnv } from "./app-env.ts";
import { answerNoPage } from "./guest-pages/answer-error.ts";

/** The context of a request that a loaded router answers, by the request. */
const contexts = new WeakMap<Request, Context<AppEnv>>();

/**
 * Hands requests on to a router whose module is loaded with the first of them. The router's paths are whole. It finds the same
 * services as its caller, and what it throws its caller answers.
 */
export function lazily<E extends Env>(load: () => Promise<Hono<E>>): Handler<AppEnv> {
  let loaded: Hono<AppEnv> | null = null;
  return async (c) => {
    loaded ??= around(await load());
    contexts.set(c.req.raw, c);
    return await loaded.fetch(c.req.raw, c.env, c.executionCtx);
  };
}

function around<E extends Env>(router: Hono<E>): Hono<AppEnv> {
  const outer = new Hono<AppEnv>();
  outer.onError((error) => {
    throw error;
  });
  outer.notFound(answerNoPage);
  outer.use(async (c, next) => {
    const caller = contexts.get(c.req.raw);
    if (!caller) throw new Error("the request came by no caller");
    c.set("services", caller.var.services);
    c.set("requestId", caller.var.requestId);
    await next();
  });
  outer.route("/", router);
  return outer;
}
