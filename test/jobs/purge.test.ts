import { randomUUID } from "node:crypto";
import { eq, inArray } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { partnerEvents } from "#database/event-tables";
import { boardManagers, emailChanges } from "#database/host-tables";
import { deadLetters } from "#database/monitoring-tables";
import { boardReports, idempotencyKeys, projectionFailures, webhookAttempts } from "#database/own-tables";
import { settlementDifferences } from "#database/payment-tables";
import { erasures, jobRuns } from "#database/privacy-tables";
import { apiKeys, auditLogs, payoutItems, payouts, webhookEvents } from "#database/schema";
import { addDays } from "#domain/time";
import type { PurgeName } from "#privacy/purges";
import { purgeJob } from "../../src/jobs/purge.ts";
import { aHouse, DAY, HOUR, type House } from "../reconciliation/support.ts";
import { aBoard, aPartner, startTestDatabase, type TestDatabase, unique } from "../support/database.ts";
import { aDelivery, attemptRows, deliverWebhook, deliveryRow, receiver } from "../webhooks/support.ts";

let database: TestDatabase;
let house: House;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(() => {
  house = aHouse(database);
});

const NOW = new Date("2027-02-20T00:40:00Z");
const ago = (ms: number) => new Date(NOW.getTime() - ms);
const PERIODS = { "24 hours": DAY, "30 days": 30 * DAY, "90 days": 90 * DAY, "7 years": (7 * 365 + 3) * DAY };
const run = (name: PurgeName, limits?: { rows: number; batches: number }) =>
  purgeJob(name, limits)(house.services, NOW);

type Store = {
  what: string;
  table: string;
  period: number;
  /** Null where the text is overwritten; undefined where the row is deleted. */
  erased: unknown;
  /** A row of that age, and how to read what is left of it. */
  insert(at: Date): Promise<() => Promise<unknown>>;
};

async function anApiKey(): Promise<string> {
  const { id: partnerId, name: partnerName } = await aPartner(database.db);
  const id = randomUUID();
  await database.db.insert(apiKeys).values({ id, partnerId, partnerName, keyHash: "hash", keyPrefix: "cpk_live_abc" });
  return id;
}

/** The audit log judges by Postgres's clock and has a test of its own. */
const STORES: Record<Exclude<PurgeName, "purge-audit-log">, readonly Store[]> = {
  "purge-webhook-bodies": [
    {
      what: "an event",
      table: "partner_events",
      erased: undefined,
      period: PERIODS["90 days"],
      insert: async (createdAt) => {
        const id = randomUUID();
        const { id: partnerId } = await aPartner(database.db);
        const event = { id, partnerId, type: "pot.funded", apiVersion: "2026-12-01", data: { child_name: "Maya" } };
        await database.db.insert(partnerEvents).values({ ...event, createdAt });
        return () =>
          left(database.db.select({ it: partnerEvents.data }).from(partnerEvents).where(eq(partnerEvents.id, id)));
      },
    },
    {
      what: "the last answer to an event whose body is erased",
      table: "webhook_events",
      erased: null,
      period: PERIODS["90 days"],
      insert: async (createdAt) => {
        const id = randomUUID();
        const values = { payload: { erased: true }, lastResponseBody: "Hello Maya" };
        await database.db.insert(webhookEvents).values({ id, eventType: "pot.funded", createdAt, ...values });
        return () =>
          left(
            database.db
              .select({ it: webhookEvents.lastResponseBody })
              .from(webhookEvents)
              .where(eq(webhookEvents.id, id)),
          );
      },
    },
    ...(["responseBody", "error"] as const).map((column) => ({
      what: `${column} of an attempt`,
      table: "webhook_attempts",
      erased: null,
      period: PERIODS["90 days"],
      insert: async (attemptedAt: Date) => {
        const { id: deliveryId } = await aDelivery(database, house.services);
        await database.db
          .insert(webhookAttempts)
          .values({ deliveryId, attempt: 1, attemptedAt, latencyMs: 1, [column]: "Maya" });
        return () =>
          left(
            database.db
              .select({ it: webhookAttempts[column] })
              .from(webhookAttempts)
              .where(eq(webhookAttempts.deliveryId, deliveryId)),
          );
      },
    })),
  ],
  "purge-financial-records": [
    {
      what: "who was paid",
      table: "payouts",
      erased: { erased: true },
      period: PERIODS["7 years"],
      insert: async (createdAt) => {
        const { id } = await aPayout(createdAt);
        return () => left(database.db.select({ it: payouts.recipientData }).from(payouts).where(eq(payouts.id, id)));
      },
    },
    {
      what: "what is noted with an item of a payout",
      table: "payout_items",
      erased: null,
      period: PERIODS["7 years"],
      insert: async (createdAt) => {
        const { id: payoutId, dreamBoardId } = await aPayout(NOW);
        const item = { payoutId, dreamBoardId, type: "gift" as const, amountCents: 100, metadata: { a: 1 }, createdAt };
        await database.db.insert(payoutItems).values(item);
        const isIts = eq(payoutItems.payoutId, payoutId);
        return () => left(database.db.select({ it: payoutItems.metadata }).from(payoutItems).where(isIts));
      },
    },
  ],
  "purge-idempotency-keys": [
    {
      what: "an idempotency key",
      table: "idempotency_keys",
      erased: undefined,
      period: PERIODS["24 hours"],
      insert: async (createdAt) => {
        const use = { apiKeyId: await anApiKey(), route: "POST /dream-boards", key: unique("key") };
        const answer = { status: "done" as const, responseStatus: 201, responseBody: { child_name: "Maya" } };
        const lease = { resourceId: randomUUID(), leaseUntil: new Date(createdAt.getTime() + 60_000) };
        await database.db.insert(idempotencyKeys).values({ ...use, ...answer, ...lease, fingerprint: "f", createdAt });
        return () =>
          left(
            database.db
              .select({ it: idempotencyKeys.key })
              .from(idempotencyKeys)
              .where(eq(idempotencyKeys.key, use.key)),
          );
      },
    },
  ],
  "purge-old-records": [
    {
      what: "a job run",
      table: "job_runs",
      erased: undefined,
      period: PERIODS["90 days"],
      insert: async (startedAt) => {
        const id = randomUUID();
        await database.db.insert(jobRuns).values({ id, name: "compare-boards", startedAt, asOf: startedAt });
        return () => left(database.db.select({ it: jobRuns.name }).from(jobRuns).where(eq(jobRuns.id, id)));
      },
    },
    {
      what: "a resolved projection failure",
      table: "projection_failures",
      erased: undefined,
      period: PERIODS["90 days"],
      insert: async (resolvedAt) => {
        const dreamBoardId = randomUUID();
        const failed = {
          eventType: "board_opened",
          message: "refused",
          firstFailedAt: ago(99 * DAY),
          lastFailedAt: ago(99 * DAY),
        };
        await database.db.insert(projectionFailures).values({ dreamBoardId, seq: 1, resolvedAt, ...failed });
        return () =>
          left(
            database.db
              .select({ it: projectionFailures.message })
              .from(projectionFailures)
              .where(eq(projectionFailures.dreamBoardId, dreamBoardId)),
          );
      },
    },
    {
      what: "a resolved dead letter",
      table: "dead_letters",
      erased: undefined,
      period: PERIODS["90 days"],
      insert: async (resolvedAt) => {
        const letter = { id: randomUUID(), queue: "mail", subject: randomUUID(), note: "Maya's father called" };
        const died = { firstDiedAt: ago(99 * DAY), lastDiedAt: ago(99 * DAY) };
        await database.db.insert(deadLetters).values({ ...letter, ...died, resolvedAt, resolution: "dismissed" });
        return () =>
          left(database.db.select({ it: deadLetters.note }).from(deadLetters).where(eq(deadLetters.id, letter.id)));
      },
    },
    {
      what: "the note of a resolved settlement difference",
      table: "settlement_differences",
      erased: null,
      period: PERIODS["90 days"],
      insert: async (resolvedAt) => {
        const id = randomUUID();
        const payment = { paymentProvider: "ozow" as const, providerPaymentId: unique("payment"), day: "2026-06-01" };
        const found = { kind: "missing_here" as const, foundAt: ago(99 * DAY), note: "Maya's father called" };
        await database.db.insert(settlementDifferences).values({ id, ...payment, ...found, resolvedAt });
        return () =>
          left(
            database.db
              .select({ it: settlementDifferences.note })
              .from(settlementDifferences)
              .where(eq(settlementDifferences.id, id)),
          );
      },
    },
    {
      what: "the note of a host's erasure",
      table: "erasures",
      erased: null,
      period: PERIODS["90 days"],
      insert: async (at) => {
        const id = randomUUID();
        const erasure = { id, cause: "erase-host", counts: { hosts: 1 }, at, note: "Maya's father called" };
        await database.db.insert(erasures).values(erasure);
        return () => left(database.db.select({ it: erasures.note }).from(erasures).where(eq(erasures.id, id)));
      },
    },
    {
      what: "an invitation of a second parent that was not accepted",
      table: "board_managers",
      erased: undefined,
      period: PERIODS["30 days"],
      insert: async (invitedAt) => {
        const dreamBoardId = randomUUID();
        const invitation = { invitedBy: randomUUID(), invitedEmail: "sipho@family.example", tokenDigest: "d" };
        await database.db.insert(boardManagers).values({ dreamBoardId, invitedAt, ...invitation });
        const isIts = eq(boardManagers.dreamBoardId, dreamBoardId);
        return () => left(database.db.select({ it: boardManagers.invitedEmail }).from(boardManagers).where(isIts));
      },
    },
    {
      what: "an address that a host wanted to change to",
      table: "email_changes",
      erased: undefined,
      period: PERIODS["24 hours"],
      insert: async (askedAt) => {
        const hostId = randomUUID();
        const change = { newEmail: "sipho@family.example", tokenDigest: unique("digest") };
        await database.db.insert(emailChanges).values({ hostId, askedAt, ...change });
        const isIts = eq(emailChanges.hostId, hostId);
        return () => left(database.db.select({ it: emailChanges.newEmail }).from(emailChanges).where(isIts));
      },
    },
    {
      what: "a report of a board",
      table: "board_reports",
      erased: undefined,
      period: PERIODS["90 days"],
      insert: async (reportedAt) => {
        const id = randomUUID();
        const report = { dreamBoardId: randomUUID(), reason: "other" as const, words: "Maya is my daughter" };
        await database.db.insert(boardReports).values({ id, reportedAt, ...report });
        return () =>
          left(database.db.select({ it: boardReports.words }).from(boardReports).where(eq(boardReports.id, id)));
      },
    },
  ],
};

async function aPayout(createdAt: Date) {
  const { id: dreamBoardId, partnerId } = await aBoard(database.db);
  const id = randomUUID();
  const recipientData = { encrypted: "k1.abc" };
  const money = { grossCents: 100, feeCents: 0, netCents: 100, recipientData, createdAt };
  await database.db.insert(payouts).values({ id, dreamBoardId, partnerId, type: "takealot_gift_card", ...money });
  return { id, dreamBoardId };
}

async function left(rows: Promise<{ it: unknown }[]>): Promise<unknown> {
  const [row] = await rows;
  return row?.it;
}

/** The recorded counts since the last call, added up. */
async function recorded(cause: string) {
  const rows = await database.db.delete(erasures).where(eq(erasures.cause, cause)).returning();
  return rows.map(({ counts }) => counts);
}

const NAMES = Object.keys(STORES) as (keyof typeof STORES)[];

/** As many as the rows of each table. */
const countsOf = (stores: readonly Store[], rows: number) => {
  const counts: Record<string, number> = {};
  for (const { table } of stores) counts[table] = (counts[table] ?? 0) + rows;
  return counts;
};
const added = (all: readonly Record<string, number>[]) => {
  const sums: Record<string, number> = {};
  for (const [table, count] of all.flatMap((counts) => Object.entries(counts)))
    sums[table] = (sums[table] ?? 0) + count;
  return sums;
};

describe("purgeJob", () => {
  it.each(NAMES)(
    "%s erases what is older than its period, keeps the rest, and a second run erases nothing",
    async (name) => {
      const stores = STORES[name];
      const rows = [];
      for (const { what, period, erased, insert } of stores) {
        const [inside, outside] = [await insert(ago(period)), await insert(ago(period + 1))];
        rows.push({ what, inside, before: await inside(), outside, erased });
      }

      expect(await run(name)).toEqual({ counts: countsOf(stores, 1), complete: true });

      const after = await Promise.all(rows.map(async (row) => [row.what, await row.inside(), await row.outside()]));
      expect(after).toEqual(rows.map(({ what, before, erased }) => [what, before, erased]));
      expect(await recorded(name)).toEqual([countsOf(stores, 1)]);
      expect(await run(name)).toEqual({ counts: countsOf(stores, 0), complete: true });
      expect(await recorded(name)).toEqual([]);
    },
  );

  it.each(NAMES)("two runs of %s at once erase and record every row once, in batches", async (name) => {
    const stores = STORES[name];
    const readers: { erased: unknown; read(): Promise<unknown> }[] = [];
    for (const { period, erased, insert } of stores) {
      for (let age = 1; age <= 5; age += 1) readers.push({ erased, read: await insert(ago(period + age)) });
    }

    const both = await Promise.all([1, 2].map(() => run(name, { rows: 2, batches: 50 })));
    const rest = await run(name);

    expect(added([...both, rest].map(({ counts }) => counts))).toEqual(countsOf(stores, 5));
    expect(added(await recorded(name))).toEqual(countsOf(stores, 5));
    expect(await Promise.all(readers.map(({ read }) => read()))).toEqual(readers.map(({ erased }) => erased));
  });

  it("rows of the audit log are deleted after seven years, by Postgres's clock", async () => {
    const clock = new Date();
    const yearsAgo = (years: number, days: number) => {
      const at = new Date(clock.getTime() - days * DAY);
      at.setUTCFullYear(at.getUTCFullYear() - years);
      return at;
    };
    const ages: [string, Date, boolean][] = [
      ["seven years and four days", yearsAgo(7, 4), true],
      ["seven years less a day", yearsAgo(7, -1), false],
      ["now", clock, false],
    ];
    const ids = ages.map(() => randomUUID());
    const rows = ages.map(([, createdAt], n) => ({ id: ids[n], createdAt }));
    const row = { actorType: "system", action: "a.test", targetType: "test", targetId: "1" } as const;
    await database.db.insert(auditLogs).values(rows.map((values) => ({ ...row, ...values })));

    // As of an instant at which all of them are old: the table refuses what is younger by its own clock.
    const later = addDays(clock, 20 * 365);
    await purgeJob("purge-audit-log")(house.services, later);

    const kept = await database.db.select({ id: auditLogs.id }).from(auditLogs).where(inArray(auditLogs.id, ids));
    const isGone = ids.map((id) => !kept.some((it) => it.id === id));
    expect(ages.map(([what, at], n) => [what, at, isGone[n]])).toEqual(ages);
  });

  it("a run that reaches its limit alerts, and the next run goes on with the oldest rows left", async () => {
    const [store] = STORES["purge-idempotency-keys"];
    const readers: (() => Promise<unknown>)[] = [];
    for (const age of [3, 2, 1]) readers.push(await store!.insert(ago(DAY + age * HOUR)));
    const isLeft = async () => (await Promise.all(readers.map((read) => read()))).map((key) => key !== undefined);

    const first = await run("purge-idempotency-keys", { rows: 1, batches: 2 });

    expect(first).toEqual({ counts: { idempotency_keys: 2 }, complete: false });
    expect(await isLeft()).toEqual([false, false, true]);
    expect(house.logged).toEqual([
      { alert: true, event: "purge_incomplete", job: "purge-idempotency-keys", table: "idempotency_keys" },
    ]);
    expect(await run("purge-idempotency-keys")).toEqual({ counts: { idempotency_keys: 1 }, complete: true });
    expect(await isLeft()).toEqual([false, false, false]);
  });

  it("what is still open or leased is kept, whatever its age", async () => {
    const seq = 1;
    const old = ago(200 * DAY);
    const dreamBoardId = randomUUID();
    const failed = { eventType: "board_opened", message: "refused", firstFailedAt: old, lastFailedAt: old };
    await database.db.insert(projectionFailures).values({ dreamBoardId, seq, ...failed });
    const key = { apiKeyId: await anApiKey(), route: "POST /dream-boards", key: unique("key"), fingerprint: "f" };
    const lease = { resourceId: randomUUID(), leaseUntil: new Date(NOW.getTime() + 1), createdAt: old };
    await database.db.insert(idempotencyKeys).values({ ...key, ...lease });

    const runs = [await run("purge-old-records"), await run("purge-idempotency-keys")];

    expect(runs.map(({ counts }) => added([counts]))).toEqual([
      countsOf(STORES["purge-old-records"], 0),
      { idempotency_keys: 0 },
    ]);
    await database.db.delete(idempotencyKeys).where(eq(idempotencyKeys.key, key.key));
  });

  it("a delivery whose body was erased is given up without a request", async () => {
    const { id } = await aDelivery(database, house.services, {
      payload: { erased: true },
      nextAttemptAt: ago(DAY * 900),
    });
    const { received, deps } = receiver();

    expect(await deliverWebhook(house.services, id, deps)).toEqual({ outcome: "failed", endpointGone: false });

    expect(received).toEqual([]);
    expect(await deliveryRow(database, id)).toMatchObject({ status: "failed" });
    expect(await attemptRows(database, id)).toMatchObject([
      { responseCode: null, error: "the event's body was erased after 90 days and cannot be sent any more" },
    ]);
  });
});
