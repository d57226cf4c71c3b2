import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { sql } from "drizzle-orm";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { connect, ping, QUERY_TIMEOUT_MS } from "../../src/database/client.ts";
import { isUnavailable, postgresError, violates } from "../../src/database/errors.ts";

let respond: (response: ServerResponse) => void;
const server = createServer((request, response) => request.resume().on("end", () => respond(response)));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;
const db = connect({ databaseUrl: "postgres://a:b@c/d", neonHttpEndpoint: `http://127.0.0.1:${port}/sql` });

afterAll(() => {
  server.closeAllConnections();
  server.close();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const answering = (status: number, body: unknown) => {
  respond = (response) => response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
};
const thrownBy = (query: Promise<unknown>): Promise<unknown> =>
  query.then(
    () => expect.fail("the query went through"),
    (error: unknown) => error,
  );

describe("isUnavailable", () => {
  it.each([
    { code: "08006", unavailable: true, why: "the connection broke" },
    { code: "53300", unavailable: true, why: "there are too many clients" },
    { code: "57P01", unavailable: true, why: "Postgres is shutting down" },
    { code: "57P03", unavailable: true, why: "Postgres is starting up" },
    { code: "57014", unavailable: true, why: "a timeout cancelled the query" },
    { code: "58030", unavailable: true, why: "the disk failed" },
    { code: "40001", unavailable: true, why: "the transaction was not serializable" },
    { code: "40P01", unavailable: true, why: "there was a deadlock" },
    { code: "55P03", unavailable: true, why: "a lock was not granted in time" },
    { code: "25006", unavailable: true, why: "a standby answered" },
    { code: "28P01", unavailable: true, why: "the password is wrong" },
    { code: "3D000", unavailable: true, why: "the database does not exist yet" },
    { code: "40002", unavailable: false, why: "a constraint failed at commit" },
    { code: "23505", unavailable: false, why: "a value is a duplicate" },
    { code: "23514", unavailable: false, why: "a check failed" },
    { code: "22P02", unavailable: false, why: "a value has the wrong form" },
    { code: "42601", unavailable: false, why: "the statement is not SQL" },
  ])("isUnavailable is $unavailable for SQLSTATE $code: $why", async ({ code, unavailable }) => {
    answering(400, { message: "no", code });

    const error = await thrownBy(ping(db));

    expect(isUnavailable(error)).toBe(unavailable);
    expect(postgresError(error)).toEqual({ code, message: "no", constraint: null, table: null });
  });

  it.each([
    { status: 400, body: { message: "Couldn't connect to compute node", code: "" }, unavailable: true },
    { status: 429, body: "slow down", unavailable: true },
    { status: 500, body: { message: "internal" }, unavailable: true },
    { status: 502, body: "<html>", unavailable: true },
    { status: 503, body: { message: "paused" }, unavailable: true },
    { status: 413, body: "", unavailable: false },
    { status: 507, body: { message: "response is too large" }, unavailable: false },
  ])("isUnavailable is $unavailable for HTTP $status with $body", async ({ status, body, unavailable }) => {
    answering(status, body);

    const error = await thrownBy(ping(db));

    expect(isUnavailable(error)).toBe(unavailable);
    expect(postgresError(error)).toBeNull();
  });

  it("isUnavailable is true when the connection breaks before or during an answer", async () => {
    respond = (response) => response.destroy();
    const before = await thrownBy(ping(db));
    respond = (response) => {
      response.writeHead(200, { "Content-Length": 1_000 }).write('{"fields":', () => response.destroy());
    };
    const within = await thrownBy(ping(db));

    expect([before, within].map(isUnavailable)).toEqual([true, true]);
  });

  it("isUnavailable is true after the query timeout, whether or not an answer has begun", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const overdue = async (query: Promise<unknown>, answer: (response: ServerResponse) => void) => {
      const failure = thrownBy(query);
      await new Promise<void>((asked) => {
        respond = (response) => {
          answer(response);
          asked();
        };
      });
      vi.advanceTimersByTime(QUERY_TIMEOUT_MS);
      return failure;
    };

    const silent = await overdue(ping(db), () => undefined);
    const slow = await overdue(db.batch([db.execute(sql`SELECT 1`)]), (response) => {
      response.writeHead(200).write('{"fields":');
    });

    expect([silent, slow].map(isUnavailable)).toEqual([true, true]);
    expect(String((silent as Error).cause)).toContain("the query took too long");
  });

  it.each([
    new TypeError("x is not a function"),
    new Error("no", { cause: new RangeError() }),
    "text",
    null,
    undefined,
  ])("isUnavailable is false for %s, which is no database error", (error) => {
    expect(isUnavailable(error)).toBe(false);
    expect(postgresError(error)).toBeNull();
  });
});

describe("violates", () => {
  it("violates recognises the constraint in the errors of a single query and of a batch", async () => {
    answering(400, { message: "duplicate", code: "23505", constraint: "hosts_email_key", table: "hosts" });
    const wrapped = await thrownBy(ping(db));
    const bare = await thrownBy(db.batch([db.execute(sql`SELECT 1`)]));

    for (const error of [wrapped, bare]) {
      expect(violates(error, "hosts_email_key")).toBe(true);
      expect(violates(error, "unique_partners_name")).toBe(false);
      expect(postgresError(error)).toMatchObject({ table: "hosts" });
    }
  });
});

describe("the timeout of a query", () => {
  it("a finished query clears its timer, which would keep a board's object awake", async () => {
    const started = vi.spyOn(globalThis, "setTimeout");
    const cleared = vi.spyOn(globalThis, "clearTimeout");
    answering(200, { fields: [], rows: [], command: "SELECT", rowCount: 0, rowAsArray: true });

    await ping(db);

    const ours = started.mock.calls.findIndex(([, delay]) => delay === QUERY_TIMEOUT_MS);
    expect(cleared).toHaveBeenCalledWith(started.mock.results[ours]?.value);
  });
});
