import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { auditInsert, writeAudit } from "#audit/write-audit";
import { auditLogs } from "#database/schema";
import { type Actor, ADMIN } from "#domain/board/actor";
import { newId } from "#domain/ids";
import { startTestDatabase, type TestDatabase, unique } from "../support/database.ts";
import { testServices } from "../webhooks/support.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
afterEach(() => database.gateway.resume());

const rowsAbout = (targetId: string) => database.db.select().from(auditLogs).where(eq(auditLogs.targetId, targetId));

const HOST_ID = "0199b3c4-1234-7abc-8def-0123456789ab";
const ORIGIN = { email: "nomsa@example.org", ipAddress: "102.65.1.7" };
const PERSON = { actorEmail: ORIGIN.email, ipAddress: ORIGIN.ipAddress };
const NOBODY = { actorEmail: null, ipAddress: null };

it.each<[Actor, Partial<typeof auditLogs.$inferSelect>]>([
  [{ kind: "system" }, { actorType: "system", actorId: null, ...NOBODY, metadata: { by: "hand" } }],
  [{ kind: "admin" }, { actorType: "admin", actorId: null, ...PERSON, metadata: { by: "hand" } }],
  [
    { kind: "admin", adminId: HOST_ID },
    { actorType: "admin", actorId: HOST_ID, ...PERSON, metadata: { by: "hand" } },
  ],
  [
    { kind: "host", hostId: HOST_ID },
    { actorType: "host", actorId: HOST_ID, ...PERSON, metadata: { by: "hand" } },
  ],
  [
    { kind: "partner", partnerId: "p1", apiKeyId: "k1" },
    { actorType: "system", actorId: null, ...NOBODY, metadata: { by: "hand", partner_id: "p1", api_key_id: "k1" } },
  ],
])("the audit row of an act by %j names the actor as in the specification", async (actor, expected) => {
  const { services, clock } = testServices(database);
  const target = { type: "thing", id: unique("thing") };

  await writeAudit({ ...services, actor, origin: ORIGIN }, { action: "thing.done", target, metadata: { by: "hand" } });

  expect(await rowsAbout(target.id)).toMatchObject([
    { ...expected, action: "thing.done", targetType: "thing", createdAt: clock.now },
  ]);
});

it("writeAudit raises an alert instead of failing while Postgres is away", async () => {
  const { services, logged } = testServices(database);
  database.gateway.pause();

  await writeAudit({ ...services, actor: ADMIN }, { action: "thing.done", target: { type: "thing", id: "7" } });

  expect(logged).toMatchObject([
    { event: "audit_not_written", alert: true, action: "thing.done", target: "7", request_id: "req_test" },
  ]);
});

it("auditInsert with the id of an existing row writes no second row", async () => {
  const { services } = testServices(database);
  const target = { type: "thing", id: unique("thing") };
  const entry = { id: newId(services.now()), action: "thing.done", target } as const;

  await auditInsert(services, entry);
  await auditInsert(services, entry);

  expect(await rowsAbout(target.id)).toMatchObject([{ id: entry.id, metadata: {} }]);
});
