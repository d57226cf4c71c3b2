import { createHmac, randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { partnerContacts, retiredSecrets } from "#database/endpoint-tables";
import { partnerEvents } from "#database/event-tables";
import { webhookAttempts, webhookDeliveries } from "#database/own-tables";
import { giftCards } from "#database/payout-tables";
import { dreamBoards, payouts, webhookEndpoints, webhookEvents } from "#database/schema";
import { reencryptionWalks } from "#database/sealing-tables";
import { SYSTEM } from "#domain/board/actor";
import { boardCode, newId, parsePublicId } from "#domain/ids";
import { cents } from "#domain/money";
import { restoreBoard } from "#operations/boards";
import type { Restored, RestorePiece } from "#platform/objects";
import { keyringOf, parseKeyring } from "#privacy/encryption";
import { isSealed, openJson, openText, sealFields, sealJson, sealText } from "#privacy/sealed";
import { replaceValues } from "#privacy/stale-values";
import { listAttempts } from "#webhooks/list-attempts";
import { type Reencryption, reencrypt } from "../../src/jobs/reencrypt.ts";
import { takealotBoard } from "../http/partner-api/bodies.ts";
import { aCaller } from "../http/partner-api/support.ts";
import { type TestSite, testSite } from "../http/support.ts";
import { later, MemoryBoardObject, MemoryBoards } from "../support/board.ts";
import { aBoard, aPartner, startTestDatabase, type TestDatabase } from "../support/database.ts";
import { aDelivery, deliverWebhook, receiver } from "../webhooks/support.ts";

const OLD = `old-key:${Buffer.alloc(32, 1).toString("base64")}`;
const NEW = `new-key:${Buffer.alloc(32, 2).toString("base64")}`;
const HOUR_MS = 3_600_000;
const CARD = "5234111122223333";
const SECRET = "a secret between partners";
const RETIRED_SECRET = "the secret before it";
const LIMITS = { runMs: 60_000, pages: 1_000, pageRows: 1_000, pageBoards: 100 };
const CLEAN = { rewritten: 0, left: 0, unreadable: 0, complete: true };

const databases: TestDatabase[] = [];
afterAll(async () => {
  for (const database of databases) await database.stop();
});

/** A database of its own and boards that outlive a deployment. `deploy` starts the same platform with other keys. */
async function aPlatform(...firstKeys: string[]) {
  const database = await startTestDatabase();
  databases.push(database);
  const boards = new MemoryBoards({
    now: () => site.clock.now,
    projection: {
      database: database.db,
      publicOrigin: "https://chipin.test",
      get keyring() {
        return keyringOf(site.services.settings);
      },
    },
  });
  const start = (keys: readonly string[]) =>
    testSite(database, { settings: { CARD_DATA_ENCRYPTION_KEY: keys.join(",") }, board: boards.board });
  let site = start(firstKeys);
  return {
    database,
    boards,
    get site(): TestSite {
      return site;
    },
    get keyring() {
      return keyringOf(site.services.settings);
    },
    get alerts() {
      return site.logged.filter(({ alert }) => alert).map(({ event }) => event);
    },
    deploy(...keys: string[]): void {
      site = start(keys);
    },
    /** Runs the job some hours after the platform's clock. */
    run: (hours: number, limits = LIMITS): Promise<Reencryption> =>
      reencrypt(site.services, later(site.clock.now, hours * HOUR_MS), limits),
  };
}

type TestPlatform = Awaited<ReturnType<typeof aPlatform>>;

/** Where a ciphertext of this key is stored: in any column of any table, and in the boards' objects. */
async function placesUnder({ database }: TestPlatform, keyId: string, objects: readonly MemoryBoardObject[] = []) {
  const tables = await database.postgres.query({
    text: `SELECT table_name, column_name FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name IN (SELECT relname FROM pg_class WHERE relkind = 'r')`,
    params: [],
  });
  const found: string[] = [];
  for (const [table, column] of tables.rows) {
    const { rows } = await database.postgres.query({
      text: `SELECT 1 FROM "${table}" WHERE "${column}"::text ~ '${keyId}[.][A-Za-z0-9_-]{38,}' LIMIT 1`,
      params: [],
    });
    if (rows.length > 0) found.push(`${table}.${column}`);
  }
  for (const { journal } of objects) {
    if (JSON.stringify(journal.profile).includes(`${keyId}.`)) found.push("board_objects.profile");
  }
  return found.sort();
}

const EVERY_PLACE = [
  "board_objects.profile",
  "dream_boards.karri_card_number",
  "gift_cards.sealed",
  "idempotency_keys.response_body",
  "karri_cards.cardholder_name",
  "partner_contacts.email",
  "partner_events.data",
  "payouts.recipient_data",
  "retired_webhook_secrets.secret",
  "webhook_attempts.response_body",
  "webhook_endpoints.secret",
  "webhook_events.last_response_body",
];

/** Pays a contribution of R500 on a board. */
async function pay(object: MemoryBoardObject, { clock }: TestSite): Promise<void> {
  const contributionId = newId(clock.now);
  const form = { submission: randomUUID(), amount: cents(50_000), signals: [], challengePassed: true };
  const opened = await object.execute(
    { type: "open_contribution", contributionId, provider: "payfast", ...form },
    { by: SYSTEM, requestId: "req_test" },
  );
  if ("refused" in opened) throw new Error(`refused: ${opened.refused}`);
  const reference = opened.checkout?.receipt.reference ?? "";
  const paid = {
    status: "completed",
    amount: cents(50_000),
    providerPaymentId: "pf-1",
    providerStatus: "COMPLETE",
  } as const;
  await object.execute(
    { type: "report_payment", provider: "payfast", reference, ...paid },
    { by: SYSTEM, requestId: "r" },
  );
}

/** An object that keeps the pieces of its restore. */
class LostObject extends MemoryBoardObject {
  readonly pieces: RestorePiece[] = [];

  override restore(piece: RestorePiece): Restored {
    this.pieces.push(piece);
    return { restored: true };
  }
}

/**
 * A partner with an endpoint, and a Karri board that was opened, paid and closed through the API. One webhook has been
 * delivered to a receiver that repeats what it gets; the others wait.
 */
async function aBusyPartner(platform: TestPlatform) {
  const { database, boards, site } = platform;
  const caller = await aCaller({ ...site, request: (path, init) => platform.site.request(path, init) });
  const endpoint = {
    url: "https://partner.example.com/hooks",
    events: ["dreamboard.created", "payout.ready"],
    secret: SECRET,
  };
  const card = { karri_card_number: CARD, karri_cardholder_name: "Lindiwe Mokoena" };
  const karri = { ...takealotBoard, payout_method: "karri_card_topup", ...card, goal_cents: 20_000 };
  const write = async (path: string, body: unknown, key: string) => {
    const response = await caller.post(path, body, { "Idempotency-Key": key });
    const { data } = (await response.json()) as { data: { id: string } };
    return { status: response.status, replayed: response.headers.get("Idempotent-Replayed"), data };
  };
  const writes = {
    endpoint: () => write("/v1/webhooks", endpoint, "k1"),
    board: () => write("/v1/dream-boards", karri, "k2"),
  };
  const answers = { endpoint: await writes.endpoint(), board: await writes.board() };
  const retiredAt = new Date();
  await database.db.insert(retiredSecrets).values({
    webhookEndpointId: parsePublicId("webhookEndpoint", answers.endpoint.data.id) ?? "",
    secret: await sealText(platform.keyring, RETIRED_SECRET),
    retiredAt,
    validUntil: later(retiredAt, 86_400_000),
  });
  const email = await sealText(platform.keyring, "dev@partner.example.com");
  await database.db.insert(partnerContacts).values({ partnerId: caller.partnerId, email, updatedAt: retiredAt });
  const boardId = parsePublicId("board", answers.board.data.id) ?? "";
  const object = boards.board(boardCode(boardId));
  await pay(object, site);
  expect((await caller.post(`/v1/dream-boards/${answers.board.data.id}/close`, { reason: "manual" })).status).toBe(200);
  const [payout] = await database.db.select().from(payouts).where(eq(payouts.dreamBoardId, boardId));
  const sealed = await sealText(platform.keyring, "a gift card's code");
  await database.db.insert(giftCards).values({ payoutId: payout?.id ?? "", externalRef: "order-1", sealed });
  const deliveries = await database.db
    .select({ id: webhookDeliveries.id, type: partnerEvents.type, eventId: partnerEvents.id })
    .from(webhookDeliveries)
    .innerJoin(partnerEvents, eq(partnerEvents.id, webhookDeliveries.partnerEventId))
    .innerJoin(webhookEndpoints, eq(webhookEndpoints.id, webhookDeliveries.webhookEndpointId))
    .where(eq(webhookEndpoints.apiKeyId, caller.apiKeyId))
    .orderBy(partnerEvents.type);
  const [created, ...ready] = deliveries;
  if (!created) throw new Error("nothing was announced");
  const echo = receiver(({ body }) => new Response(body));
  expect(await deliverWebhook(soon(platform), created.id, echo.deps)).toEqual({ outcome: "delivered" });
  return { boardId, object, writes, answers, created, ready };
}

/** Postgres stamps deliveries with its own clock. */
const soon = ({ site: { services } }: TestPlatform) => ({ ...services, now: () => later(new Date(), 60_000) });

describe("the rotation of CARD_DATA_ENCRYPTION_KEY, as docs/deploy.md describes it", () => {
  it("after the job has found every place clean, the old key can be removed and everything stays readable", async () => {
    const platform = await aPlatform(OLD);
    const { database } = platform;
    const before = await aBusyPartner(platform);
    expect(await placesUnder(platform, "old-key", [before.object])).toEqual(EVERY_PLACE);

    // 1. The new key is listed last: every isolate can read it before one writes with it.
    platform.deploy(OLD, NEW);
    expect(await placesUnder(platform, "new-key", [before.object])).toEqual([]);
    // 2. The new key encrypts.
    platform.deploy(NEW, OLD);
    const after = await aBusyPartner(platform);
    const objects = [before.object, after.object];
    const columns = async () => ({
      boards: (await database.db.select().from(dreamBoards).orderBy(dreamBoards.id)).map(
        ({ karriCardNumber: _, ...row }) => row,
      ),
      endpoints: (await database.db.select().from(webhookEndpoints).orderBy(webhookEndpoints.id)).map(
        ({ secret: _, ...row }) => row,
      ),
      payouts: (await database.db.select().from(payouts).orderBy(payouts.id)).map(
        ({ recipientData: _, ...row }) => row,
      ),
    });
    const unsealed = await columns();

    // 3. The job, and again after an hour.
    const first = await platform.run(0);
    expect(Object.keys(first.places).sort()).toEqual(EVERY_PLACE);
    const rewritten = Object.entries(first.places).map(([place, result]) => [place, result.rewritten]);
    expect(Object.fromEntries(rewritten)).toEqual({
      "board_objects.profile": 2,
      "dream_boards.karri_card_number": 1,
      "gift_cards.sealed": 1,
      "idempotency_keys.response_body": 2,
      "karri_cards.cardholder_name": 1,
      "partner_contacts.email": 1,
      "partner_events.data": 2,
      "payouts.recipient_data": 2,
      "retired_webhook_secrets.secret": 1,
      "webhook_attempts.response_body": 1,
      "webhook_endpoints.secret": 1,
      "webhook_events.last_response_body": 1,
    });
    expect(first).toMatchObject({ key: "new-key", removable: [] });
    const second = await platform.run(1);
    expect(Object.values(second.places)).toEqual(EVERY_PLACE.map(() => CLEAN));
    expect(second.removable).toEqual(["old-key"]);
    expect(await placesUnder(platform, "old-key", objects)).toEqual([]);
    expect(await columns()).toEqual(unsealed);

    // 4. The old key is removed.
    platform.deploy(NEW);
    const { keyring } = platform;
    for (const { boardId, object, writes, answers, created, ready } of [before, after]) {
      expect(await writes.endpoint()).toEqual({ ...answers.endpoint, replayed: "true" });
      expect(await writes.board()).toEqual({ ...answers.board, replayed: "true" });
      expect(await openText(keyring, object.journal.profile?.karriCardCiphertext ?? "")).toBe(CARD);
      const due = await database.db.select().from(payouts).where(eq(payouts.dreamBoardId, boardId));
      const recipients = due.map(async ({ type, recipientData }) => [type, await openJson(keyring, recipientData)]);
      expect(Object.fromEntries(await Promise.all(recipients))).toMatchObject({
        karri_card_topup: { cardNumber: CARD },
        philanthropy_donation: { donorName: "Maya", donorEmail: "parent@example.com" },
      });
      expect(await listAttempts(platform.site.services, created.id)).toMatchObject([
        { responseBody: expect.stringContaining("dreamboard.created") },
      ]);
      const { received, deps } = receiver();
      for (const { id } of ready) {
        expect(await deliverWebhook(soon(platform), id, deps)).toEqual({ outcome: "delivered" });
      }
      const bodies = received.map(({ body }) => JSON.parse(body).data.recipient_data);
      expect(bodies).toHaveLength(2);
      expect(bodies).toContainEqual(expect.objectContaining({ card_number_last4: "3333" }));
      expect(bodies).toContainEqual(expect.objectContaining({ donor_email: "parent@example.com" }));
      for (const { body, headers } of received) {
        const signature = headers["x-chipin-signature"] ?? "";
        const t = /^t=(\d+),/.exec(signature)?.[1];
        const v1 = (secret: string) => `v1=${createHmac("sha256", secret).update(`${t}.${body}`).digest("hex")}`;
        expect(signature).toBe(`t=${t},${v1(SECRET)},${v1(RETIRED_SECRET)}`);
      }
      const lost = new LostObject({ now: () => platform.site.clock.now });
      const { services } = platform.site;
      await restoreBoard({ ...services, objects: { ...services.objects, board: () => lost } }, boardId);
      expect(await openText(keyring, lost.pieces[0]?.profile?.karriCardCiphertext ?? "")).toBe(CARD);
    }
    expect(platform.alerts).toEqual([]);
    // Without the old key it walks until it has found everything in order, and then does nothing.
    for (const hours of [24, 48]) {
      expect(Object.values((await platform.run(hours)).places)).toEqual(EVERY_PLACE.map(() => CLEAN));
    }
    expect(await platform.run(72)).toEqual({ key: "new-key", places: {}, removable: [] });
    expect(platform.alerts).toEqual([]);
  });
});

describe("reencrypt", () => {
  it("a run that is cut short says what is left, and later runs go on where it stopped", async () => {
    const platform = await aPlatform(OLD);
    const { object } = await aBusyPartner(platform);
    platform.deploy(NEW, OLD);
    const short = { ...LIMITS, pages: 2, pageRows: 1, pageBoards: 1 };
    const runs: Reencryption[] = [];
    while (runs.length < 40 && !runs.at(-1)?.removable.length) runs.push(await platform.run(runs.length, short));

    const values = (run: Reencryption | undefined) => Object.values(run?.places ?? {});
    const perRun = runs.map((run) => values(run).reduce((sum, { rewritten }) => sum + rewritten, 0));
    expect(perRun.reduce((sum, count) => sum + count)).toBe(16);
    expect(Math.max(...perRun)).toBe(2);
    expect(values(runs[0]).filter(({ complete }) => !complete).length).toBeGreaterThan(5);
    expect(runs[0]?.places["payouts.recipient_data"]).toEqual({ ...CLEAN, left: 2, complete: false });
    expect(runs.at(-1)?.removable).toEqual(["old-key"]);
    expect(await placesUnder(platform, "old-key", [object])).toEqual([]);
  });

  it("a run whose time is over rewrites nothing more", async () => {
    const platform = await aPlatform(OLD);
    await aBusyPartner(platform);
    platform.deploy(NEW, OLD);

    const { places } = await platform.run(0, { ...LIMITS, runMs: 0 });

    expect(Object.values(places).map(({ rewritten, complete }) => [rewritten, complete])).toEqual(
      EVERY_PLACE.map(() => [0, false]),
    );
  });

  it("two runs at once leave every value under the current key, once", async () => {
    const platform = await aPlatform(OLD);
    const { object } = await aBusyPartner(platform);
    await aBusyPartner(platform);
    platform.deploy(NEW, OLD);
    const small = { ...LIMITS, pageRows: 1, pageBoards: 1 };

    const runs = await Promise.all([platform.run(0, small), platform.run(0, small)]);

    expect(runs.flatMap(({ places }) => Object.values(places)).filter(({ error }) => error)).toEqual([]);
    expect(await placesUnder(platform, "old-key", [object])).toEqual([]);
    expect((await platform.run(1)).removable).toEqual(["old-key"]);
  });

  it("another list of keys begins anew: what was clean under one list may not be under the next", async () => {
    const platform = await aPlatform(OLD);
    for (const hours of [0, 1]) await platform.run(hours);
    platform.deploy(NEW, OLD);
    await aBusyPartner(platform);
    platform.deploy(OLD, NEW);

    expect((await platform.run(2, { ...LIMITS, pages: 0 })).removable).toEqual([]);
    for (const hours of [3, 4]) await platform.run(hours);
    expect((await platform.run(5)).removable).toEqual(["new-key"]);
    expect(await placesUnder(platform, "new-key")).toEqual([]);
  });

  it("an old key is removable only after a clean walk that began an hour after the new key came", async () => {
    const platform = await aPlatform(OLD);
    const removable: string[][] = [];
    platform.deploy(NEW, OLD);
    for (const hours of [0, 0.5, 0.99, 1]) removable.push((await platform.run(hours)).removable);

    expect(removable).toEqual([[], [], [], ["old-key"]]);
    const late = await sealText(parseKeyring(OLD), CARD);
    await aBoard(platform.database.db, { payoutMethod: "karri_card_topup", karriCardNumber: late });
    // It rewrites the late value, so the next walk must confirm.
    expect((await platform.run(2)).removable).toEqual([]);
    expect((await platform.run(3)).removable).toEqual(["old-key"]);
  });

  it("values from before a column was sealed are sealed; placeholders and erased recipients stay", async () => {
    const platform = await aPlatform(NEW);
    const { database, site, keyring } = platform;
    const { db } = database;
    const recipient = { email: "parent@example.com" };
    const payload = { id: "po_x", recipient_data: recipient, list: [{ recipient_data: null }] };
    const { id, eventId, endpointId } = await aDelivery(database, site.services, { payload });
    await db.update(webhookEvents).set({ lastResponseBody: "" }).where(eq(webhookEvents.id, id));
    await db
      .insert(webhookAttempts)
      .values({ deliveryId: id, attempt: 1, attemptedAt: new Date(), latencyMs: 1, responseBody: "thanks, Maya" });
    const board = await aBoard(db, { payoutMethod: "karri_card_topup", karriCardNumber: "anonymised" });
    const paid = { partnerId: board.partnerId, dreamBoardId: board.id, grossCents: 1, feeCents: 0, netCents: 1 };
    await db.insert(payouts).values({ ...paid, type: "karri_card_topup", recipientData: { erased: true } });
    await db.update(webhookEndpoints).set({ secret: "clear" }).where(eq(webhookEndpoints.id, endpointId));

    const { places } = await platform.run(0);

    expect(Object.fromEntries(Object.entries(places).map(([place, { rewritten }]) => [place, rewritten]))).toEqual({
      ...Object.fromEntries(EVERY_PLACE.map((place) => [place, 0])),
      "partner_events.data": 1,
      "webhook_attempts.response_body": 1,
      "webhook_events.last_response_body": 1,
    });
    const [event] = await db.select().from(partnerEvents).where(eq(partnerEvents.id, eventId));
    const stored = event?.data as typeof payload;
    expect(stored).toEqual({ ...payload, recipient_data: { encrypted: expect.any(String) } });
    expect(isSealed(stored.recipient_data) && (await openJson(keyring, stored.recipient_data))).toEqual(recipient);
    const [record] = await db.select().from(webhookEvents).where(eq(webhookEvents.id, id));
    expect(await openText(keyring, record?.lastResponseBody ?? "")).toBe("");
    expect(await listAttempts(site.services, id)).toMatchObject([{ responseBody: "thanks, Maya" }]);
    const [row] = await db.select().from(dreamBoards).where(eq(dreamBoards.id, board.id));
    const [payout] = await db.select().from(payouts).where(eq(payouts.dreamBoardId, board.id));
    expect([row?.karriCardNumber, payout?.recipientData]).toEqual(["anonymised", { erased: true }]);
  });

  it("a value that no listed key reads stays, is counted and alerted, and does not hold up the others", async () => {
    const platform = await aPlatform(NEW, OLD);
    const { db } = platform.database;
    const lost = await sealJson(parseKeyring(`lost-key:${Buffer.alloc(32, 9).toString("base64")}`), {});
    const old = await sealJson(parseKeyring(OLD), { email: "a@example.com" });
    const { id: dreamBoardId, partnerId } = await aBoard(db);
    const payout = {
      partnerId,
      dreamBoardId,
      grossCents: 1,
      feeCents: 0,
      netCents: 1,
      type: "takealot_gift_card",
    } as const;
    await db.insert(payouts).values([lost, old].map((recipientData) => ({ ...payout, recipientData })));

    const { places } = await platform.run(0);

    expect(places["payouts.recipient_data"]).toEqual({ rewritten: 1, left: 0, unreadable: 1, complete: true });
    expect(platform.alerts).toEqual(["sealed_values_unreadable"]);
    const stored = await db.select({ data: payouts.recipientData }).from(payouts);
    expect(stored.map(({ data }) => data)).toContainEqual(lost);
    expect((await platform.run(1)).places["payouts.recipient_data"]).toEqual({ ...CLEAN, unreadable: 1 });
  });

  it("a board whose object cannot be reached or has the old settings is left, and keeps the old key", async () => {
    const platform = await aPlatform(OLD);
    const { boards, site } = platform;
    const [away, stale, fine] = [
      await aBusyPartner(platform),
      await aBusyPartner(platform),
      await aBusyPartner(platform),
    ];
    platform.deploy(NEW, OLD);
    away.object.outage = Object.assign(new Error("overloaded"), { overloaded: true });
    const answer = { keyId: "old-key", changed: 0, unreadable: 0 };
    const reencryptStale = stale.object.reencrypt.bind(stale.object);
    stale.object.reencrypt = async () => answer;

    const run = await platform.run(2);

    expect(run.places["board_objects.profile"]).toEqual({ rewritten: 2, left: 2, unreadable: 0, complete: true });
    expect(platform.site.logged.filter(({ event }) => event === "board_not_reencrypted")).toHaveLength(1);
    expect((await platform.run(4)).removable).toEqual([]);
    away.object.outage = null;
    stale.object.reencrypt = reencryptStale;
    expect((await platform.run(6)).places["board_objects.profile"]).toMatchObject({ rewritten: 4, left: 0 });
    expect((await platform.run(8)).removable).toEqual(["old-key"]);
    expect(boards.board(boardCode(fine.boardId)).journal.profile?.karriCardCiphertext).toMatch(/^new-key\./);
    expect(site.services.settings).not.toBe(platform.site.services.settings);
  });

  it("a place whose table cannot be read is alerted, and the other places are walked", async () => {
    const platform = await aPlatform(OLD);
    await aBusyPartner(platform);
    platform.deploy(NEW, OLD);
    await platform.database.db.execute(sql`ALTER TABLE payouts RENAME TO away`);

    const { places } = await platform.run(0);

    expect(places["payouts.recipient_data"]).toMatchObject({ complete: false, error: expect.any(String) });
    expect(Object.values(places).filter(({ complete }) => complete)).toHaveLength(EVERY_PLACE.length - 1);
    expect(platform.alerts).toEqual(["reencryption_failed"]);
  });
});

describe("replaceValues", () => {
  it("a value that has changed since it was read is not replaced, and the others are", async () => {
    const { database } = await aPlatform(NEW);
    const rows = [
      await aBoard(database.db, { karriCardNumber: "one" }),
      await aBoard(database.db, { karriCardNumber: "two" }),
    ];
    const changes = rows.map(({ id }) => ({ key: [id], old: "one", new: "other" }));

    expect(await replaceValues(database.db, dreamBoards.karriCardNumber, changes)).toBe(1);

    const stored = await database.db.select({ card: dreamBoards.karriCardNumber }).from(dreamBoards);
    expect(stored.map(({ card }) => card).sort()).toEqual(["other", "two"]);
  });

  it("a row that another transaction holds locked is left out, and nothing waits for it", async ({ skip }) => {
    const { database } = await aPlatform(NEW);
    skip(!database.isRealPostgres, "the embedded Postgres has one connection");
    const rows = [
      await aBoard(database.db, { karriCardNumber: "one" }),
      await aBoard(database.db, { karriCardNumber: "one" }),
    ];
    const changes = rows.map(({ id }) => ({ key: [id], old: "one", new: "other" }));

    const replaced = await database.postgres.session(async (session) => {
      await session.script("BEGIN");
      await session.script(`UPDATE dream_boards SET message = 'x' WHERE id = '${rows[0]?.id}'`);
      const count = await replaceValues(database.db, dreamBoards.karriCardNumber, changes);
      await session.script("COMMIT");
      return count;
    });

    expect(replaced).toBe(1);
  });

  it("a payload is replaced whatever the order of its fields and the form of its numbers", async () => {
    const { database, keyring } = await aPlatform(NEW);
    const payload = { z: 1, amount: 1.5, a: "é\u2028", recipient_data: await sealJson(keyring, {}) };
    const id = randomUUID();
    await database.db.insert(webhookEvents).values({ id, eventType: "payout.ready", payload });
    const [row] = await database.db.select().from(webhookEvents);
    const change = { key: [id], old: row?.payload, new: await sealFields(keyring, { recipient_data: {} }) };

    expect(await replaceValues(database.db, webhookEvents.payload, [change])).toBe(1);
  });
});

it("the walks are stored by the names of their places, which fit the column", async () => {
  const platform = await aPlatform(NEW);
  await aPartner(platform.database.db);
  await platform.run(0);

  const rows = await platform.database.db.select({ place: reencryptionWalks.place }).from(reencryptionWalks);

  expect(rows.map(({ place }) => place).sort()).toEqual(EVERY_PLACE);
});
