import type { TestSite } from "./support.ts";

const METHODS = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"];

/**
 * Every registered path with each parameter filled in, by each of its methods, and the pattern it was made of. Middleware
 * counts as a path of any method.
 */
export function addressesOf(
  { routes }: Pick<TestSite, "routes">,
  named: string,
): [method: string, path: string, pattern: string][] {
  const filled = routes.flatMap(({ method, path }) =>
    (method === "ALL" ? METHODS : [method]).map((one): [string, string, string] => [
      one,
      path.replace(/:\w+(\{[^}]*\})?/g, named).replace("*", "anything"),
      path,
    ]),
  );
  return [...new Map(filled.map((address) => [address.join(" "), address])).values()];
}
