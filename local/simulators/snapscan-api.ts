import { type Context, Hono } from "hono";
import type { SnapscanSimulator } from "./snapscan.ts";
import type { SnapscanPayment } from "./snapscan-payment.ts";

type SnapscanErrorStatus = 400 | 401 | 404 | 429 | 503;

const MESSAGES: Record<SnapscanErrorStatus, string> = {
  400: "Bad request",
  401: "Unauthorised",
  404: "Not found",
  429: "Too many requests",
  503: "Service unavailable",
};
const EQUALS = ["merchantReference", "snapCode", "snapCodeReference", "userReference", "statementReference"] as const;
const MOST_PER_PAGE = 100;

/** SnapScan's merchant API under `/snapscan/merchant/api/v1`: payments, read only. */
export function snapscanApi(snapscan: SnapscanSimulator): Hono {
  const { books, options } = snapscan;
  // The key is the user name and the password is empty. The colon is required.
  const credential = `Basic ${Buffer.from(`${options.apiKey}:`).toString("base64")}`;
  const api = new Hono();
  api.use(snapscan.api.guard((c, status) => refuse(c, status)));
  api.use(async (c, next) => (c.req.header("authorization") === credential ? next() : refuse(c, 401)));

  api.get("/payments", (c) => {
    const { page = "1", perPage = "50", offset = "0", ...filters } = c.req.query();
    const [number, size, skipped] = [Number(page), Number(perPage), Number(offset)];
    const whole = [number, size, skipped].every((value) => Number.isInteger(value) && value >= 0);
    if (!whole || number < 1 || size < 1) return refuse(c, 400);
    const found = [...books.payments.values()].filter(filter(filters)).toSorted((a, b) => b.id - a.id);
    return answerPage(c, found, { number, size: Math.min(size, MOST_PER_PAGE), skipped });
  });
  api.get("/payments/:id", (c) => {
    const payment = books.payments.get(Number(c.req.param("id")));
    return payment ? c.json(payment) : refuse(c, 404);
  });
  api.all("*", (c) => refuse(c, 404));
  return api;
}

/** `startDate` is inclusive and `endDate` exclusive. `status` is a comma-separated list. */
function filter(by: Record<string, string>): (payment: SnapscanPayment) => boolean {
  const statuses = by.status?.split(",");
  return (payment) =>
    EQUALS.every((name) => by[name] === undefined || payment[name] === by[name]) &&
    (!statuses || statuses.includes(payment.status)) &&
    (!by.startDate || Date.parse(payment.date) >= Date.parse(by.startDate)) &&
    (!by.endDate || Date.parse(payment.date) < Date.parse(by.endDate));
}

function answerPage(
  c: Context,
  found: SnapscanPayment[],
  { number, size, skipped }: { number: number; size: number; skipped: number },
): Response {
  const pages = Math.ceil(found.length / size);
  const start = skipped + (number - 1) * size;
  return c.json(found.slice(start, start + size), 200, {
    "X-Total": String(found.length),
    "X-Total-Pages": String(pages),
    "X-Page": String(number),
    "X-Per-Page": String(size),
    "X-Next-Page": number < pages ? String(number + 1) : "",
    "X-Prev-Page": number > 1 ? String(number - 1) : "",
    "X-Offset": String(skipped),
  });
}

function refuse(c: Context, status: SnapscanErrorStatus): Response {
  return c.json({ message: MESSAGES[status] }, status);
}
