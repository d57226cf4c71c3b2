import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { paymentRequests } from "#database/payment-tables";
import { contributions } from "#database/schema";
import { dueOpenPayments, noteLookedUp } from "#reconciliation/open-payments";
import { aBoard, startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { testServices } from "../../webhooks/support.ts";

const MINUTE = 60_000;
const START = new Date("2026-11-20T10:00:00Z");
/** One request a payment, so 300 a run. */
const OZOW = { name: "ozow", looksUpAtOnce: false } as const;

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

type Begun = { board: { id: string; partnerId: string }; at: Date; ipAddress: string | null; returnedAt?: Date };

async function begin(...all: Begun[]): Promise<string[]> {
  const rows = all.map((begun) => ({ ...begun, id: randomUUID() }));
  await database.db.insert(contributions).values(
    rows.map(({ id, board, at, ipAddress }) => ({
      id,
      partnerId: board.partnerId,
      dreamBoardId: board.id,
      amountCents: 2_000,
      feeCents: 60,
      paymentProvider: "ozow" as const,
      paymentRef: id.slice(0, 20),
      createdAt: at,
      ipAddress,
    })),
  );
  await database.db.insert(paymentRequests).values(
    rows.map(({ id, board, at, returnedAt }) => ({
      contributionId: id,
      dreamBoardId: board.id,
      paymentProvider: "ozow" as const,
      status: "pending" as const,
      attempt: 1,
      attemptedAt: at,
      nextLookUpAt: at,
      returnedAt,
      seq: 1,
    })),
  );
  return rows.map(({ id }) => id);
}

it("with 3,000 unpaid attempts before it, a paid contribution is looked up in the second run at the latest", {
  timeout: 120_000,
}, async () => {
  const aQuietBoard = () => aBoard(database.db, { createdAt: START, deadline: new Date("2027-01-01T00:00:00Z") });
  const [crowded, alsoCrowded, quiet] = [await aQuietBoard(), await aQuietBoard(), await aQuietBoard()];
  const { services } = testServices(database);
  let n = 0;
  /** Attempts that nobody pays, each from a network of its own in one IPv6 /48. */
  const flood = async (board: typeof quiet, count: number, at: Date) => {
    for (let begun = 0; begun < count; begun += 500) {
      const attempts = Array.from({ length: 500 }, () => {
        n += 1;
        return { board, at, ipAddress: `2001:db8:1:${n.toString(16)}::1` };
      });
      await begin(...attempts);
    }
  };
  await flood(crowded, 2_000, START);
  await flood(alsoCrowded, 1_000, START);

  // Paid a minute later, their callbacks lost.
  const at = new Date(START.getTime() + MINUTE);
  const returnedAt = new Date(at.getTime() + MINUTE);
  const paid = await begin(
    { board: quiet, at, ipAddress: "2001:db8:1:ffff::1" },
    { board: crowded, at, ipAddress: "2001:db8:1:fffe::1", returnedAt },
    { board: crowded, at, ipAddress: "41.13.20.7" },
    { board: alsoCrowded, at, ipAddress: null },
  );

  const lookedUpIn = new Map<string, number>();
  for (const run of [1, 2]) {
    const now = new Date(START.getTime() + run * 5 * MINUTE);
    const due = await dueOpenPayments(services, OZOW, { now });
    expect(due).toHaveLength(300);
    for (const { contributionId } of due) if (!lookedUpIn.has(contributionId)) lookedUpIn.set(contributionId, run);
    await noteLookedUp(services, due, now);
    await flood(crowded, 500, now);
  }
  expect(paid.map((id) => lookedUpIn.get(id) ?? "later")).toEqual([1, 1, 1, 1]);

  // PayFast answers about all of them with one request, so its run takes all.
  await database.db.update(paymentRequests).set({ paymentProvider: "payfast" });
  const now = new Date(START.getTime() + 20 * MINUTE);
  expect(await dueOpenPayments(services, { name: "payfast", looksUpAtOnce: true }, { now })).toHaveLength(4_004);
});
