import { neon } from "@neondatabase/serverless";
import { eq, sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { createNeonGateway } from "../../local/neon-gateway.ts";
import { usePostgres } from "../../local/postgres/server.ts";
import { connect } from "../../src/database/client.ts";
import { isUnavailable, postgresError } from "../../src/database/errors.ts";
import { apiKeys, contributions, hosts, partners, webhookEvents } from "../../src/database/schema.ts";
import { dreamBoardsWithTotals } from "../../src/database/views.ts";
import { aBoard, aHost, aPartner, listen, startTestDatabase, unique } from "../support/database.ts";

const database = await startTestDatabase();
const { db, gateway } = database;
afterAll(() => database.stop());

const aContribution = (board: { id: string; partnerId: string }, amountCents: number) => ({
  partnerId: board.partnerId,
  dreamBoardId: board.id,
  amountCents,
  feeCents: 300,
  paymentProvider: "payfast" as const,
  paymentRef: unique("ref"),
  paymentStatus: "completed" as const,
});

describe("a query through the driver", () => {
  it("a query writes and reads back every type that the schema uses", async () => {
    const partner = await aPartner(db);
    const created = new Date("2027-01-02T03:04:05.678Z");
    const key = {
      partnerId: partner.id,
      partnerName: 'Žlutý "kůň" \\ 🎂',
      keyHash: "hash",
      keyPrefix: "cpk_live_abc",
      scopes: ["dreamboards:read", 'a "b"', "c\\d", "e,f", "NULL", ""],
      rateLimit: 7,
      isActive: false,
      createdAt: created,
      lastUsedAt: null,
    };
    const payload = { text: "zażółć", list: [1, null, { deep: [true] }], nothing: null, number: 12.5, quote: '"\\' };

    const [storedKey] = await db.insert(apiKeys).values(key).returning();
    const [event] = await db
      .insert(webhookEvents)
      .values({ apiKeyId: storedKey?.id, eventType: "contribution.received", payload })
      .returning();

    expect(storedKey).toMatchObject(key);
    expect(event).toMatchObject({ payload, attempts: 0, status: "pending", lastAttemptAt: null });
  });

  it("a query returns dates, inet, generated columns and bigints of views in the types of the schema", async () => {
    const board = await aBoard(db);
    const [contribution] = await db
      .insert(contributions)
      .values({ ...aContribution(board, 300_000), ipAddress: "2001:db8::1" })
      .returning();
    const [totals] = await db.select().from(dreamBoardsWithTotals).where(eq(dreamBoardsWithTotals.id, board.id));

    expect(contribution).toMatchObject({ netCents: 299_700, ipAddress: "2001:db8::1" });
    expect(totals).toEqual({ ...board, raisedCents: 299_700, contributionCount: 1, overflowCents: 49_700 });
    expect(totals?.birthdayDate).toBe("2027-03-14");
    expect(totals?.deadline).toEqual(new Date("2027-03-13T22:00:00Z"));
  });

  it("a raw query returns typed cells, the row count and the command", async () => {
    const result = await db.execute(sql`
      SELECT 7::int4 AS four, 7::int8 AS eight, true AS yes, NULL::text AS nothing, ARRAY['a', NULL]::text[] AS list,
        '{"a": [1]}'::jsonb AS json, 1.50::numeric AS exact, '2027-01-02 03:04:05+00'::timestamptz AS at`);

    expect(result).toMatchObject({ command: "SELECT", rowCount: 1 });
    expect(result.rows).toEqual([
      {
        four: 7,
        eight: "7",
        yes: true,
        nothing: null,
        list: ["a", null],
        json: { a: [1] },
        exact: "1.50",
        at: "2027-01-02 03:04:05+00",
      },
    ]);
    expect(await db.execute(sql`DELETE FROM hosts WHERE false`)).toMatchObject({ command: "DELETE", rowCount: 0 });
  });

  it("the error of a query has the fields of the Postgres error in its cause", async () => {
    const host = await aHost(db);
    const error = await db
      .insert(hosts)
      .values({ email: host.email })
      .catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      cause: { code: "23505", severity: "ERROR", schema: "public", routine: "_bt_check_unique" },
    });
    expect(postgresError(error)).toMatchObject({ code: "23505", constraint: "hosts_email_key", table: "hosts" });
    expect(isUnavailable(error)).toBe(false);
  });

  it("a query with two statements is refused", async () => {
    const error = await db.execute(sql`SELECT 1; SELECT 2`).catch((thrown: unknown) => thrown);

    expect(postgresError(error)?.code).toBe("42601");
  });

  it("a query with BEGIN leaves no transaction open for the next query", async () => {
    const name = unique("partner");
    await db.execute(sql`BEGIN`);
    await db.insert(partners).values({ name });
    await db.execute(sql`ROLLBACK`);

    expect(await db.select().from(partners).where(eq(partners.name, name))).toHaveLength(1);
  });
});

describe("a batch", () => {
  it("a batch is one round trip and one transaction", async () => {
    const [first, second] = [unique("partner"), unique("partner")];
    const before = gateway.requests;

    const [inserted, , times] = await db.batch([
      db.insert(partners).values({ name: first }).returning({ name: partners.name }),
      db.insert(partners).values({ name: second }),
      db.execute<{ txid: string }>(sql`SELECT count(*) FROM partners WHERE created_at = now()`),
    ]);

    expect(gateway.requests - before).toBe(1);
    expect(inserted).toEqual([{ name: first }]);
    expect(times.rows).toEqual([{ count: "2" }]);
  });

  it("a batch writes nothing when one of its statements fails", async () => {
    const name = unique("partner");
    const insert = () => db.insert(partners).values({ name });

    const error = await db.batch([insert(), insert()]).catch((thrown: unknown) => thrown);

    expect(postgresError(error)).toMatchObject({ code: "23505", constraint: "unique_partners_name" });
    expect(await db.select().from(partners).where(eq(partners.name, name))).toEqual([]);
  });

  it("a batch runs at the requested isolation level and in the requested mode", async () => {
    const client = neon(database.databaseUrl);
    const show = [client`SHOW transaction_isolation`, client`SHOW transaction_read_only`];

    const [isolation, readOnly] = await client.transaction(show, { isolationLevel: "Serializable", readOnly: true });
    const write = client.transaction([client`DELETE FROM hosts`], { readOnly: true });

    expect([isolation, readOnly]).toEqual([
      [{ transaction_isolation: "serializable" }],
      [{ transaction_read_only: "on" }],
    ]);
    await expect(write).rejects.toMatchObject({ code: "25006" });
  });

  it.runIf(database.isRealPostgres)("concurrent batches run as separate transactions", async () => {
    const { id } = await aPartner(db, { name: unique("0") });
    const names = Array.from({ length: 40 }, (_, index) => unique(String(index)));

    await Promise.all(
      names.map((name) =>
        db.batch([
          db.execute(sql`SELECT 1 FROM partners WHERE id = ${id} FOR UPDATE`),
          db.update(partners).set({ name }).where(eq(partners.id, id)),
          db.insert(partners).values({ name: `${name}-copy` }),
        ]),
      ),
    );

    const [{ name } = { name: "" }] = await db.select().from(partners).where(eq(partners.id, id));
    expect(names).toContain(name);
    expect(await db.$count(partners, sql`name LIKE '%-copy'`)).toBe(40);
  });
});

describe("a gateway without its Postgres", () => {
  it("a paused gateway refuses queries and serves them again once it is resumed", async () => {
    gateway.pause();
    const error = await db.execute(sql`SELECT 1`).catch((thrown: unknown) => thrown);
    gateway.resume();

    expect(isUnavailable(error)).toBe(true);
    expect(postgresError(error)).toBeNull();
    expect((await db.execute(sql`SELECT 1 AS one`)).rows).toEqual([{ one: 1 }]);
  });

  it("a gateway without a reachable Postgres answers 503, which the driver reports as unavailable", async () => {
    const url = "postgres://someone:hunter2@127.0.0.1:1/chipin";
    const absent = usePostgres(url);
    const lone = createNeonGateway(absent);
    const { port, close } = await listen((request) => lone.handle(request));

    const error = await connect({ databaseUrl: url, neonHttpEndpoint: `http://127.0.0.1:${port}/sql` })
      .execute(sql`SELECT 1`)
      .catch((thrown: unknown) => thrown);
    await close();
    await absent.stop();

    expect(String((error as Error).cause)).toMatch(/HTTP status 503.*cannot reach Postgres at 127\.0\.0\.1:1/);
    expect(String((error as Error).cause)).not.toContain("hunter2");
    expect(isUnavailable(error)).toBe(true);
  });

  it.runIf(database.isRealPostgres)(
    "the gateway opens new connections after the server has terminated the old ones",
    async () => {
      await Promise.all(Array.from({ length: 5 }, () => db.execute(sql`SELECT pg_sleep(0.05)`)));
      const sleeper = db.execute(sql`SELECT pg_sleep(60)`).catch((thrown: unknown) => thrown);
      await expect.poll(() => sleepers(), { timeout: 5_000 }).toBe(1);

      // The server terminates all connections but the one of this query.
      const terminated = await db.execute(sql`${CUT_OTHERS}`);
      const error = await sleeper;

      expect(terminated.rowCount).toBeGreaterThan(0);
      expect(isUnavailable(error)).toBe(true);
      await expect
        .poll(
          () =>
            db.execute(sql`SELECT 1 AS one`).then(
              ({ rows }) => rows,
              () => null,
            ),
          { timeout: 5_000 },
        )
        .toEqual([{ one: 1 }]);
    },
  );
});

const CUT_OTHERS = sql`
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;

async function sleepers(): Promise<number> {
  const { rows } = await db.execute(sql`
    SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event = 'PgSleep'`);
  return Number(rows[0]?.count);
}

describe("POST /sql", () => {
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    gateway.handle(
      new Request("http://gateway/sql", {
        method: "POST",
        headers: { "Neon-Connection-String": "postgres://a:b@c/d", "Neon-Raw-Text-Output": "true", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    );

  it("POST /sql answers rows as objects of text unless arrays are requested", async () => {
    const query = { query: "SELECT $1::int AS n, $2::text AS t", params: [5, null] };
    const fields = [
      { name: "n", dataTypeID: 23, dataTypeSize: 4, format: "text", tableID: 0, columnID: 0, dataTypeModifier: -1 },
      { name: "t", dataTypeID: 25, dataTypeSize: -1, format: "text", tableID: 0, columnID: 0, dataTypeModifier: -1 },
    ];
    const counted = { fields, command: "SELECT", rowCount: 1 };
    const asObject = { ...counted, rows: [{ n: "5", t: null }], rowAsArray: false };
    const asArray = { ...counted, rows: [["5", null]], rowAsArray: true };

    expect(await (await post(query)).json()).toEqual(asObject);
    expect(await (await post(query, { "Neon-Array-Mode": "true" })).json()).toEqual(asArray);
    expect(await (await post({ queries: [query, { ...query, arrayMode: true }] })).json()).toEqual({
      results: [asObject, asArray],
    });
  });

  it.each([
    ["a boolean", true, "boolean", "t"],
    ["a number", 1.5, "numeric", "1.5"],
    ["an object", { a: 'x"y' }, "jsonb", '{"a": "x\\"y"}'],
    ["an array", ['a "b"', "c\\d", null, "NULL", ""], "text[]", '{"a \\"b\\"","c\\\\d",NULL,"NULL",""}'],
    [
      "an array of arrays",
      [
        [1, 2],
        [3, null],
      ],
      "int[]",
      "{{1,2},{3,NULL}}",
    ],
    ["an array of objects", [{ a: 1 }], "jsonb[]", '{"{\\"a\\": 1}"}'],
  ])("POST /sql accepts %s as a parameter", async (_, param, type, text) => {
    const answer = await post({ query: `SELECT $1::${type} AS value`, params: [param] });

    expect(await answer.json()).toMatchObject({ rows: [{ value: text }] });
  });

  it.each([
    ["a body that is not JSON", "{", {}],
    ["a body without a query", { params: [] }, {}],
    ["parameters that are not a list", { query: "SELECT 1", params: {} }, {}],
    ["queries that are not a list", { queries: {} }, {}],
    ["a query that is null", { queries: [null] }, {}],
    ["an unknown isolation level", { queries: [{ query: "SELECT 1" }] }, { "Neon-Batch-Isolation-Level": "Chaos" }],
    ["a request without a connection string", { query: "SELECT 1" }, { "Neon-Connection-String": "" }],
  ])("POST /sql answers %s with 400 and a message without an SQLSTATE", async (_, body, headers) => {
    const answer = await post(body, headers);

    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ message: expect.any(String) });
  });

  it("POST /sql answers with every field of a Postgres error, and null where it has none", async () => {
    const answer = await post({ query: "SELECT nothing FROM hosts" });

    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      message: 'column "nothing" does not exist',
      code: "42703",
      severity: "ERROR",
      position: "8",
      detail: null,
      hint: null,
      internalPosition: null,
      internalQuery: null,
      where: null,
      schema: null,
      table: null,
      column: null,
      dataType: null,
      constraint: null,
      file: "parse_relation.c",
      line: expect.stringMatching(/^\d+$/),
      routine: "errorMissingColumn",
    });
  });
});
