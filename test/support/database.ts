import { randomBytes, randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { createNeonGateway, type NeonGateway } from "../../local/neon-gateway.ts";
import type { Cluster } from "../../local/postgres/cached-cluster.ts";
import type { LocalPostgres } from "../../local/postgres/local-postgres.ts";
import { startPglite } from "../../local/postgres/pglite.ts";
import { usePostgres } from "../../local/postgres/server.ts";
import { migrate } from "../../migrations/migrate.ts";
import { connect, type Database } from "../../src/database/client.ts";
import { dreamBoards, hosts, partners } from "../../src/database/schema.ts";

export type TestDatabase = {
  /** The driver of production, over HTTP, as the Worker uses it. */
  db: Database;
  /** For settings of a Worker under test. */
  databaseUrl: string;
  neonHttpEndpoint: string;
  gateway: NeonGateway;
  /** Direct access without driver and gateway. */
  postgres: LocalPostgres;
  /** Only a real Postgres has concurrent connections. */
  isRealPostgres: boolean;
  stop(): Promise<void>;
};

/** A new empty database: embedded, or on the server of `TEST_POSTGRES_URL`, where `stop` drops it. */
export async function startEmptyPostgres(): Promise<LocalPostgres> {
  return await startPostgres("empty");
}

/** @param cluster what an embedded database begins with. One on a server is empty. */
async function startPostgres(cluster: Cluster): Promise<LocalPostgres> {
  const serverUrl = process.env.TEST_POSTGRES_URL;
  if (!serverUrl) return startPglite({ memory: cluster });
  const name = `chipin_test_${randomBytes(6).toString("hex")}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const postgres = usePostgres(url.href);
  return {
    ...postgres,
    stop: async () => {
      await postgres.stop();
      await onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** A migrated database behind a gateway on a free port. A test file has one, and each test its own partner. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const postgres = await startPostgres("migrated");
  await postgres.session((session) => migrate(session));
  const gateway = createNeonGateway(postgres);
  const { port, close } = await listen((request) => gateway.handle(request));
  const neonHttpEndpoint = `http://127.0.0.1:${port}/sql`;
  const databaseUrl = postgres.url ?? `postgres://chipin:chipin@127.0.0.1:${port}/chipin`;
  return {
    db: connect({ databaseUrl, neonHttpEndpoint }),
    databaseUrl,
    neonHttpEndpoint,
    gateway,
    postgres,
    isRealPostgres: postgres.kind === "postgres",
    stop: async () => {
      await close();
      await postgres.stop();
    },
  };
}

/** Serves `fetch` on a free port of this machine. */
export async function listen(fetch: (request: Request) => Response | Promise<Response>) {
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const started = serve({ fetch, port: 0, hostname: "127.0.0.1" }, () => resolve(started));
  });
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      if ("closeAllConnections" in server) server.closeAllConnections();
    });
  return { port, close };
}

async function onServer(url: string, text: string): Promise<void> {
  const server = usePostgres(url);
  try {
    await server.query({ text, params: [] });
  } finally {
    await server.stop();
  }
}

/** A unique short text. */
export const unique = (word: string) => `${word}-${randomBytes(5).toString("hex")}`;

export async function aPartner(db: Database, values: Partial<typeof partners.$inferInsert> = {}) {
  return one(
    await db
      .insert(partners)
      .values({ name: unique("partner"), ...values })
      .returning(),
  );
}

export async function aHost(db: Database, values: Partial<typeof hosts.$inferInsert> = {}) {
  return one(
    await db
      .insert(hosts)
      .values({ email: `${unique("host")}@example.org`, ...values })
      .returning(),
  );
}

/** An active Takealot board of R2,500. Creates its partner and host unless they are given. */
export async function aBoard(db: Database, values: Partial<typeof dreamBoards.$inferInsert> = {}) {
  const partnerId = values.partnerId ?? (await aPartner(db)).id;
  const hostId = values.hostId ?? (await aHost(db)).id;
  const rows = await db
    .insert(dreamBoards)
    .values({ ...boardValues(), ...values, partnerId, hostId })
    .returning();
  return one(rows);
}

const boardValues = () =>
  ({
    id: randomUUID(),
    slug: unique("maya-birthday"),
    childName: "Maya",
    childPhotoUrl: "/photos/maya.jpg",
    birthdayDate: "2027-03-14",
    giftType: "takealot_product",
    giftData: {
      type: "takealot_product",
      productUrl: "https://www.takealot.com/bicycle/PLID123",
      productName: "Bicycle",
      productImage: "https://media.takealot.com/bicycle.jpg",
      productPrice: 250_000,
    },
    goalCents: 250_000,
    payoutMethod: "takealot_gift_card",
    overflowGiftData: { causeId: "greenpop", causeName: "Plant Trees", impactDescription: "Plant 3 trees" },
    deadline: new Date("2027-03-13T22:00:00Z"),
    createdAt: new Date("2027-02-01T08:00:00Z"),
    status: "active",
    payoutEmail: "family@example.org",
  }) satisfies Partial<typeof dreamBoards.$inferInsert>;

function one<T>(rows: T[]): T {
  const [row] = rows;
  if (!row) throw new Error("the insert returned no row");
  return row;
}
