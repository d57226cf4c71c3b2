import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isUnavailable, postgresError } from "#database/errors";
import { partnerEvents } from "#database/event-tables";
import { boardEvents, karriCards, mailMessages, webhookDeliveries } from "#database/own-tables";
import { auditLogs, payouts, webhookEvents } from "#database/schema";
import { ADMIN } from "#domain/board/actor";
import type { BoardProfile } from "#domain/board/profile";
import { publicId } from "#domain/ids";
import { cents } from "#domain/money";
import { addDays } from "#domain/time";
import type { MessageQueue } from "#platform/queues";
import { decrypt, encrypt } from "#privacy/encryption";
import { enqueue } from "#projection/enqueue";
import { boardProfile, later, type TestBoard } from "../support/board.ts";
import { aHost, aPartner, startTestDatabase, type TestDatabase } from "../support/database.ts";
import { everyRow } from "../support/every-row.ts";
import { aKarriCard, anEndpoint, aPlayedBoard, keyring, opened, PlayedBoard, rowsOf } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

/** A board without an endpoint. */
async function aBoard(
  overrides: ConstructorParameters<typeof TestBoard>[0] = {},
  profile: Partial<BoardProfile> = {},
): Promise<PlayedBoard> {
  const { id: partnerId } = await aPartner(database.db);
  const { id: hostId } = await aHost(database.db);
  return new PlayedBoard(database, { partnerId, hostId, ...overrides }, profile);
}

/** What is to be delivered to the endpoints of a key. */
const eventsOf = async (apiKeyId: string) =>
  await database.db
    .select({ type: partnerEvents.type, data: partnerEvents.data })
    .from(webhookDeliveries)
    .innerJoin(partnerEvents, eq(partnerEvents.id, webhookDeliveries.partnerEventId))
    .innerJoin(webhookEvents, eq(webhookEvents.id, webhookDeliveries.id))
    .where(eq(webhookEvents.apiKeyId, apiKeyId))
    .orderBy(partnerEvents.position);
const typesOf = async (apiKeyId: string) => (await eventsOf(apiKeyId)).map(({ type }) => type).sort();

describe("project", () => {
  it("an edit changes the board's row, is announced once and audited without its text", async () => {
    const board = await aBoard();
    const { apiKey } = await anEndpoint(database, board.opening.partnerId);
    await board.write();
    const deadline = addDays(board.state.deadline, 7);
    board.play({ type: "update_board", message: "Good day", deadline }, board.now, { by: ADMIN });

    await board.write();

    const { boards, audits } = await rowsOf(database, board);
    expect(boards).toMatchObject([{ message: "Good day", deadline, updatedAt: board.now }]);
    const edit = audits.filter(({ action }) => action === "board.updated");
    expect(edit).toMatchObject([
      { actorType: "admin", metadata: { fields: ["message", "deadline"], deadline: deadline.toISOString() } },
    ]);
    expect(await typesOf(apiKey.id)).toEqual(["dreamboard.created", "dreamboard.updated"]);
  });

  it("an older stretch that is written again undoes neither what an owner hid nor the deadline", async () => {
    const board = await aPlayedBoard(database);
    const { id: contributionId } = board.of(board.paid());
    const hide = (name: "hidden" | "shown") => [{ contributionId, name }] as const;
    const deadline = addDays(board.state.deadline, 5);
    board.play({ type: "update_board", contributors: hide("hidden") });
    board.play({ type: "update_board", contributors: hide("shown"), deadline });
    await board.write();
    const whole = await rowsOf(database, board);

    await board.write(board.log.slice(0, -1));

    expect(await rowsOf(database, board)).toEqual(whole);
    expect(whole.visibility).toMatchObject([{ contributionId, nameHidden: false, seq: board.log.length }]);
  });

  it("an edit together with a cancellation is announced once", async () => {
    const board = await aBoard();
    const { apiKey } = await anEndpoint(database, board.opening.partnerId);
    board.play({ type: "update_board", message: null, end: "cancelled" }, board.now, { by: ADMIN });

    await board.write();

    expect(await typesOf(apiKey.id)).toEqual(["dreamboard.created", "dreamboard.updated"]);
    const { boards } = await rowsOf(database, board);
    expect(boards).toMatchObject([{ message: null, status: "cancelled" }]);
  });

  it("project writes a whole log in one transaction and one round trip", async () => {
    const board = await aBoard({ goal: cents(20_000) });
    board.paid(50_000);
    board.report(board.contribution(2_000), { status: "failed", providerStatus: "FAILED" });
    board.close();
    const before = database.gateway.requests;

    await board.write();

    expect(database.gateway.requests - before).toBe(1);
    const { boards, contributions: rows, log } = await rowsOf(database, board);
    expect(boards).toMatchObject([{ status: "closed", childName: "Maya", payoutEmail: "parent@example.com" }]);
    expect(rows.map(({ paymentStatus }) => paymentStatus).sort()).toEqual(["completed", "failed"]);
    expect(rows[0]).toMatchObject({
      contributorName: "Thandi",
      message: "Enjoy!",
      ipAddress: "105.0.0.1",
      userAgent: "Phone",
    });
    expect(log).toHaveLength(board.log.length);
  });

  it("project copies each event to board_events as it is stored, with its actor, version and hash", async () => {
    const board = await aBoard();
    const { partnerId } = board.opening;
    board.close(undefined, { kind: "partner", partnerId, apiKeyId: partnerId });

    await board.write();

    const copies = await database.db
      .select()
      .from(boardEvents)
      .where(eq(boardEvents.dreamBoardId, board.boardId))
      .orderBy(boardEvents.seq);
    expect(copies.map(({ dreamBoardId: _, at, ...copy }) => ({ ...copy, at: at.toISOString() }))).toEqual(board.log);
  });

  it("earlier events that are written again do not overwrite later ones", async () => {
    const board = await aBoard();
    const reference = board.contribution(20_000);
    board.report(reference, { status: "processing", providerStatus: "PENDING" });
    board.report(reference);
    board.close();
    await board.write();
    const before = await rowsOf(database, board);

    await board.write(board.log.slice(0, 3));

    expect(before).toMatchObject({ contributions: [{ paymentStatus: "completed" }], boards: [{ status: "closed" }] });
    expect(await rowsOf(database, board)).toEqual(before);
  });

  it("an event of a newer release is refused with a RangeError, and nothing of its batch is written", async () => {
    const board = await aBoard();
    const [opened] = board.log;
    const future = { ...board.log[0], seq: 2, type: "confetti_thrown", v: 1, data: {} } as (typeof board.log)[number];

    await expect(board.write([...(opened ? [opened] : []), future])).rejects.toThrow(
      new RangeError("event 2 (confetti_thrown v1) cannot be read"),
    );

    expect((await rowsOf(database, board)).boards).toEqual([]);
  });
});

describe("recipients", () => {
  const recipientsOf = async ({ boardId }: PlayedBoard) => {
    const rows = await database.db.select().from(payouts).where(eq(payouts.dreamBoardId, boardId));
    const entries = rows.map(async ({ type, recipientData }) => {
      const { encrypted } = recipientData as { encrypted: string };
      return [type, JSON.parse(await decrypt(keyring, encrypted))];
    });
    return { recipients: Object.fromEntries(await Promise.all(entries)), stored: JSON.stringify(rows) };
  };

  it("the recipients of a Karri card and a donation are stored encrypted in the specified form", async () => {
    const board = await aBoard({ payoutMethod: "karri_card_topup", goal: cents(20_000) }, await aKarriCard());
    board.paid(50_000);
    board.close();
    await board.write();

    const { recipients, stored } = await recipientsOf(board);

    expect(recipients).toEqual({
      karri_card_topup: { cardNumber: "5234123412341234", cardholderName: "Lindiwe Mokoena" },
      philanthropy_donation: { causeId: "food-forward", donorName: "Maya", donorEmail: "parent@example.com" },
    });
    expect(stored).not.toMatch(/5234|Maya|Lindiwe|parent@/);
  });

  it("the name and the verification of a Karri card are stored once, the name encrypted", async () => {
    const card = await aKarriCard();
    const board = await aBoard({ payoutMethod: "karri_card_topup" }, card);
    await board.write();
    await board.write();

    const rows = await database.db.select().from(karriCards).where(eq(karriCards.dreamBoardId, board.boardId));

    expect(rows).toEqual([
      {
        dreamBoardId: board.boardId,
        cardholderName: card.karriCardholderCiphertext,
        verifiedAt: new Date(card.karriVerifiedAt),
      },
    ]);
    expect(card.karriCardholderCiphertext).not.toContain("Lindiwe");
  });

  it("a Karri board that was opened before the name was asked for has no cardholder's name, and none is guessed", async () => {
    const { karriCardCiphertext } = await aKarriCard();
    const board = await aBoard({ payoutMethod: "karri_card_topup" }, { karriCardCiphertext });
    const { apiKey } = await anEndpoint(database, board.opening.partnerId, ["payout.ready"]);
    board.paid(50_000);
    board.close();
    await board.write();

    const { recipients } = await recipientsOf(board);

    expect(recipients).toEqual({ karri_card_topup: { cardNumber: "5234123412341234", cardholderName: null } });
    const [ready] = await eventsOf(apiKey.id);
    expect(await opened({ data: ready?.data })).toMatchObject({
      data: { recipient_data: { card_number_last4: "1234", cardholder_name: null } },
    });
    expect(await database.db.select().from(karriCards).where(eq(karriCards.dreamBoardId, board.boardId))).toEqual([]);
  });

  it("the recipient of a Takealot gift card is the payout address and the product", async () => {
    const board = await aBoard();
    board.paid(50_000);
    board.close();
    await board.write();

    const { recipients, stored } = await recipientsOf(board);

    const productUrl = "https://www.takealot.com/lego/PLID12345678";
    expect(recipients).toEqual({ takealot_gift_card: { email: "parent@example.com", productUrl } });
    expect(stored).not.toMatch(/parent@|PLID12345678/);
  });
});

it("text that Postgres cannot store is repaired and does not stop the projection", async () => {
  await everyRow(["a\ud800", "a\0"], async (text) => {
    const { gift } = boardProfile("018f0000-0000-7000-8000-000000000000");
    if (gift.type !== "takealot_product") throw new Error("another gift");
    const profile = { message: text, childPhotoUrl: text, gift: { ...gift, productImage: text } };
    const board = await aBoard({}, profile);
    const contributor = { name: text, message: text, ipAddress: text, userAgent: text };
    board.report(board.contribution(20_000, { contributor }));

    await board.write();

    const { contributions: rows } = await rowsOf(database, board);
    expect(rows).toMatchObject([{ paymentStatus: "completed", ipAddress: null }]);
    expect(rows[0]?.contributorName).toMatch(/^a\ufffd?$/);
  });
});

it("a log that differs from the one in Postgres is refused as a whole", async () => {
  const board = await aBoard();
  board.paid(20_000);
  await board.write(board.log.slice(0, 2));
  const fork = board.log.map((entry) => (entry.seq === 2 ? { ...entry, hash: "f".repeat(64) } : entry)).slice(1);

  const refusal = await board.write(fork).catch((error: unknown) => error);

  expect(postgresError(refusal)?.code).toBe("22012");
  expect(isUnavailable(refusal)).toBe(false);
  expect((await rowsOf(database, board)).log).toHaveLength(2);
});

it("the audit row of a partner's act has the actor system, and the partner and key in its metadata", async () => {
  const board = await aBoard();
  const { partnerId } = board.opening;
  board.close(undefined, { kind: "partner", partnerId, apiKeyId: partnerId });
  await board.write();

  const target = eq(auditLogs.targetId, publicId("board", board.boardId));
  const [, closed] = await database.db.select().from(auditLogs).where(target).orderBy(auditLogs.createdAt);
  expect(closed).toMatchObject({
    action: "board.closed",
    actorType: "system",
    actorId: null,
    metadata: { partner_id: partnerId, api_key_id: partnerId, reason: "manual" },
  });
});

it("the audit rows of a person's command have the person's id, e-mail and address, in any batches", async () => {
  const origin = { email: "nomsa@example.org", ipAddress: "102.65.1.7" };
  const board = await aBoard();
  board.paid(20_000);
  const opened = board.log.length;
  const adminId = board.opening.hostId;
  board.play({ type: "cancel_board" }, undefined, { by: { kind: "admin", adminId }, profiles: { origin } });
  const hostId = board.opening.hostId;
  board.play({ type: "update_board", message: "Thanks" }, undefined, { by: { kind: "host", hostId } });

  await board.write(board.log.slice(0, opened + 1));
  await board.write(board.log.slice(opened + 1));

  const { audits } = await rowsOf(database, board);
  const person = { actorType: "admin", actorId: adminId, actorEmail: origin.email, ipAddress: origin.ipAddress };
  const nobody = { actorType: "system", actorId: null, actorEmail: null, ipAddress: null };
  const inOrder = audits.toSorted(
    (a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.action < b.action ? -1 : 1),
  );
  expect(inOrder).toMatchObject([
    { action: "board.opened", ...nobody },
    { action: "payment.completed", ...nobody },
    { action: "board.cancelled", ...person },
    { action: "refund.requested", ...person },
    { action: "board.updated", actorType: "host", actorId: hostId, actorEmail: null, ipAddress: null },
  ]);
});

describe("webhook events", () => {
  it("a webhook event is written per active key and delivered per active endpoint that subscribes to it", async () => {
    const board = await aBoard({ goal: cents(20_000) });
    const { partnerId } = board.opening;
    const all = await anEndpoint(database, partnerId, [
      "contribution.received",
      "pot.funded",
      "pot.closed",
      "payout.ready",
    ]);
    const funded = await anEndpoint(database, partnerId, ["pot.funded"]);
    const inactive = await anEndpoint(database, partnerId, ["pot.funded"], { isActive: false });
    const revoked = await anEndpoint(database, partnerId, ["pot.funded"], { keyIsActive: false });
    const otherPartner = await anEndpoint(database, (await aPartner(database.db)).id, ["pot.funded"]);
    board.paid(50_000);
    board.close();

    const outbox = await board.write();

    expect(await typesOf(all.apiKey.id)).toEqual([
      "contribution.received",
      "payout.ready",
      "payout.ready",
      "pot.closed",
      "pot.funded",
    ]);
    expect(await typesOf(funded.apiKey.id)).toEqual(["pot.funded"]);
    for (const { apiKey } of [inactive, revoked, otherPartner]) expect(await typesOf(apiKey.id)).toEqual([]);
    expect(outbox.deliveryIds).toHaveLength(6);
    const waiting = await database.db
      .select()
      .from(webhookDeliveries)
      .where(eq(webhookDeliveries.webhookEndpointId, all.endpoint.id));
    expect(waiting.map(({ status, attempts }) => [status, attempts])).toEqual(Array(5).fill(["pending", 0]));
  });

  it("a webhook event shows the board as it was at that event, and nothing private", async () => {
    const karriCardCiphertext = await encrypt(keyring, "5234123412341234");
    const board = await aBoard({ payoutMethod: "karri_card_topup" }, { karriCardCiphertext });
    const { apiKey } = await anEndpoint(database, board.opening.partnerId, ["contribution.received", "payout.ready"]);
    board.paid(20_000);
    board.paid(30_000);
    board.close();
    await board.write();

    const rows = await eventsOf(apiKey.id);
    const received = rows.filter(({ type }) => type === "contribution.received");
    expect(received.map(({ data }) => data)).toMatchObject([
      {
        contribution: { amount_cents: 20_000, net_cents: 19_400 },
        dream_board: { status: "active", raised_cents: 19_400, contribution_count: 1 },
      },
      {
        contribution: { amount_cents: 30_000, net_cents: 29_100 },
        dream_board: { status: "active", raised_cents: 48_500, contribution_count: 2 },
      },
    ]);
    const payloads = JSON.stringify(await Promise.all(rows.map(opened)));
    expect(payloads).toContain('"card_number_last4":"1234"');
    expect(payloads).not.toMatch(/5234123412341234|105\.0\.0\.1|parent@example\.com|Phone/);
  });

  it("the recipient in an event payout.ready is stored sealed", async () => {
    const board = await aBoard();
    const { apiKey } = await anEndpoint(database, board.opening.partnerId, ["payout.ready"]);
    board.paid(50_000);
    board.close();
    await board.write();

    const [ready] = await eventsOf(apiKey.id);

    expect(ready?.data).toMatchObject({ net_cents: 48_500, recipient_data: { encrypted: expect.any(String) } });
    expect(JSON.stringify(ready)).not.toMatch(/parent@|PLID12345678/);
    expect(ready && (await opened(ready)).data).toMatchObject({
      recipient_data: { email: "parent@example.com", product_url: "https://www.takealot.com/lego/PLID12345678" },
    });
  });

  it("a log that is written again announces nothing", async () => {
    const board = await aBoard();
    const { apiKey } = await anEndpoint(database, board.opening.partnerId);
    board.paid(20_000);
    await board.write();

    expect(await board.write()).toEqual({ deliveryIds: [], mailIds: [] });

    expect(await typesOf(apiKey.id)).toEqual(["contribution.received", "dreamboard.created"]);
  });

  it("a partner event and its delivery have UUIDv7 ids that begin with the event's instant", async () => {
    const board = await aBoard();
    await anEndpoint(database, board.opening.partnerId);
    board.paid(20_000);
    await board.write();

    const { events, deliveries } = await rowsOf(database, board);

    const instant = (id: string) => Number.parseInt(id.replace("-", "").slice(0, 12), 16);
    const happened = new Map(events.map(({ id, createdAt }) => [id, createdAt.getTime()]));
    expect(happened.size).toBe(2);
    for (const { id, eventId } of deliveries) {
      expect([id, eventId].map((each) => /^.{14}7.{4}[89ab].{16}$/.test(each))).toEqual([true, true]);
      expect([instant(id), instant(eventId)]).toEqual([happened.get(eventId), happened.get(eventId)]);
    }
    expect(new Set(deliveries.flatMap(({ id, eventId }) => [id, eventId])).size).toBe(4);
  });

  it("events that an older release announced under random ids are not announced again", async () => {
    const board = await aBoard();
    const { apiKey } = await anEndpoint(database, board.opening.partnerId);
    board.paid(20_000);
    await board.write();
    await database.db.execute(sql`
      WITH renamed AS (UPDATE webhook_events SET id = md5(id::text)::uuid WHERE api_key_id = ${apiKey.id} RETURNING id)
      UPDATE webhook_deliveries d SET id = md5(d.id::text)::uuid
      FROM webhook_events e WHERE e.id = d.id AND e.api_key_id = ${apiKey.id}`);
    const before = await rowsOf(database, board);

    expect(await board.write()).toEqual({ deliveryIds: [], mailIds: [] });

    expect(await rowsOf(database, board)).toEqual(before);
    expect(await typesOf(apiKey.id)).toEqual(["contribution.received", "dreamboard.created"]);
  });

  it("an endpoint gets only events after its registration, even when the projection runs later", async () => {
    const board = await aBoard();
    board.paid(20_000);
    const createdAt = later(board.now, 1);
    const { apiKey } = await anEndpoint(database, board.opening.partnerId, undefined, { createdAt });
    board.paid(30_000);

    // The first projection of this log, as after an outage, or into a database that was restored.
    await board.write();

    const rows = await eventsOf(apiKey.id);
    expect(rows).toMatchObject([{ type: "contribution.received", data: { contribution: { amount_cents: 30_000 } } }]);
  });
});

describe("the outbox", () => {
  const collecting = <Message>() => {
    const batches: Message[][] = [];
    const queue: MessageQueue<Message> = {
      sendBatch: async (messages) => batches.push([...messages].map(({ body }) => body)),
    };
    return { queue, batches };
  };

  const UNUSED = { slowWebhookDeliveries: { sendBatch: () => Promise.reject(new Error("no endpoint is slow yet")) } };

  it("every delivery and mail that a projection writes is enqueued by its id", async () => {
    const board = await aPlayedBoard(database, { goal: cents(20_000) });
    board.paid(50_000);
    board.close();
    const outbox = await board.write();
    const webhooks = collecting<{ deliveryId: string }>();
    const mail = collecting<{ mailId: string }>();

    await enqueue({ ...UNUSED, webhookDeliveries: webhooks.queue, mail: mail.queue }, outbox);

    const { deliveries, mails } = await rowsOf(database, board);
    expect(deliveries.length).toBeGreaterThan(0);
    expect(mails.length).toBeGreaterThan(0);
    const ids = (messages: readonly { deliveryId?: string; mailId?: string }[]) =>
      messages.map(({ deliveryId, mailId }) => deliveryId ?? mailId).sort();
    expect(ids(webhooks.batches.flat())).toEqual(deliveries.map(({ id }) => id).sort());
    expect(ids(mail.batches.flat())).toEqual(mails.map(({ id }) => id).sort());
  });

  it("a long outbox goes to its queues in batches of at most 100, each id once", async () => {
    const ids = Array.from({ length: 201 }, (_, n) => `id-${n}`);
    const webhooks = collecting<{ deliveryId: string }>();
    const mail = collecting<{ mailId: string }>();

    await enqueue(
      { ...UNUSED, webhookDeliveries: webhooks.queue, mail: mail.queue },
      { deliveryIds: ids, mailIds: ids.slice(0, 100) },
    );

    expect(webhooks.batches.map(({ length }) => length)).toEqual([100, 100, 1]);
    expect(webhooks.batches.flat().map(({ deliveryId }) => deliveryId)).toEqual(ids);
    expect(mail.batches.map((batch) => batch.map(({ mailId }) => mailId))).toEqual([ids.slice(0, 100)]);
  });
});

it("a mail is written once per board, kind and contribution, without a name or an address in its row", async () => {
  const board = await aBoard({ goal: cents(20_000) });
  board.paid(50_000);
  board.paid(2_000);

  const { mailIds } = await board.write();

  const rows = await database.db.select().from(mailMessages).where(eq(mailMessages.dreamBoardId, board.boardId));
  expect(rows.map(({ kind }) => kind).sort()).toEqual([
    "board_live",
    "contribution_received",
    "contribution_received",
    "goal_reached",
  ]);
  expect(mailIds.sort()).toEqual(rows.map(({ id }) => id).sort());
  expect(JSON.stringify(rows)).not.toMatch(/Maya|Thandi|@/);
});
