import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { eq, inArray } from "drizzle-orm";
import { afterEach, describe, expect, inject, it } from "vitest";
import { deadLetters } from "#database/monitoring-tables";
import { boardPots, mailMessages, webhookAttempts, webhookDeliveries } from "#database/own-tables";
import { apiKeys, dreamBoards, webhookEndpoints, webhookEvents } from "#database/schema";
import { newId } from "#domain/ids";
import { addDays } from "#domain/time";
import type { MessageQueue, QueuedMessage } from "#platform/queues";
import { settingsOf } from "#platform/settings";
import { servicesOf } from "#platform/wiring";
import { consumeQueue } from "../../queues/index.ts";
import { sendAgain } from "../../queues/send-again.ts";
import { consumeWebhookDeliveries } from "../../queues/webhook-deliveries.ts";
import { partnerEvents } from "../../src/database/event-tables.ts";
import type { Services } from "../../src/platform/services.ts";
import { encrypt, keyringOf } from "../../src/privacy/encryption.ts";
import { boardProfile } from "../support/board.ts";
import { everyRow } from "../support/every-row.ts";
import { anOwner, database, newBoard, plugPostgres, RemoteBoard, unplugPostgres } from "./support.ts";

afterEach(plugPostgres);

/** Answers every request 204. */
const outside = inject("door");
/** Answers a webhook 400. */
const refusing = `${inject("door")}/sql`;

type Sent = QueuedMessage<unknown>;

function workerServices() {
  const context = createExecutionContext();
  const sent: Sent[] = [];
  const sentToSlow: Sent[] = [];
  const logged: { event: string; alert?: boolean }[] = [];
  const queue: MessageQueue<unknown> = { sendBatch: async (messages) => void sent.push(...messages) };
  const slowQueue: MessageQueue<unknown> = { sendBatch: async (messages) => void sentToSlow.push(...messages) };
  const services: Services = {
    ...servicesOf(env, context, "req_test"),
    settings: settingsOf({ ...env, RESEND_BASE_URL: outside }),
    queues: {
      webhookDeliveries: queue,
      slowWebhookDeliveries: slowQueue,
      mail: queue,
      boardComparison: queue,
      pictureCopies: queue,
    },
    log: (entry) => void logged.push(entry),
    alert: (entry) => void logged.push({ ...entry, alert: true }),
  };
  return { services, context, sent, sentToSlow, logged };
}

function batchOf(queue: string, bodies: unknown[]) {
  const messages = bodies.map((body, index) => ({
    id: `message-${index}`,
    timestamp: new Date(),
    attempts: 1,
    body,
  }));
  return createMessageBatch(queue, messages);
}

/** Consumes one batch and returns the ids of its acknowledged and its retried messages. */
async function consume(queue: string, bodies: unknown[], { services, context } = workerServices()) {
  const batch = batchOf(queue, bodies);
  await consumeQueue(batch, services);
  const { explicitAcks, retryMessages } = await getQueueResult(batch, context);
  return { acked: explicitAcks, retried: retryMessages.map(({ msgId }) => msgId) };
}

async function aDelivery(url: string): Promise<string> {
  const { partnerId } = await anOwner();
  const [id, keyId, endpointId, eventId] = Array.from({ length: 4 }, () => crypto.randomUUID()) as [
    ...[string, string, string, string],
  ];
  const secret = await encrypt(keyringOf(settingsOf(env)), "a secret between partners");
  await database.batch([
    database
      .insert(apiKeys)
      .values({ id: keyId, partnerId, partnerName: "Partner", keyHash: "$2b$10$unused", keyPrefix: "cpk_test_abc" }),
    database.insert(webhookEndpoints).values({ id: endpointId, apiKeyId: keyId, url, events: ["pot.funded"], secret }),
    database
      .insert(partnerEvents)
      .values({ id: eventId, partnerId, type: "pot.funded", apiVersion: "2026-12-01", data: {} }),
    database.insert(webhookEvents).values({ id, apiKeyId: keyId, eventType: "pot.funded", payload: {} }),
    database.insert(webhookDeliveries).values({ id, partnerEventId: eventId, webhookEndpointId: endpointId }),
  ]);
  return id;
}

async function statusOf(deliveryId: string) {
  const [row] = await database.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, deliveryId));
  return row?.status;
}

async function endpointOf(deliveryId: string) {
  const [row] = await database.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, deliveryId));
  return row?.webhookEndpointId ?? "";
}

describe("consumeQueue", () => {
  it("the message of a delivery is acknowledged when the delivery is delivered", async () => {
    const deliveryId = await aDelivery(`${outside}/hooks`);

    expect(await consume("webhook-delivery", [{ deliveryId }])).toEqual({ acked: ["message-0"], retried: [] });

    expect(await statusOf(deliveryId)).toBe("delivered");
    const attempts = await database.select().from(webhookAttempts).where(eq(webhookAttempts.deliveryId, deliveryId));
    expect(attempts).toMatchObject([{ attempt: 1, responseCode: 204 }]);
  });

  it("a delivery that failed gets another message for its next attempt", async () => {
    const deliveryId = await aDelivery(refusing);
    const worker = workerServices();

    const result = await consume("webhook-delivery", [{ deliveryId }], worker);

    expect(result).toEqual({ acked: ["message-0"], retried: [] });
    expect(worker.sent).toEqual([{ body: { deliveryId }, delaySeconds: expect.any(Number) }]);
    expect(worker.sent[0]?.delaySeconds).toBeGreaterThanOrEqual(59);
    expect(worker.sent[0]?.delaySeconds).toBeLessThanOrEqual(64);
    expect(await statusOf(deliveryId)).toBe("pending");
  });

  it("an endpoint that refuses its webhook does not affect the other deliveries of a batch", async () => {
    const refused = await aDelivery(refusing);
    const accepted = await Promise.all(Array.from({ length: 8 }, () => aDelivery(`${outside}/hooks`)));

    const bodies = [refused, ...accepted].map((deliveryId) => ({ deliveryId }));
    const { acked } = await consume("webhook-delivery", bodies);

    expect(acked).toHaveLength(9);
    expect(await Promise.all(accepted.map(statusOf))).toEqual(Array(8).fill("delivered"));
    expect(await statusOf(refused)).toBe("pending");
  });

  it("repeated messages about one delivery in a batch make one attempt", async () => {
    const deliveryId = await aDelivery(`${outside}/hooks`);

    const { acked } = await consume("webhook-delivery", [{ deliveryId }, { deliveryId }, { deliveryId }]);

    expect(acked).toHaveLength(3);
    const attempts = await database.select().from(webhookAttempts).where(eq(webhookAttempts.deliveryId, deliveryId));
    expect(attempts).toHaveLength(1);
  });

  it("the message of a mail sends the mail", async () => {
    const owner = await anOwner();
    const [boardId, mailId] = [crypto.randomUUID(), crypto.randomUUID()];
    const { gift, overflowGift, karriCardCiphertext, ...profile } = boardProfile(newId(new Date()));
    await database.insert(dreamBoards).values({
      ...owner,
      ...profile,
      id: boardId,
      giftType: gift.type,
      giftData: gift,
      overflowGiftData: overflowGift,
      karriCardNumber: karriCardCiphertext,
      goalCents: 100_000,
      payoutMethod: "takealot_gift_card",
      deadline: addDays(new Date(), 10),
    });
    const mail = { id: mailId, dreamBoardId: boardId, kind: "board_live", recipient: "host" as const };
    await database.insert(mailMessages).values({ ...mail, dedupeKey: mailId });

    expect(await consume("mail", [{ mailId }])).toEqual({ acked: ["message-0"], retried: [] });

    const [row] = await database.select().from(mailMessages).where(eq(mailMessages.id, mailId));
    expect(row).toMatchObject({ status: "sent", attempts: 1 });
  });

  it("the message of a board copies its pictures, and notes what could not be copied", async () => {
    const { command, profile } = newBoard(await anOwner());
    const board = new RemoteBoard(command.boardId);
    const foreign = { ...profile, childPhotoUrl: "https://10.0.0.8/maya.jpg" };
    const { gift } = profile;
    const own = gift.type === "takealot_product" ? { ...gift, productImage: "/images/share.png" } : gift;
    await board.execute(command, { profiles: { board: { ...foreign, gift: own } }, waitForProjection: true });

    expect(await consume("picture-copy", [{ boardId: command.boardId }])).toEqual({
      acked: ["message-0"],
      retried: [],
    });

    const snapshot = await board.object.read("snapshot", { owner: { kind: "admin" } });
    expect(snapshot).toMatchObject({
      childPhotoUrl: "https://10.0.0.8/maya.jpg",
      copyProblems: { photo: "not_public" },
    });
  });

  it.each(["webhook-delivery", "webhook-delivery-development"])(
    "consumeQueue delivers the messages of the queue %s",
    async (queue) => {
      const deliveryId = await aDelivery(`${outside}/hooks`);

      await consume(queue, [{ deliveryId }]);

      expect(await statusOf(deliveryId)).toBe("delivered");
    },
  );

  it("deliveries to an endpoint that gave no answer go to the slow queue, and it is asked there until it answers", async () => {
    const silent = "http://127.0.0.1:9/hooks";
    const [first = "", second = "", third = ""] = await Promise.all([silent, silent, silent].map(aDelivery));
    const endpoint = await endpointOf(first);
    await database
      .update(webhookDeliveries)
      .set({ webhookEndpointId: endpoint })
      .where(inArray(webhookDeliveries.id, [second, third]));
    const worker = workerServices();

    await consume("webhook-delivery", [{ deliveryId: first }], worker);
    await consume("webhook-delivery", [{ deliveryId: second }, { deliveryId: third }], worker);
    expect(worker.sentToSlow).toEqual([second, third].map((deliveryId) => ({ body: { deliveryId }, delaySeconds: 0 })));

    await database
      .update(webhookEndpoints)
      .set({ url: `${outside}/hooks` })
      .where(eq(webhookEndpoints.id, endpoint));
    await consume("webhook-delivery-slow", [{ deliveryId: second }], worker);
    await consume("webhook-delivery", [{ deliveryId: third }], worker);

    expect([await statusOf(second), await statusOf(third)]).toEqual(["delivered", "delivered"]);
  });

  it("a message in a dead-letter queue is kept by its ids, raises an alert and is acknowledged", async () => {
    const id = crypto.randomUUID();
    const rows = [
      [
        "webhook-delivery-dead",
        { deliveryId: id },
        { queue: "webhook-delivery", subject: id, body: { deliveryId: id } },
      ],
      ["mail-dead-development", { mailId: id }, { queue: "mail", subject: id, body: { mailId: id } }],
      [
        "board-comparison-dead",
        { boardIds: [id, crypto.randomUUID()] },
        { queue: "board-comparison", subject: id, body: { boardIds: [id, expect.any(String)] } },
      ],
      ["mail-dead", { mailId: "a name" }, { queue: "mail", subject: "message-0", body: null }],
    ] as const;
    await everyRow(rows, async ([queue, body, kept]) => {
      await database.delete(deadLetters);
      const desk = workerServices();
      const batch = batchOf(queue, [body]);

      await consumeQueue(batch, desk.services);

      expect((await getQueueResult(batch, desk.context)).ackAll).toBe(true);
      expect(desk.logged).toMatchObject([
        { event: "dead_letter", alert: true, queue: kept.queue, subject: kept.subject },
      ]);
      expect(await database.select().from(deadLetters)).toMatchObject([{ ...kept, deaths: 1, resolvedAt: null }]);
    });
  });

  it("dead letters stay in their queue while Postgres is away", async () => {
    const desk = workerServices();
    const mailId = crypto.randomUUID();
    const batch = batchOf("mail-dead", [{ mailId }]);

    await unplugPostgres(mailId);
    await consumeQueue(batch, desk.services);
    await plugPostgres();

    const { ackAll, retryBatch } = await getQueueResult(batch, desk.context);
    expect({ ackAll, retryBatch }).toMatchObject({ ackAll: false, retryBatch: { retry: true } });
    expect(desk.logged.map(({ event }) => event)).toEqual(["dead_letter"]);
  });

  it("the message of a comparison has each of its boards compared", async () => {
    const owner = await anOwner();
    const boards = await Promise.all(
      [1, 2].map(async () => {
        const { command, profile } = newBoard(owner);
        const board = new RemoteBoard(command.boardId);
        await board.execute(command, { profiles: { board: profile }, waitForProjection: true });
        return command.boardId;
      }),
    );

    expect(await consume("board-comparison", [{ boardIds: boards }])).toEqual({ acked: ["message-0"], retried: [] });

    const pots = await database.select().from(boardPots).where(inArray(boardPots.dreamBoardId, boards));
    expect(pots.map(({ comparedAt }) => comparedAt)).toEqual([expect.any(Date), expect.any(Date)]);
  });

  it.each(["webhook-delivery-production", "payouts"])("consumeQueue throws for the queue %s", async (queue) => {
    const { services } = workerServices();

    await expect(consumeQueue(batchOf(queue, [{}]), services)).rejects.toThrow(queue);
  });

  it("an unreadable message is retried and raises an alert, and the others are acknowledged", async () => {
    const deliveryId = await aDelivery(`${outside}/hooks`);
    const worker = workerServices();

    const result = await consume("webhook-delivery", ["nonsense", { deliveryId }, { deliveryId: 7 }], worker);

    expect(result).toEqual({ acked: ["message-1"], retried: ["message-0", "message-2"] });
    expect(worker.logged.filter(({ alert }) => alert)).toHaveLength(2);
  });

  it("messages are acknowledged while Postgres is away, because the sweeper finds their rows", async () => {
    const deliveryId = await aDelivery(`${outside}/hooks`);

    await unplugPostgres(deliveryId);
    const result = await consume("webhook-delivery", [{ deliveryId }]);
    await plugPostgres();

    expect(result).toEqual({ acked: ["message-0"], retried: [] });
    expect(await statusOf(deliveryId)).toBe("pending");
  });
});

describe("consumeWebhookDeliveries", () => {
  const id = () => crypto.randomUUID();

  it("the deliveries of a batch are made together, each id once", async () => {
    const [one, other] = [id(), id()];
    const context = createExecutionContext();
    const batch = batchOf(
      "webhook-delivery",
      [one, other, one].map((deliveryId) => ({ deliveryId })),
    );
    const calls: unknown[] = [];

    await consumeWebhookDeliveries(batch, {
      deliver: async (deliveryIds) => {
        calls.push(deliveryIds);
        return new Map(deliveryIds.map((deliveryId) => [deliveryId, { outcome: "delivered" } as const]));
      },
      sendAgain: async () => undefined,
      sendToSlow: async () => undefined,
      report: () => undefined,
    });

    expect(calls).toEqual([[one, other]]);
    expect((await getQueueResult(batch, context)).explicitAcks).toHaveLength(3);
  });

  it("what is to be tried again or was not tried gets a message, of a slow endpoint in the slow queue, and nothing else does", async () => {
    const rows = [
      [{ outcome: "delivered" }, false],
      [{ outcome: "not_claimed" }, false],
      [{ outcome: "failed", endpointGone: false }, false],
      [{ outcome: "retry", at: new Date(1) }, true],
      [{ outcome: "untried", at: new Date(2) }, true],
      [{ outcome: "slow" }, false],
    ] as const;
    const ids = rows.map(id);
    const sent: unknown[] = [];
    const slow: unknown[] = [];

    await consumeWebhookDeliveries(
      batchOf(
        "webhook-delivery",
        ids.map((deliveryId) => ({ deliveryId })),
      ),
      {
        deliver: async () => new Map(rows.map(([outcome], nth) => [ids[nth] ?? "", outcome])),
        sendAgain: async (messages) => void sent.push(...messages),
        sendToSlow: async (bodies) => void slow.push(...bodies),
        report: () => undefined,
      },
    );

    expect(sent).toEqual([
      { body: { deliveryId: ids[3] }, at: new Date(1) },
      { body: { deliveryId: ids[4] }, at: new Date(2) },
    ]);
    expect(slow).toEqual([{ deliveryId: ids[5] }]);
  });

  it("the messages of a batch that threw are retried, and the error is reported once", async () => {
    const context = createExecutionContext();
    const batch = batchOf("webhook-delivery", [{ deliveryId: id() }, { deliveryId: id() }]);
    const reported: unknown[] = [];

    await consumeWebhookDeliveries(batch, {
      deliver: () => Promise.reject(new RangeError("a bug")),
      sendAgain: async () => undefined,
      sendToSlow: async () => undefined,
      report: (error, message) => reported.push([String(error), message?.id]),
    });

    const { explicitAcks, retryMessages } = await getQueueResult(batch, context);
    expect(explicitAcks).toEqual([]);
    expect(retryMessages.map(({ msgId }) => msgId)).toEqual(["message-0", "message-1"]);
    expect(reported).toEqual([["RangeError: a bug", "message-0"]]);
  });
});

describe("sendAgain", () => {
  const now = new Date("2026-12-01T08:00:00.000Z");

  it("sendAgain delays each message until its instant, and sends none for a wait over twelve hours", async () => {
    const rows = [
      { waitMs: 60_001, delays: [61] },
      { waitMs: -5_000, delays: [0] },
      { waitMs: 43_200_000, delays: [43_200] },
      { waitMs: 43_200_001, delays: [] },
    ];
    const found = [];
    for (const { waitMs } of rows) {
      const delays: unknown[] = [];
      const queue: MessageQueue<string> = {
        sendBatch: async (messages) => void delays.push(...[...messages].map(({ delaySeconds }) => delaySeconds)),
      };
      const messages = [{ body: "m", at: new Date(now.getTime() + waitMs) }];
      await sendAgain(queue, messages, { now, report: () => undefined });
      found.push({ waitMs, delays });
    }
    expect(found).toEqual(rows);
  });

  it("sendAgain reports an error of the queue", async () => {
    const reported: unknown[] = [];
    const queue: MessageQueue<string> = { sendBatch: () => Promise.reject(new Error("Too Many Requests")) };

    await sendAgain(queue, [{ body: "m", at: now }], { now, report: (error) => reported.push(String(error)) });

    expect(reported).toEqual(["Error: Too Many Requests"]);
  });
});
