import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { partnerEvents } from "#database/event-tables";
import { postgresError } from "../../src/database/errors.ts";
import {
  boardEvents,
  idempotencyKeys,
  mailMessages,
  webhookAttempts,
  webhookDeliveries,
} from "../../src/database/own-tables.ts";
import { refunds, settlementDifferences } from "../../src/database/payment-tables.ts";
import { apiKeys, contributions, dreamBoards, webhookEndpoints, webhookEvents } from "../../src/database/schema.ts";
import { aBoard, aPartner, startTestDatabase, unique } from "../support/database.ts";
import { everyRow } from "../support/every-row.ts";

const { db, stop } = await startTestDatabase();
afterAll(stop);

const refusalOf = (query: Promise<unknown>) =>
  query.then(
    () => "accepted",
    (error: unknown) => postgresError(error)?.constraint ?? postgresError(error)?.code ?? error,
  );

async function aDelivery() {
  const partner = await aPartner(db);
  const [apiKeyId, webhookEndpointId, partnerEventId, id] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const key = { partnerId: partner.id, partnerName: partner.name, keyHash: "hash", keyPrefix: "cpk_test_abc" };
  await db.insert(apiKeys).values({ id: apiKeyId, ...key });
  const endpoint = { apiKeyId, url: "https://partner.example/hook", secret: "ciphertext" };
  await db.insert(webhookEndpoints).values({ id: webhookEndpointId, ...endpoint });
  const event = { partnerId: partner.id, type: "pot.closed", apiVersion: "2026-12-01", data: {} };
  await db.insert(partnerEvents).values({ id: partnerEventId, ...event });
  await db.insert(webhookEvents).values({ id, apiKeyId, eventType: "pot.closed", payload: {} });
  await db.insert(webhookDeliveries).values({ id, partnerEventId, webhookEndpointId });
  return { id, partnerEventId, webhookEndpointId };
}

async function aRefund(values: Partial<typeof refunds.$inferInsert>) {
  const { id: dreamBoardId, partnerId } = await aBoard(db);
  const contributionId = randomUUID();
  const paid = { amountCents: 10_000, paymentProvider: "payfast" as const };
  const contribution = {
    id: contributionId,
    partnerId,
    dreamBoardId,
    feeCents: 300,
    paymentRef: unique("ref"),
    ...paid,
  };
  await db.insert(contributions).values(contribution);
  const refund = { partnerId, dreamBoardId, contributionId, cause: "late_payment", seq: 2, ...paid };
  return db.insert(refunds).values({ ...refund, ...values });
}

async function aDifference(values: Partial<typeof settlementDifferences.$inferInsert>) {
  const payment = { paymentProvider: "ozow" as const, providerPaymentId: unique("payment") };
  const found = { kind: "missing_here" as const, day: "2026-06-01", foundAt: new Date() };
  return db.insert(settlementDifferences).values({ ...payment, ...found, ...values });
}

describe("board_events", () => {
  const anEvent = (dreamBoardId: string): typeof boardEvents.$inferInsert => {
    const by = { kind: "system" } as const;
    return { dreamBoardId, seq: 1, at: new Date(), by, v: 1, type: "board_expired", data: {}, hash: "0".repeat(64) };
  };

  it("board_events takes one event per place in a board's log", async () => {
    const event = anEvent((await aBoard(db)).id);
    await db.insert(boardEvents).values(event);

    expect(await refusalOf(db.insert(boardEvents).values(event))).toBe("board_events_pkey");
    await db
      .insert(boardEvents)
      .values({ ...event, type: "other" })
      .onConflictDoNothing();
    expect(await db.select().from(boardEvents).where(eq(boardEvents.dreamBoardId, event.dreamBoardId))).toEqual([
      event,
    ]);
  });

  it("board_events refuses a hash that is cut short, and an event of no board", async () => {
    const event = anEvent((await aBoard(db)).id);

    expect(await refusalOf(db.insert(boardEvents).values({ ...event, hash: "0" }))).toBe("board_events_hash_length");
    expect(await refusalOf(db.insert(boardEvents).values({ ...event, dreamBoardId: randomUUID() }))).toBe(
      "board_events_dream_board_id_fkey",
    );
  });

  it("a board with events cannot be deleted", async () => {
    const { id } = await aBoard(db);
    await db.insert(boardEvents).values(anEvent(id));

    expect(await refusalOf(db.delete(dreamBoards).where(eq(dreamBoards.id, id)))).toBe(
      "board_events_dream_board_id_fkey",
    );
  });
});

describe("webhook_deliveries", () => {
  it("a webhook delivery starts pending and due, once per event and endpoint", async () => {
    const { id, partnerEventId, webhookEndpointId } = await aDelivery();
    const [delivery] = await db.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id));

    expect(delivery).toMatchObject({ status: "pending", attempts: 0, leaseUntil: null, deliveredAt: null });
    expect(delivery?.nextAttemptAt).toEqual(delivery?.createdAt);
    expect(await refusalOf(db.insert(webhookDeliveries).values({ partnerEventId, webhookEndpointId }))).toBe(
      "unique_webhook_delivery",
    );
  });

  it("a webhook delivery and its attempts are deleted with its endpoint, and with its event", async () => {
    for (const what of ["endpoint", "event"]) {
      const { id, webhookEndpointId, partnerEventId } = await aDelivery();
      await db.insert(webhookAttempts).values({ deliveryId: id, attempt: 1, attemptedAt: new Date(), latencyMs: 12 });

      if (what === "endpoint") await db.delete(webhookEndpoints).where(eq(webhookEndpoints.id, webhookEndpointId));
      else await db.delete(partnerEvents).where(eq(partnerEvents.id, partnerEventId));

      expect(await db.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id))).toEqual([]);
      expect(await db.select().from(webhookAttempts).where(eq(webhookAttempts.deliveryId, id))).toEqual([]);
    }
  });
});

it("a value that a table's checks do not know is refused", async () => {
  const rows: [string, () => Promise<unknown>][] = [
    [
      "webhook_deliveries_status_valid",
      async () =>
        db
          .update(webhookDeliveries)
          .set({ status: "lost" as "failed" })
          .where(eq(webhookDeliveries.id, (await aDelivery()).id)),
    ],
    [
      "mail_messages_recipient_valid",
      () =>
        db.insert(mailMessages).values({ kind: "board_live", recipient: "guest" as "host", dedupeKey: unique("mail") }),
    ],
    [
      "mail_messages_status_valid",
      () =>
        db
          .insert(mailMessages)
          .values({ kind: "board_live", recipient: "host", dedupeKey: unique("mail"), status: "lost" as "sent" }),
    ],
    ["refunds_status_valid", () => aRefund({ status: "lost" as "failed" })],
    ["refunds_amount_positive", () => aRefund({ amountCents: 0 })],
    ["accepted", () => aRefund({})],
    ["accepted", () => aRefund({ status: "withdrawn" })],
    ["settlement_differences_resolution_valid", () => aDifference({ resolution: "guess" as "person" })],
    ["accepted", () => aDifference({ resolution: "person" })],
    [
      "idempotency_keys_status_valid",
      async () =>
        db.insert(idempotencyKeys).values({
          apiKeyId: randomUUID(),
          route: "createDreamBoard",
          key: "k",
          fingerprint: "f",
          resourceId: randomUUID(),
          leaseUntil: new Date(),
          status: "lost" as "done",
        }),
    ],
  ];
  await everyRow(rows, async ([constraint, write]) => {
    expect(await refusalOf(write())).toBe(constraint);
  });
});

describe("mail_messages", () => {
  it("mail_messages takes one message per dedupe key", async () => {
    const message = { kind: "goal_reached", recipient: "host" as const, dedupeKey: unique("goal") };
    await db.insert(mailMessages).values(message);

    expect(await refusalOf(db.insert(mailMessages).values(message))).toBe("mail_messages_dedupe_key_key");
  });
});
