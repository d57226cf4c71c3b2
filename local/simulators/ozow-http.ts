import { createHash, randomUUID } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import type { OzowBooks } from "./ozow-books.ts";
import { ListQuery } from "./ozow-requests.ts";

export type OzowRefused = 400 | 401 | 403 | 404 | 409 | 429 | 503;
export type OzowEnv = { Variables: { scopes: string[] } };

const TITLES: Record<OzowRefused, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  429: "Too Many Requests",
  503: "Service Unavailable",
};

/** Thrown by a handler to refuse its request. */
export class OzowRefusal extends Error {
  override readonly name = "OzowRefusal";
  readonly status: OzowRefused;

  constructor(status: OzowRefused, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** An error as JSON:API writes it. */
export function refuse(c: Context, status: OzowRefused, detail = TITLES[status]): Response {
  const error = { id: randomUUID(), code: String(status), title: TITLES[status], detail };
  return c.json({ errors: [error] }, status);
}

export function needs(...anyOf: string[]): MiddlewareHandler<OzowEnv> {
  return async (c, next) => {
    if (anyOf.some((scope) => c.get("scopes").includes(scope))) return next();
    return refuse(c, 403, `the token lacks the scope ${anyOf.join(" or ")}`);
  };
}

/**
 * One write under its `Idempotency-Key`. A repeated payload is answered 200 with the first object, another payload 409.
 * `make` creates the object and returns its id, and `view` presents it.
 */
export async function once(
  c: Context,
  books: OzowBooks,
  make: (body: unknown) => string,
  view: (id: string) => object,
): Promise<Response> {
  const text = await c.req.text();
  const header = c.req.header("idempotency-key");
  const payload = createHash("sha256").update(text).digest("hex");
  const key = header && `${c.req.path} ${header}`;
  const known = key ? books.keys.get(key) : undefined;
  if (known && known.payload !== payload) return refuse(c, 409, "this Idempotency-Key was used for another payload");
  if (known) return c.json(view(known.id), 200);
  const id = make(parse(text));
  if (key) books.record({ kind: "key", use: { key, payload, id } });
  return c.json(view(id), 201);
}

/** One page of a list between two dates, oldest first. */
export function list<Item extends { siteCode?: string }>(
  c: Context,
  items: readonly Item[],
  dateOf: (item: Item) => string,
  view: (item: Item) => object,
): Response {
  const { fromDate, toDate, siteCode, limit, offset } = ListQuery.parse(c.req.query());
  const within = items.filter((item) => {
    const at = Date.parse(dateOf(item));
    const atSite = !siteCode || !item.siteCode || item.siteCode === siteCode;
    return atSite && at >= Date.parse(fromDate) && at <= Date.parse(toDate);
  });
  return c.json({ results: within.slice(offset, offset + limit).map(view) });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new OzowRefusal(400, "the body is not JSON");
  }
}
