import { neon, neonConfig } from "@neondatabase/serverless";
import { sql } from "drizzle-orm";
import { drizzle, type NeonHttpDatabase } from "drizzle-orm/neon-http";
import * as endpointTables from "./endpoint-tables.ts";
import * as eventTables from "./event-tables.ts";
import * as hostTables from "./host-tables.ts";
import * as monitoringTables from "./monitoring-tables.ts";
import * as ownTables from "./own-tables.ts";
import * as paymentTables from "./payment-tables.ts";
import * as payoutTables from "./payout-tables.ts";
import * as privacyTables from "./privacy-tables.ts";
import * as specified from "./schema.ts";
import * as sealingTables from "./sealing-tables.ts";
import * as views from "./views.ts";

/** Past this a query counts as failed. Whether it committed is then unknown, so whatever is retried must be idempotent. */
export const QUERY_TIMEOUT_MS = 8_000;

const schema = {
  ...specified,
  ...views,
  ...ownTables,
  ...paymentTables,
  ...payoutTables,
  ...privacyTables,
  ...monitoringTables,
  ...sealingTables,
  ...endpointTables,
  ...eventTables,
  ...hostTables,
};

/**
 * Postgres over HTTP: every query is one request, `batch([...])` is one transaction, `transaction()` does not exist.
 * Raw `execute(sql)` gives timestamps as Postgres prints them (drizzle sets the driver's parsers for the whole isolate)
 * and bigints as strings; typed selects give `Date` and number.
 */
export type Database = NeonHttpDatabase<typeof schema>;

export type DatabaseSettings = {
  databaseUrl: string;
  /** Only on the local platform and in tests: the gateway that stands in for Neon's, a full URL ending in `/sql`. */
  neonHttpEndpoint?: string | undefined;
};

// The driver knows one endpoint and one fetch per isolate; this is what lets two databases live in one.
const endpoints = new Map<string, string>();

/** Host, port and name: the driver rewrites the rest of the URL it was given. */
function databaseKey(databaseUrl: string): string {
  return /@([^?]*)/.exec(databaseUrl)?.[1] ?? databaseUrl;
}

type QueryRequest = RequestInit & { headers: Record<string, string> };

async function fetchInTime(url: string, init: QueryRequest): Promise<Response> {
  const endpoint = endpoints.get(databaseKey(init.headers["Neon-Connection-String"] ?? "")) ?? url;
  // As `untilTimeout` of `platform/in-time.ts`, which this room may not import: the timer must end with the query, or it keeps a
  // board's object awake, and billed, until it fires.
  const overdue = new AbortController();
  const timer = setTimeout(
    () => overdue.abort(new DOMException("the query took too long", "TimeoutError")),
    QUERY_TIMEOUT_MS,
  );
  try {
    const signal = init.signal ? AbortSignal.any([init.signal, overdue.signal]) : overdue.signal;
    const response = await fetch(endpoint, { ...init, signal });
    // Read to the end in here, where the driver takes a failure for a connection that broke, which it is.
    return new Response(await response.arrayBuffer(), response);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Costs no I/O and holds no socket, so it may be called at module scope and kept for the life of the isolate.
 * @throws Error when `databaseUrl` is not a Postgres URL.
 */
export function connect({ databaseUrl, neonHttpEndpoint }: DatabaseSettings): Database {
  neonConfig.fetchFunction = fetchInTime;
  if (neonHttpEndpoint === undefined) endpoints.delete(databaseKey(databaseUrl));
  else endpoints.set(databaseKey(databaseUrl), neonHttpEndpoint);
  return drizzle(neon(databaseUrl), { schema });
}

/** One round trip. @throws whatever a query throws; `isUnavailable` tells the kind. */
export async function ping(db: Database): Promise<void> {
  await db.execute(sql`SELECT 1`);
}
