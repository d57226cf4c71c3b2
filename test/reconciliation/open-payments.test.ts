import { randomUUID } from "node:crypto";
import { eq, inArray } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { paymentRequests } from "#database/payment-tables";
import { contributions } from "#database/schema";
import type { PaymentProviderName, PaymentStatus } from "#domain/board/lifecycle";
import { dueOpenPayments, noteAsked } from "#reconciliation/open-payments";
import { aBoard, startTestDatabase, type TestDatabase } from "../support/database.ts";
import { testServices } from "../webhooks/support.ts";
import { DAY, HOUR, MINUTE } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const NOW = new Date("2026-11-20T10:00:00Z");
const ago = (ms: number) => new Date(NOW.getTime() - ms);

type Opened = {
  /** How long ago it was opened, and, where that differs, how long ago its latest attempt began. */
  age: number;
  attempt?: number;
  asked?: number;
  status?: PaymentStatus;
  expired?: boolean;
  provider?: PaymentProviderName;
};

async function opened(board: { id: string; partnerId: string }, values: Opened): Promise<string> {
  const { age, attempt = age, asked, status = "pending", expired = false, provider = "payfast" } = values;
  const [id, reference] = [randomUUID(), randomUUID().slice(0, 20)];
  await database.db.insert(contributions).values({
    id,
    partnerId: board.partnerId,
    dreamBoardId: board.id,
    amountCents: 20_000,
    feeCents: 600,
    paymentProvider: provider,
    paymentRef: reference,
    paymentStatus: status,
    createdAt: ago(age),
  });
  await database.db.insert(paymentRequests).values({
    contributionId: id,
    dreamBoardId: board.id,
    paymentProvider: provider,
    status,
    attempt: 1,
    attemptedAt: ago(attempt),
    seq: 1,
    lastLookedUpAt: asked === undefined ? null : ago(asked),
    expiredAt: expired ? ago(0) : null,
  });
  return reference;
}

const aQuietBoard = () => aBoard(database.db, { createdAt: ago(60 * DAY), deadline: new Date("2027-01-01T00:00:00Z") });

/** Other tests' payments are due as well: only `references` count. */
async function dueOf(references: string[], settings: Record<string, string> = {}): Promise<string[]> {
  const due = await dueOpenPayments(testServices(database, settings).services, "payfast", { now: NOW });
  return due.map(({ payment }) => payment.reference).filter((reference) => references.includes(reference));
}

describe("dueOpenPayments", () => {
  it.each<[string, Opened, boolean]>([
    ["is too young", { age: 3 * MINUTE - 1 }, false],
    ["is three minutes old", { age: 3 * MINUTE }, true],
    ["is in its first hour, asked a minute ago", { age: 59 * MINUTE, asked: MINUTE }, true],
    [
      "is past its first hour, asked less than an eighth of its age ago",
      { age: 64 * MINUTE, asked: 7.9 * MINUTE },
      false,
    ],
    ["is past its first hour, asked an eighth of its age ago", { age: 64 * MINUTE, asked: 8 * MINUTE }, true],
    ["is a day old, asked less than three hours ago", { age: DAY, asked: 3 * HOUR - 1 }, false],
    ["is a day old, asked three hours ago", { age: DAY, asked: 3 * HOUR }, true],
    ["is a week old, asked this morning", { age: 7 * DAY, asked: 20 * HOUR }, false],
    ["is a week old, asked 21 hours ago", { age: 7 * DAY, asked: 21 * HOUR }, true],
    ["was asked by a clock that was ahead", { age: 2 * DAY, asked: -HOUR }, true],
    ["is processing", { age: HOUR, status: "processing" }, true],
    ["was given up", { age: 2 * DAY, status: "failed", expired: true }, true],
    [
      "was given up, asked less than an eighth of its age ago",
      { age: 2 * DAY, asked: 5 * HOUR, status: "failed", expired: true },
      false,
    ],
    ["failed by the provider's word today", { age: DAY - 1, status: "failed" }, true],
    ["failed by the provider's word yesterday", { age: DAY, status: "failed" }, false],
    ["is completed", { age: HOUR, status: "completed" }, false],
    ["is refunded", { age: HOUR, status: "refunded" }, false],
    ["is in its last day of being asked about", { age: 8 * DAY - MINUTE }, true],
    ["is older than anybody expects money", { age: 8 * DAY }, false],
    ["was begun anew a minute ago", { age: DAY, attempt: MINUTE }, false],
    ["was begun anew an hour ago", { age: DAY, attempt: 61 * MINUTE, asked: 8 * MINUTE }, true],
    ["was opened long ago and begun anew an hour ago", { age: 20 * DAY, attempt: HOUR, status: "processing" }, true],
  ])("of a payment that %s", async (_, values, isDue) => {
    const reference = await opened(await aQuietBoard(), values);

    expect(await dueOf([reference])).toEqual(isDue ? [reference] : []);
  });

  it("waits as long as the settings say", async () => {
    const reference = await opened(await aQuietBoard(), { age: 4 * MINUTE });

    expect(await dueOf([reference], { RECONCILIATION_MIN_AGE_MINUTES: "5" })).toEqual([]);
    expect(await dueOf([reference], { RECONCILIATION_MIN_AGE_MINUTES: "0" })).toEqual([reference]);
  });

  it("puts first what was never asked about, then what was asked longest ago", async () => {
    const board = await aQuietBoard();
    const asked = await opened(board, { age: 50 * MINUTE, asked: 2 * MINUTE });
    const askedBefore = await opened(board, { age: 40 * MINUTE, asked: 9 * MINUTE });
    const younger = await opened(board, { age: 20 * MINUTE });
    const older = await opened(board, { age: 30 * MINUTE });

    expect(await dueOf([asked, askedBefore, younger, older])).toEqual([older, younger, askedBefore, asked]);
  });

  it("names a payment only to the provider it was begun at", async () => {
    const board = await aQuietBoard();
    const atPayfast = await opened(board, { age: HOUR });
    const atOzow = await opened(board, { age: HOUR, provider: "ozow" });

    const due = await dueOpenPayments(testServices(database).services, "ozow", { now: NOW });

    const references = due.map(({ payment }) => payment.reference);
    expect([atPayfast, atOzow].filter((reference) => references.includes(reference))).toEqual([atOzow]);
  });

  it("names of one board what can hold its deadline up, whenever it was asked about, the newest attempt first", async () => {
    const [board, other] = [await aQuietBoard(), await aQuietBoard()];
    const older = await opened(board, { age: 2 * HOUR });
    const asked = await opened(board, { age: 2 * DAY, asked: MINUTE, status: "processing" });
    const retried = await opened(board, { age: 3 * DAY, attempt: 2 * MINUTE, asked: MINUTE });
    const young = await opened(board, { age: MINUTE });
    await opened(board, { age: 8 * DAY, status: "processing" });
    await opened(board, { age: 2 * DAY, asked: MINUTE, status: "failed", expired: true });
    await opened(board, { age: HOUR, status: "failed" });
    await opened(board, { age: HOUR, status: "completed" });
    await opened(other, { age: HOUR });

    const due = await dueOpenPayments(testServices(database).services, "payfast", { now: NOW, boardId: board.id });

    expect(due.map(({ payment }) => payment.reference)).toEqual([young, retried, older, asked]);
  });

  it("tells what the provider was told when the guest was sent there", async () => {
    const board = await aQuietBoard();
    const reference = await opened(board, { age: HOUR, attempt: 30 * MINUTE, status: "processing" });
    const attemptExpiresAt = new Date("2026-11-20T10:30:00Z");
    const [row] = await database.db.select().from(contributions).where(eq(contributions.paymentRef, reference));
    await database.db
      .update(paymentRequests)
      .set({ attempt: 3, attemptExpiresAt, requestId: "req-3" })
      .where(eq(paymentRequests.contributionId, row!.id));
    const { services } = testServices(database, { API_ORIGIN: "https://api.chipin.example" });

    const due = await dueOpenPayments(services, "payfast", { now: NOW, boardId: board.id });

    expect(due).toEqual([
      {
        contributionId: row?.id,
        attemptedAt: ago(30 * MINUTE),
        hasExpired: false,
        payment: {
          reference,
          slug: board.slug,
          amount: 20_000,
          attempt: 3,
          attemptExpiresAt: attemptExpiresAt,
          requestId: "req-3",
          openedAt: ago(HOUR),
          returnUrl: `https://chipin.example/${board.slug}/thanks?ref=${reference}`,
          cancelUrl: `https://chipin.example/${board.slug}?cancelled=true`,
          notifyUrl: "https://api.chipin.example/api/webhooks/payfast",
        },
      },
    ]);
  });
});

describe("noteAsked", () => {
  it("remembers when each payment was looked up, and changes nothing else", async () => {
    const board = await aQuietBoard();
    const references = [
      await opened(board, { age: 2 * HOUR, attempt: HOUR }),
      await opened(board, { age: 2 * HOUR, status: "processing" }),
    ];
    const { services } = testServices(database);
    const due = await dueOpenPayments(services, "payfast", { now: NOW, boardId: board.id });

    await noteAsked(services, due, NOW);

    expect(await dueOf(references)).toEqual([]);
    const rows = await database.db
      .select()
      .from(paymentRequests)
      .where(
        inArray(
          paymentRequests.contributionId,
          due.map(({ contributionId }) => contributionId),
        ),
      );
    expect(rows).toHaveLength(2);
    for (const row of rows)
      expect(row).toMatchObject({ attempt: 1, lastLookedUpAt: NOW, requestId: null, expiredAt: null });
    expect(rows.map(({ attemptedAt }) => attemptedAt)).toEqual(expect.arrayContaining([ago(HOUR), ago(2 * HOUR)]));
  });
});
