import { randomUUID } from "node:crypto";
import { eq, inArray } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { paymentRequests } from "#database/payment-tables";
import { contributions } from "#database/schema";
import type { PaymentProviderName, PaymentStatus } from "#domain/board/lifecycle";
import { type DuePayment, dueOpenPayments, noteLookedUp, noteReturn } from "#reconciliation/open-payments";
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
  /** The age of the contribution. `attempt` is the age of its latest attempt where that differs. */
  age: number;
  attempt?: number;
  asked?: number;
  returned?: number;
  ipAddress?: string;
  status?: PaymentStatus;
  expired?: boolean;
  provider?: PaymentProviderName;
};

async function opened(board: { id: string; partnerId: string }, values: Opened): Promise<string> {
  const {
    age,
    attempt = age,
    asked,
    returned,
    ipAddress,
    status = "pending",
    expired = false,
    provider = "payfast",
  } = values;
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
    ipAddress,
  });
  const attemptedAt = ago(attempt);
  await database.db.insert(paymentRequests).values({
    contributionId: id,
    dreamBoardId: board.id,
    paymentProvider: provider,
    status,
    attempt: 1,
    attemptedAt,
    seq: 1,
    expiredAt: expired ? ago(0) : null,
    nextLookUpAt: ["completed", "refunded"].includes(status) ? null : attemptedAt,
    returnedAt: returned === undefined ? null : ago(returned),
  });
  if (asked !== undefined) await lookedUp([id], ago(asked));
  return reference;
}

/** As a run remembers what it has looked up. */
async function lookedUp(contributionIds: string[], at: Date): Promise<void> {
  const asked = contributionIds.map((contributionId) => ({ contributionId }) as DuePayment);
  await noteLookedUp(testServices(database).services, asked, at);
}

const PAYFAST = { name: "payfast", looksUpAtOnce: true } as const;
const OZOW = { name: "ozow", looksUpAtOnce: false } as const;

const aQuietBoard = () => aBoard(database.db, { createdAt: ago(60 * DAY), deadline: new Date("2027-01-01T00:00:00Z") });

/** The due payments among `references`. Payments of other tests may be due as well. */
async function dueOf(references: string[], settings: Record<string, string> = {}): Promise<string[]> {
  const due = await dueOpenPayments(testServices(database, settings).services, PAYFAST, { now: NOW });
  return due.map(({ payment }) => payment.reference).filter((reference) => references.includes(reference));
}

describe("dueOpenPayments", () => {
  it.each<[string, "due" | "not due", Opened]>([
    ["is less than three minutes old", "not due", { age: 3 * MINUTE - 1 }],
    ["is three minutes old", "due", { age: 3 * MINUTE }],
    ["is in its first hour and was looked up a minute ago", "due", { age: 59 * MINUTE, asked: MINUTE }],
    ["was last looked up in its first hour", "due", { age: 64 * MINUTE, asked: 5 * MINUTE }],
    [
      "is older than an hour and was looked up less than an eighth of its age ago",
      "not due",
      { age: 2 * HOUR, asked: 15 * MINUTE - 1 },
    ],
    ["is older than an hour and was looked up an eighth of its age ago", "due", { age: 2 * HOUR, asked: 15 * MINUTE }],
    ["is a day old and was looked up less than three hours ago", "not due", { age: DAY, asked: 3 * HOUR - 1 }],
    ["is a day old and was looked up three hours ago", "due", { age: DAY, asked: 3 * HOUR }],
    ["is a week old and was looked up 20 hours ago", "not due", { age: 7 * DAY, asked: 20 * HOUR }],
    ["is a week old and was looked up 21 hours ago", "due", { age: 7 * DAY, asked: 21 * HOUR }],
    ["was looked up at an instant far in the future", "due", { age: 2 * DAY, asked: -3 * DAY }],
    ["is processing", "due", { age: HOUR, status: "processing" }],
    ["has expired", "due", { age: 2 * DAY, status: "failed", expired: true }],
    [
      "has expired and was looked up less than an eighth of its age ago",
      "not due",
      { age: 2 * DAY, asked: 5 * HOUR, status: "failed", expired: true },
    ],
    ["failed by a report and is less than a day old", "due", { age: DAY - 1, status: "failed" }],
    ["failed by a report a day ago and was looked up since", "not due", { age: DAY, status: "failed", asked: MINUTE }],
    [
      "failed by a report and has been looked up on its day",
      "not due",
      { age: 5 * DAY, status: "failed", asked: 4.1 * DAY },
    ],
    ["is completed", "not due", { age: HOUR, status: "completed" }],
    ["is refunded", "not due", { age: HOUR, status: "refunded" }],
    ["is less than eight days old", "due", { age: 8 * DAY - MINUTE }],
    ["was looked up when it was almost eight days old", "not due", { age: 9 * DAY, asked: 1.1 * DAY }],
    ["was retried a minute ago", "not due", { age: DAY, attempt: MINUTE }],
    ["was retried an hour ago", "due", { age: DAY, attempt: 61 * MINUTE, asked: 8 * MINUTE }],
    ["was opened 20 days ago and retried an hour ago", "due", { age: 20 * DAY, attempt: HOUR, status: "processing" }],
  ])("a payment that %s is %s", async (_, expected, values) => {
    const reference = await opened(await aQuietBoard(), values);

    expect(await dueOf([reference])).toEqual(expected === "due" ? [reference] : []);
  });

  it("the age at which a payment becomes due is a setting", async () => {
    const reference = await opened(await aQuietBoard(), { age: 4 * MINUTE });

    expect(await dueOf([reference], { RECONCILIATION_MIN_AGE_MINUTES: "5" })).toEqual([]);
    expect(await dueOf([reference], { RECONCILIATION_MIN_AGE_MINUTES: "0" })).toEqual([reference]);
  });

  it("of one board come returned guests first, then what was never looked up, then the oldest look-up", async () => {
    const board = await aQuietBoard();
    const asked = await opened(board, { age: 50 * MINUTE, asked: 2 * MINUTE });
    const askedBefore = await opened(board, { age: 40 * MINUTE, asked: 9 * MINUTE });
    const younger = await opened(board, { age: 20 * MINUTE });
    const older = await opened(board, { age: 30 * MINUTE });
    const back = await opened(board, { age: 15 * MINUTE, returned: MINUTE });
    const backAgain = await opened(board, { age: 55 * MINUTE, asked: 3 * MINUTE, returned: MINUTE });
    const backBefore = await opened(board, { age: 56 * MINUTE, asked: MINUTE, returned: 3 * MINUTE });

    const all = [asked, askedBefore, younger, older, back, backAgain, backBefore];
    expect(await dueOf(all)).toEqual([back, backAgain, older, younger, askedBefore, asked, backBefore]);
  });

  it("boards take turns, and on a board networks do", async () => {
    const [crowded, quiet] = [await aQuietBoard(), await aQuietBoard()];
    const many = (n: number, age: number) => ({ age, ipAddress: `2001:db8:7:${n.toString(16)}::1` });
    const crowd: string[] = [];
    for (let n = 0; n < 4; n += 1) crowd.push(await opened(crowded, many(n, (50 - n) * MINUTE)));
    const guest = await opened(crowded, { age: 10 * MINUTE, ipAddress: "41.13.20.7" });
    const elsewhere = await opened(quiet, { age: 5 * MINUTE, ipAddress: "2001:db8:7:ff::1" });

    expect(await dueOf([...crowd, guest, elsewhere])).toEqual([crowd[0], elsewhere, guest, ...crowd.slice(1)]);
  });

  it("dueOpenPayments returns only payments of the given provider", async () => {
    const board = await aQuietBoard();
    const atPayfast = await opened(board, { age: HOUR });
    const atOzow = await opened(board, { age: HOUR, provider: "ozow" });

    const due = await dueOpenPayments(testServices(database).services, OZOW, { now: NOW });

    const references = due.map(({ payment }) => payment.reference);
    expect([atPayfast, atOzow].filter((reference) => references.includes(reference))).toEqual([atOzow]);
  });

  it("dueOpenPayments returns for one board all payments that delay closing, the newest attempt first", async () => {
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

    const due = await dueOpenPayments(testServices(database).services, PAYFAST, { now: NOW, boardId: board.id });

    expect(due.map(({ payment }) => payment.reference)).toEqual([young, retried, older, asked]);
  });

  it("dueOpenPayments returns the values with which the attempt was started", async () => {
    const board = await aQuietBoard();
    const reference = await opened(board, { age: HOUR, attempt: 30 * MINUTE, status: "processing" });
    const attemptExpiresAt = new Date("2026-11-20T10:30:00Z");
    const [row] = await database.db.select().from(contributions).where(eq(contributions.paymentRef, reference));
    await database.db
      .update(paymentRequests)
      .set({ attempt: 3, attemptExpiresAt, requestId: "req-3" })
      .where(eq(paymentRequests.contributionId, row!.id));
    const { services } = testServices(database, { API_ORIGIN: "https://api.chipin.example" });

    const due = await dueOpenPayments(services, PAYFAST, { now: NOW, boardId: board.id });

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
          cancelUrl: `https://chipin.example/${board.slug}?cancelled=true&ref=${reference}`,
          notifyUrl: "https://api.chipin.example/api/webhooks/payfast",
        },
      },
    ]);
  });
});

describe("noteLookedUp", () => {
  it("noteLookedUp stores when each payment was looked up, and changes nothing else", async () => {
    const board = await aQuietBoard();
    const references = [
      await opened(board, { age: 2 * HOUR, attempt: HOUR }),
      await opened(board, { age: 2 * HOUR, status: "processing" }),
    ];
    const { services } = testServices(database);
    const due = await dueOpenPayments(services, PAYFAST, { now: NOW, boardId: board.id });

    await noteLookedUp(services, due, NOW);

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

describe("noteReturn", () => {
  it("noteReturn stores when the guest of an open payment came back, once a minute", async () => {
    const board = await aQuietBoard();
    const [open, paid] = [await opened(board, { age: HOUR }), await opened(board, { age: HOUR, status: "completed" })];
    const { services, clock } = testServices(database);
    const returns = async () => {
      const rows = await database.db
        .select({ reference: contributions.paymentRef, at: paymentRequests.returnedAt })
        .from(paymentRequests)
        .innerJoin(contributions, eq(contributions.id, paymentRequests.contributionId))
        .where(inArray(contributions.paymentRef, [open, paid]));
      return Object.fromEntries(rows.map(({ reference, at }) => [reference, at]));
    };

    clock.now = NOW;
    for (const reference of [open, paid]) await noteReturn(services, { reference, provider: "payfast" });
    expect(await returns()).toEqual({ [open]: NOW, [paid]: null });
    const before = database.gateway.requests;
    clock.now = new Date(NOW.getTime() + MINUTE - 1);
    await noteReturn(services, { reference: open, provider: "payfast" });
    expect(database.gateway.requests).toBe(before);
    clock.now = new Date(NOW.getTime() + MINUTE);
    await noteReturn(services, { reference: open, provider: "payfast" });
    expect((await returns())[open]).toEqual(clock.now);
  });
});
