import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isUnavailable, postgresError } from "#database/errors";
import { boardEvents, mailMessages, webhookDeliveries } from "#database/own-tables";
import {
  apiKeys,
  auditLogs,
  contributions,
  dreamBoards,
  payouts,
  webhookEndpoints,
  webhookEvents,
} from "#database/schema";
import { chainHash, GENESIS_HASH } from "#domain/board/chain";
import type { RecordedEvent } from "#domain/board/events";
import { publicId } from "#domain/ids";
import { cents } from "#domain/money";
import { decrypt, encrypt, parseKeyring } from "#privacy/encryption";
import { project } from "#projection/project";
import { aboutBoard, History } from "../domain/board/history.ts";
import { aHost, aPartner, startTestDatabase, type TestDatabase } from "../support/database.ts";

const keyring = parseKeyring(`test:${Buffer.alloc(32, 7).toString("base64")}`);

let test: TestDatabase;
beforeAll(async () => {
  test = await startTestDatabase();
});
afterAll(() => test.stop());

const context = () => ({ database: test.db, keyring, publicOrigin: "https://chipin.test" });

/** A played history as its object hands it over: numbered, dated, chained. */
function logOf({ events }: History): RecordedEvent[] {
  let hash = GENESIS_HASH;
  return events.map((event, i) => {
    const entry = { seq: i + 1, at: new Date(Date.parse("2026-06-01T08:00:00Z") + i * 1_000).toISOString(), event };
    hash = chainHash(hash, entry);
    return { ...entry, hash };
  });
}

async function aBoard(
  overrides: Parameters<typeof aboutBoard>[1] = {},
  terms: ConstructorParameters<typeof History>[0] = {},
) {
  const [partner, host] = [await aPartner(test.db), await aHost(test.db)];
  const history = new History({ partnerId: partner.id, hostId: host.id, ...terms });
  const about = aboutBoard(history.boardId, overrides);
  const contributor = () => ({ name: "Thandi", message: "Enjoy!", ipAddress: "105.0.0.1", userAgent: "Phone" });
  const write = async (log = logOf(history)) =>
    await project(context(), { state: history.state, about, contributor }, log);
  return { partner, host, history, about, write };
}

async function anEndpoint(partnerId: string, events: string[], values: { keyActive?: boolean; active?: boolean } = {}) {
  const { keyActive = true, active = true } = values;
  const key = { partnerId, partnerName: "P", keyHash: "h", keyPrefix: "cpk_test_abc", isActive: keyActive };
  const [apiKey] = await test.db.insert(apiKeys).values(key).returning();
  const endpoint = { apiKeyId: apiKey!.id, url: "https://partner.example/hook", events, secret: "s", isActive: active };
  const [row] = await test.db.insert(webhookEndpoints).values(endpoint).returning();
  return { apiKey: apiKey!, endpoint: row! };
}

const eventsOf = async (apiKeyId: string) =>
  await test.db
    .select()
    .from(webhookEvents)
    .where(eq(webhookEvents.apiKeyId, apiKeyId))
    .orderBy(webhookEvents.createdAt);

describe("project", () => {
  it("writes a whole life in one transaction and one round trip", async () => {
    const { history, write } = await aBoard({}, { goal: cents(20_000) });
    history.paid(50_000);
    history.report(history.contribution(2_000), { status: "failed", providerStatus: "FAILED" });
    history.play({ type: "close_board", reason: "manual", by: { kind: "system" } });
    const before = test.gateway.requests;

    await write();

    expect(test.gateway.requests - before).toBe(1);
    const [board] = await test.db.select().from(dreamBoards).where(eq(dreamBoards.id, history.boardId));
    expect(board).toMatchObject({ status: "closed", childName: "Maya", payoutEmail: "parent@example.com" });
    const rows = await test.db.select().from(contributions).where(eq(contributions.dreamBoardId, history.boardId));
    expect(rows.map(({ paymentStatus }) => paymentStatus).sort()).toEqual(["completed", "failed"]);
    expect(rows[0]).toMatchObject({
      contributorName: "Thandi",
      message: "Enjoy!",
      ipAddress: "105.0.0.1",
      userAgent: "Phone",
    });
    const log = await test.db.select().from(boardEvents).where(eq(boardEvents.dreamBoardId, history.boardId));
    expect(log).toHaveLength(history.events.length);
  });

  it("gives the same rows however the log is cut into flushes", async () => {
    const whole = await aBoard({}, { goal: cents(20_000) });
    const cut = await aBoard({}, { goal: cents(20_000) });
    for (const { history } of [whole, cut]) {
      history.paid(50_000);
      history.paid(3_000);
      history.play({ type: "close_board", reason: "manual", by: { kind: "system" } });
    }
    await whole.write();
    for (const entry of logOf(cut.history)) await cut.write([entry]);

    const seen = async ({ history }: typeof whole) => {
      const board = eq(contributions.dreamBoardId, history.boardId);
      const rows = await test.db.select().from(contributions).where(board);
      const paid = await test.db.select().from(payouts).where(eq(payouts.dreamBoardId, history.boardId));
      return {
        contributions: rows.map(({ paymentStatus, netCents }) => ({ paymentStatus, netCents })),
        payouts: paid.map(({ type, grossCents, status }) => ({ type, grossCents, status })),
        mails: (await test.db.select().from(mailMessages).where(eq(mailMessages.dreamBoardId, history.boardId)))
          .map(({ kind }) => kind)
          .sort(),
      };
    };
    expect(await seen(cut)).toEqual(await seen(whole));
  });

  it("never lets an older stretch overwrite a newer one", async () => {
    const { history, write } = await aBoard();
    const reference = history.contribution(20_000);
    history.report(reference, { status: "processing", providerStatus: "PENDING" });
    history.report(reference);
    history.play({ type: "close_board", reason: "manual", by: { kind: "system" } });
    const log = logOf(history);
    await write(log);

    await write(log.slice(0, 3));

    const [row] = await test.db.select().from(contributions).where(eq(contributions.dreamBoardId, history.boardId));
    const [board] = await test.db.select().from(dreamBoards).where(eq(dreamBoards.id, history.boardId));
    expect([row?.paymentStatus, board?.status]).toEqual(["completed", "closed"]);
  });

  it("stores who is paid encrypted, to the shape of the specification", async () => {
    const karriCardCiphertext = await encrypt(keyring, "5234123412341234");
    const { history, write } = await aBoard(
      { karriCardCiphertext },
      { payoutMethod: "karri_card_topup", goal: cents(20_000) },
    );
    history.paid(50_000);
    history.play({ type: "close_board", reason: "manual", by: { kind: "system" } });
    await write();

    const rows = await test.db.select().from(payouts).where(eq(payouts.dreamBoardId, history.boardId));
    const recipients = await Promise.all(
      rows.map(async ({ type, recipientData }) => {
        const { encrypted } = recipientData as { encrypted: string };
        return [type, JSON.parse(await decrypt(keyring, encrypted))];
      }),
    );
    expect(Object.fromEntries(recipients)).toEqual({
      karri_card_topup: { cardNumber: "5234123412341234", cardholderName: "Maya" },
      philanthropy_donation: { causeId: "greenpop", donorName: "Maya", donorEmail: "parent@example.com" },
    });
    expect(JSON.stringify(rows)).not.toMatch(/5234|Maya|parent@/);
  });

  it("names a partner who acted in the audit log, as the system with a key", async () => {
    const { history, write, partner } = await aBoard();
    const by = { kind: "partner", partnerId: partner.id, apiKeyId: partner.id } as const;
    history.play({ type: "close_board", reason: "manual", by });
    await write();

    const target = eq(auditLogs.targetId, publicId("board", history.boardId));
    const [, closed] = await test.db.select().from(auditLogs).where(target).orderBy(auditLogs.createdAt);
    expect(closed).toMatchObject({
      action: "board.closed",
      actorType: "system",
      metadata: { partner_id: partner.id, api_key_id: partner.id, reason: "manual" },
    });
  });
});

describe("text that Postgres cannot store", () => {
  it.each([
    ["half a surrogate pair", "a\ud800"],
    ["a NUL", "a\0"],
  ])("is mended on its way, so that %s holds up no log", async (_, text) => {
    const [partner, host] = [await aPartner(test.db), await aHost(test.db)];
    const history = new History({ partnerId: partner.id, hostId: host.id });
    history.paid(20_000);
    const gift = { ...aboutBoard(history.boardId).gift, productImage: text } as ReturnType<typeof aboutBoard>["gift"];
    const about = aboutBoard(history.boardId, { message: text, childPhotoUrl: text, gift });
    const contributor = () => ({ name: text, message: text, ipAddress: text, userAgent: text });

    await project(context(), { state: history.state, about, contributor }, logOf(history));

    const [row] = await test.db.select().from(contributions).where(eq(contributions.dreamBoardId, history.boardId));
    expect(row).toMatchObject({ paymentStatus: "completed", ipAddress: null });
    expect(row?.contributorName).toMatch(/^a\ufffd?$/);
  });
});

describe("another log under the same board", () => {
  it("is refused whole: nothing of it is written, nothing passed over in silence", async () => {
    const { history, write } = await aBoard();
    history.paid(20_000);
    const log = logOf(history);
    await write(log.slice(0, 2));
    const fork = log.map((entry) => (entry.seq === 2 ? { ...entry, hash: "f".repeat(64) } : entry));

    await expect(write(fork.slice(1))).rejects.toSatisfy((error) => postgresError(error)?.code === "22012");

    const rows = await test.db.select().from(boardEvents).where(eq(boardEvents.dreamBoardId, history.boardId));
    expect(rows).toHaveLength(2);
    expect(isUnavailable(await write(fork.slice(1)).catch((error: unknown) => error))).toBe(false);
  });
});

describe("webhook events", () => {
  it("are written per key and delivered per endpoint, only to what is subscribed and active", async () => {
    const { history, write, partner } = await aBoard({}, { goal: cents(20_000) });
    const all = await anEndpoint(partner.id, ["contribution.received", "pot.funded", "pot.closed", "payout.ready"]);
    const funded = await anEndpoint(partner.id, ["pot.funded"]);
    const deaf = await anEndpoint(partner.id, ["pot.funded"], { active: false });
    const revoked = await anEndpoint(partner.id, ["pot.funded"], { keyActive: false });
    const stranger = await anEndpoint((await aPartner(test.db)).id, ["pot.funded"]);
    history.paid(50_000);
    history.play({ type: "close_board", reason: "manual", by: { kind: "system" } });

    const outbox = await write();

    const types = async (apiKeyId: string) => (await eventsOf(apiKeyId)).map(({ eventType }) => eventType).sort();
    expect(await types(all.apiKey.id)).toEqual([
      "contribution.received",
      "payout.ready",
      "payout.ready",
      "pot.closed",
      "pot.funded",
    ]);
    expect(await types(funded.apiKey.id)).toEqual(["pot.funded"]);
    for (const { apiKey } of [deaf, revoked, stranger]) expect(await types(apiKey.id)).toEqual([]);
    expect(outbox.deliveryIds).toHaveLength(6);
    const waiting = await test.db
      .select()
      .from(webhookDeliveries)
      .where(eq(webhookDeliveries.webhookEndpointId, all.endpoint.id));
    expect(waiting.map(({ status, attempts }) => [status, attempts])).toEqual(Array(5).fill(["pending", 0]));
  });

  it("show the board as it stood at that event, and never what is private", async () => {
    const karriCardCiphertext = await encrypt(keyring, "5234123412341234");
    const { history, write, partner } = await aBoard(
      { karriCardCiphertext },
      { payoutMethod: "karri_card_topup", goal: cents(100_000) },
    );
    const { apiKey } = await anEndpoint(partner.id, ["contribution.received", "payout.ready"]);
    history.paid(20_000);
    history.paid(30_000);
    history.play({ type: "close_board", reason: "manual", by: { kind: "system" } });
    await write();

    const rows = await eventsOf(apiKey.id);
    const received = rows.filter(({ eventType }) => eventType === "contribution.received");
    expect(received.map(({ payload }) => payload)).toMatchObject([
      {
        contribution: { amount_cents: 20_000, net_cents: 19_400 },
        dream_board: { raised_cents: 19_400, contribution_count: 1 },
      },
      {
        contribution: { amount_cents: 30_000, net_cents: 29_100 },
        dream_board: { raised_cents: 48_500, contribution_count: 2 },
      },
    ]);
    const told = JSON.stringify(rows);
    expect(told).toContain("1234");
    expect(told).not.toMatch(/5234123412341234|105\.0\.0\.1|parent@example\.com|Phone/);
  });

  it("are told once, however often a stretch is written, and never to an endpoint that came later", async () => {
    const { history, write, partner } = await aBoard();
    const early = await anEndpoint(partner.id, ["contribution.received"]);
    history.paid(20_000);
    await write();
    const late = await anEndpoint(partner.id, ["contribution.received"]);

    const again = await write();

    expect(again).toEqual({ deliveryIds: [], mailIds: [] });
    expect(await eventsOf(early.apiKey.id)).toHaveLength(1);
    expect(await eventsOf(late.apiKey.id)).toEqual([]);
  });
});

describe("mail", () => {
  it("is asked for once per board, kind and contribution, without a name or an address in the row", async () => {
    const { history, write } = await aBoard({}, { goal: cents(20_000) });
    history.paid(50_000);
    history.paid(2_000);

    const { mailIds } = await write();

    const rows = await test.db.select().from(mailMessages).where(eq(mailMessages.dreamBoardId, history.boardId));
    expect(rows.map(({ kind }) => kind).sort()).toEqual([
      "board_live",
      "contribution_received",
      "contribution_received",
      "goal_reached",
    ]);
    expect(mailIds.sort()).toEqual(rows.map(({ id }) => id).sort());
    expect(JSON.stringify(rows)).not.toMatch(/Maya|Thandi|@/);
  });
});
