import type { Context } from "hono";
import { METHOD_NAME_ALL } from "hono/router";
import { ChipInError } from "#platform/errors";
import { answerNoRoute, answerWithEnvelope } from "../error-envelope.ts";

type Routes = Readonly<{ routes: readonly { method: string; path: string }[] }>;

/** The answer where no route fits: 405 with `Allow` for a path that has other methods, else 404. `api` is mounted at `/v1`. */
export function answerNoMethod(api: Routes) {
  return (c: Context): Response => {
    const allowed = methodsOf(api, c.req.path.replace(/^\/v1/, "") || "/");
    if (allowed.length === 0) return answerNoRoute(c);
    const methods = allowed.join(", ");
    c.header("Allow", methods);
    return answerWithEnvelope(
      new ChipInError("method_not_allowed", `This path has no ${c.req.method}; it has ${methods}.`),
      c,
    );
  };
}

/** The methods that the path has. GET answers HEAD too. */
function methodsOf({ routes }: Routes, path: string): string[] {
  const fitting = routes.filter((route) => route.method !== METHOD_NAME_ALL && patternOf(route.path).test(path));
  const methods = new Set(fitting.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method])));
  return [...methods].sort();
}

/** `/dream-boards/:id` as a pattern of paths. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/:[a-z_]+/g, "[^/]+")}$`);
}
