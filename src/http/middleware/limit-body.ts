import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { ChipInError } from "#platform/errors";
import type { AppEnv } from "../app-env.ts";
import { MAX_BODY_BYTES, payloadTooLarge } from "../errors.ts";

type Answers = Readonly<{
  tooLarge(c: Context<AppEnv>): Response;
  /** The caller hung up: no answer reaches it, and nothing here failed. */
  brokenOff(c: Context<AppEnv>): Response;
}>;

/** Bodies of up to `maxBytes`, 64 KB unless given; the body of a GET is not read. One whose length is not announced is read here, and may break off while it is. */
export function limitBody({ tooLarge, brokenOff }: Answers, maxBytes = MAX_BODY_BYTES) {
  const limit = bodyLimit({ maxSize: maxBytes, onError: tooLarge });
  return createMiddleware<AppEnv>(async (c, next) => {
    if (c.req.method === "GET" || c.req.method === "HEAD") return await next();
    let isRead = false;
    try {
      return await limit(c, () => {
        isRead = true;
        return next();
      });
    } catch (error) {
      if (isRead || error instanceof ChipInError) throw error;
      return brokenOff(c);
    }
  });
}

/** The limit for routers whose error handler answers a body that is too large. */
export const refuseLargeBodies = limitBody({
  tooLarge: () => {
    throw payloadTooLarge();
  },
  brokenOff: (c) => c.body(null, 400),
});
