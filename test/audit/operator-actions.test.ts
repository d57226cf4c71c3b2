import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { boardEvents } from "#database/own-tables";
import { settlementDifferences } from "#database/payment-tables";
import { apiKeys, auditLogs, hosts } from "#database/schema";
import { SYSTEM } from "#domain/board/actor";
import { publicId } from "#domain/ids";
import type { Restored } from "#platform/objects";
import { OPERATOR, OPERATOR_HEADERS, type TestSite, testSite } from "../http/support.ts";
import { MemoryBoardObject } from "../support/board.ts";
import { aBoard, aPartner, startTestDatabase, type TestDatabase, unique } from "../support/database.ts";

/** Every act of an operator that no board event records leaves one audit row that names the person and the address. */
let database: TestDatabase;
let site: TestSite;
let restored: boolean;

beforeAll(async () => {
  database = await startTestDatabase();
  site = testSite(database, { board: () => new RestorableBoard({ now: () => site.clock.now }) });
});
afterAll(() => database.stop());

/** An object with a log. `restored` decides whether a restore succeeds. */
class RestorableBoard extends MemoryBoardObject {
  override inspect() {
    return { ...super.inspect(), headSeq: 3, projectedSeq: 3, restoring: true as const };
  }

  override restore(): Restored {
    return restored ? { restored: true } : { restored: false, reason: "it has a log of its own" };
  }
}

const ADDRESS = "2001:db8::7";
const NOTE = { note: "after the outage, ticket 4711" };

async function operate(path: string, body?: unknown) {
  const response = await site.request(`/internal${path}`, {
    method: "POST",
    headers: { ...OPERATOR_HEADERS, "CF-Connecting-IP": ADDRESS },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

async function auditsOf(targetType: string, targetId: string) {
  const rows = await database.db
    .select()
    .from(auditLogs)
    .where(and(eq(auditLogs.targetType, targetType), eq(auditLogs.targetId, targetId)))
    .orderBy(auditLogs.createdAt, auditLogs.action);
  const [person] = await database.db.select().from(hosts).where(eq(hosts.email, OPERATOR));
  const by = { actorType: "admin", actorId: person?.id, actorEmail: OPERATOR, ipAddress: ADDRESS };
  for (const row of rows) expect(row).toMatchObject(by);
  return rows.map(({ action, metadata }) => ({ action, metadata }));
}

async function aBoardWithALog(): Promise<string> {
  const { id } = await aBoard(database.db);
  await database.db.insert(boardEvents).values({
    dreamBoardId: id,
    seq: 1,
    at: site.clock.now,
    by: SYSTEM,
    v: 1,
    type: "board_expired",
    data: {},
    hash: "0".repeat(64),
  });
  return publicId("board", id);
}

it("making a partner leaves one audit row", async () => {
  const name = unique("Toy Town");
  const { status, body } = await operate("/partners", { name });

  expect(status).toBe(201);
  expect((await operate("/partners", { name })).status).toBe(409);
  expect(await auditsOf("partner", body.id)).toEqual([{ action: "partner.created", metadata: {} }]);
});

it("issuing an API key leaves one audit row about that key, and none for a partner that does not exist", async () => {
  const { id } = await aPartner(database.db);
  const { status, body } = await operate(`/partners/${id}/api-keys`, KEY);
  expect(status).toBe(201);

  const [key] = await database.db.select().from(apiKeys).where(eq(apiKeys.partnerId, id));
  expect(publicId("apiKey", key!.id)).toBe(body.id);
  expect(await auditsOf("api_key", body.id)).toEqual([{ action: "api_key.created", metadata: {} }]);
  const created = () => database.db.$count(auditLogs, eq(auditLogs.action, "api_key.created"));
  const before = await created();
  const unknown = await operate("/partners/0199b3c4-1234-7abc-8def-0123456789ab/api-keys", KEY);
  expect([unknown.status, unknown.body.error.code]).toEqual([404, "not_found"]);
  expect(await created()).toBe(before);
});
const KEY = { environment: "live", scopes: ["dreamboards:read"] };

it("pausing and resuming a provider leave one audit row each", async () => {
  await operate("/providers/snapscan/pause", { reason: "They are down" });
  await operate("/providers/snapscan/resume");

  expect(await auditsOf("payment_provider", "snapscan")).toEqual([
    { action: "provider.paused", metadata: { reason: "They are down" } },
    { action: "provider.resumed", metadata: {} },
  ]);
});

it("resolving a settlement difference leaves one audit row, even when two operators do it at once", async () => {
  const [difference] = await database.db
    .insert(settlementDifferences)
    .values({
      paymentProvider: "payfast",
      providerPaymentId: unique("pf"),
      kind: "missing_here",
      day: "2026-11-24",
      theirCents: 25_750,
      foundAt: site.clock.now,
    })
    .returning();
  const resolve = () => operate(`/settlement-differences/${difference!.id}/resolve`, { note: "A test of theirs" });

  const statuses = (await Promise.all([resolve(), resolve()])).map(({ status }) => status);
  statuses.push((await resolve()).status);

  expect(statuses.sort()).toEqual([200, 404, 404]);
  const refused = { action: "settlement_difference.resolve.refused", metadata: { code: "not_found" } };
  expect(await auditsOf("settlement_difference", difference!.id)).toEqual([
    refused,
    refused,
    {
      action: "settlement_difference.resolved",
      metadata: {
        provider: "payfast",
        day: "2026-11-24",
        kind: "missing_here",
        provider_payment_id: difference!.providerPaymentId,
      },
    },
  ]);
});

it("restoring a board leaves one audit row, and a refused restore one with the refusal's code", async () => {
  const board = await aBoardWithALog();
  restored = false;
  expect((await operate(`/boards/${board}/restore`, NOTE)).status).toBe(409);
  const refused = { action: "board.restore.refused", metadata: { code: "conflict" } };
  expect(await auditsOf("dream_board", board)).toEqual([refused]);

  restored = true;
  expect((await operate(`/boards/${board}/restore`, NOTE)).status).toBe(200);
  expect(await auditsOf("dream_board", board)).toEqual([
    refused,
    { action: "board.restored", metadata: { events: 1 } },
  ]);
});

it("projecting a board again leaves one audit row with its starting point", async () => {
  const board = await aBoardWithALog();

  expect((await operate(`/boards/${board}/project-again?after=2`, NOTE)).status).toBe(200);

  expect(await auditsOf("dream_board", board)).toEqual([{ action: "board.projected_again", metadata: { after: 2 } }]);
});

it("running a job by hand leaves one audit row with its instant, and a refused request one with its code", async () => {
  expect((await operate("/jobs/count-boards?now=2026-11-01T00:00:00Z")).status).toBe(200);
  expect((await operate("/jobs/count-boards?now=tomorrow")).status).toBe(400);
  expect((await operate("/jobs/dance")).status).toBe(404);

  const refused = (code: string) => ({ action: "job.run.refused", metadata: { code } });
  expect(await auditsOf("job", "count-boards")).toEqual([
    { action: "job.run", metadata: { now: "2026-11-01T00:00:00.000Z" } },
    refused("validation_error"),
  ]);
  expect(await auditsOf("job", "dance")).toEqual([refused("not_found")]);
});
