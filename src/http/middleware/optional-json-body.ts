import { createMiddleware } from "hono/factory";
import { HTTPException } from "hono/http-exception";

const JSON_TYPE = /^application\/([a-z-.]+\+)?json\b/i;

/**
 * For a request that may come without a body: an empty one is an empty object, whatever its declared type, and one of another type
 * is refused. The validator skips both.
 */
export const optionalJsonBody = createMiddleware(async (c, next) => {
  // Hono keeps promises in the cache, whatever its type says.
  if ((await c.req.text()) === "") Object.assign(c.req.bodyCache, { text: Promise.resolve("{}") });
  else if (!JSON_TYPE.test(c.req.header("Content-Type") ?? "")) throw new HTTPException(415);
  await next();
});
