import { randomUUID } from "node:crypto";
import { eq, type SQL, sql } from "drizzle-orm";
import { afterAll, expect, it } from "vitest";
import { postgresError } from "../../src/database/errors.ts";
import { auditLogs } from "../../src/database/schema.ts";
import { startTestDatabase } from "../support/database.ts";

const { db, stop } = await startTestDatabase();
afterAll(stop);

const YEAR_MS = 365.25 * 86_400_000;
const at = (years: number) => new Date(Date.now() - years * YEAR_MS);

async function aRow(createdAt: Date) {
  const id = randomUUID();
  const person = {
    actorType: "admin",
    actorId: randomUUID(),
    actorEmail: "nomsa@example.org",
    ipAddress: "102.65.1.7",
  } as const;
  const values = {
    id,
    ...person,
    action: "thing.done",
    targetType: "thing",
    targetId: id,
    metadata: { a: 1 },
    createdAt,
  };
  await db.insert(auditLogs).values(values);
  return values;
}

const outcomeOf = (query: Promise<unknown>) =>
  query.then(
    () => "accepted",
    (error: unknown) => postgresError(error)?.message ?? error,
  );

const REFUSED = (what: string) => `audit_logs is append-only: ${what} is refused`;

it("an audit row takes no change but the erasure of e-mail and address", async () => {
  const updates: [SQL, string][] = [
    [sql`action = 'other'`, REFUSED("UPDATE")],
    [sql`id = gen_random_uuid()`, REFUSED("UPDATE")],
    [sql`actor_type = 'system'`, REFUSED("UPDATE")],
    [sql`actor_id = NULL`, REFUSED("UPDATE")],
    [sql`actor_email = 'eve@example.org'`, REFUSED("UPDATE")],
    [sql`ip_address = '10.0.0.1'`, REFUSED("UPDATE")],
    [sql`target_type = 'other'`, REFUSED("UPDATE")],
    [sql`target_id = 'other'`, REFUSED("UPDATE")],
    [sql`metadata = '{}'`, REFUSED("UPDATE")],
    [sql`metadata = NULL`, REFUSED("UPDATE")],
    [sql`created_at = now()`, REFUSED("UPDATE")],
    [sql`ip_address = NULL, metadata = NULL`, REFUSED("UPDATE")],
    [sql`actor_email = NULL, action = 'other'`, REFUSED("UPDATE")],
    [sql`ip_address = NULL`, "accepted"],
    [sql`actor_email = NULL`, "accepted"],
    [sql`ip_address = NULL, actor_email = NULL`, "accepted"],
    [sql`ip_address = '102.65.1.7'`, REFUSED("UPDATE")],
  ];
  const row = await aRow(at(0));
  const outcomes: string[] = [];
  for (const [change] of updates) {
    outcomes.push(String(await outcomeOf(db.execute(sql`UPDATE audit_logs SET ${change} WHERE id = ${row.id}`))));
  }

  expect(outcomes).toEqual(updates.map(([, outcome]) => outcome));
  const [left] = await db.select().from(auditLogs).where(eq(auditLogs.id, row.id));
  expect(left).toEqual({ ...row, actorEmail: null, ipAddress: null });
});

it("an old audit row is changed no more than a new one", async () => {
  const { id } = await aRow(at(8));

  expect(await outcomeOf(db.update(auditLogs).set({ action: "other" }).where(eq(auditLogs.id, id)))).toBe(
    REFUSED("UPDATE"),
  );
});

it("an audit row is deleted after seven years and not before, and never by truncating", async () => {
  const [young, old] = [await aRow(at(6.99)), await aRow(at(7.01))];
  const remove = ({ id }: { id: string }) => outcomeOf(db.delete(auditLogs).where(eq(auditLogs.id, id)));

  expect([await remove(young), await remove(old)]).toEqual([REFUSED("DELETE"), "accepted"]);
  expect(await outcomeOf(db.execute(sql`TRUNCATE audit_logs`))).toBe(REFUSED("TRUNCATE"));
  const left = await db.select({ id: auditLogs.id }).from(auditLogs);
  expect(left.map(({ id }) => id)).toContain(young.id);
  expect(left.map(({ id }) => id)).not.toContain(old.id);
});
