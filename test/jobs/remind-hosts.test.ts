import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mailMessages } from "#database/own-tables";
import { dreamBoards } from "#database/schema";
import { remindHosts } from "../../src/jobs/remind-hosts.ts";
import { aHostedBoard, mailRow, provider, sendMail } from "../mail/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { testServices } from "../webhooks/support.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 18:00 in South Africa. */
const NOW = new Date("2026-11-20T16:00:00.000Z");
const ahead = (ms: number) => new Date(NOW.getTime() + ms);

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

async function aBoard(deadline: Date, status: "active" | "funded" | "closed" | "cancelled" | "expired" = "active") {
  const { board } = await aHostedBoard(database, { deadline, status, createdAt: ahead(-30 * DAY) });
  return board;
}

async function remindersOf({ id }: { id: string }) {
  const isReminder = and(eq(mailMessages.dreamBoardId, id), eq(mailMessages.kind, "closing_tomorrow"));
  return await database.db.select().from(mailMessages).where(isReminder).orderBy(mailMessages.day);
}

const change = ({ id }: { id: string }, values: Partial<typeof dreamBoards.$inferInsert>) =>
  database.db.update(dreamBoards).set(values).where(eq(dreamBoards.id, id));

const remind = (now = NOW) => remindHosts(testServices(database).services, now);

describe("remindHosts", () => {
  it("the host of an open board is reminded from 24 hours before the deadline on, and not after it", async () => {
    const rows = [
      { at: DAY, status: "active", mails: 1 },
      { at: DAY + 1, status: "active", mails: 0 },
      { at: DAY, status: "funded", mails: 1 },
      { at: 1, status: "active", mails: 1 },
      { at: 0, status: "active", mails: 0 },
      { at: -1, status: "active", mails: 0 },
      { at: HOUR, status: "closed", mails: 0 },
      { at: HOUR, status: "cancelled", mails: 0 },
      { at: HOUR, status: "expired", mails: 0 },
    ] as const;
    const boards = await Promise.all(rows.map(({ at, status }) => aBoard(ahead(at), status)));

    await remind();

    const reminders = await Promise.all(boards.map(remindersOf));
    expect(rows.map((row, n) => ({ ...row, mails: reminders[n]?.length }))).toEqual(rows);
    expect(reminders[0]).toMatchObject([{ recipient: "host", status: "pending", day: "2026-11-21" }]);
  });

  it("concurrent and repeated runs request one mail a board", async () => {
    const board = await aBoard(ahead(5 * HOUR));

    const runs = await Promise.all([remind(), remind(), remind()]);
    await remind(ahead(HOUR));

    expect(runs.reduce((sum, { reminded }) => sum + reminded, 0)).toBe(1);
    expect(await remindersOf(board)).toHaveLength(1);
  });

  it("a board is reminded again when its deadline moves to another day, and not when it moves within its day", async () => {
    // 20:00 in South Africa.
    const board = await aBoard(ahead(2 * HOUR));
    const remindedDays = async (now: Date) => {
      await remind(now);
      return (await remindersOf(board)).map(({ day }) => day);
    };

    expect(await remindedDays(NOW)).toEqual(["2026-11-20"]);
    await change(board, { deadline: ahead(5 * HOUR) });
    expect(await remindedDays(ahead(HOUR))).toEqual(["2026-11-20"]);
    await change(board, { deadline: ahead(2 * DAY) });
    expect(await remindedDays(ahead(DAY - 1))).toEqual(["2026-11-20"]);
    expect(await remindedDays(ahead(DAY))).toEqual(["2026-11-20", "2026-11-22"]);
  });

  it("more boards than one page holds are all reminded in one run", async () => {
    const now = ahead(100 * DAY);
    const { board } = await aHostedBoard(database, { deadline: new Date(now.getTime() + HOUR), createdAt: NOW });
    const { id: _, slug: __, ...values } = board;
    const others = Array.from({ length: 500 }, (_, n) => ({ ...values, slug: `${board.slug}-${n}` }));
    await database.db.insert(dreamBoards).values(others);

    expect(await remind(now)).toEqual({ reminded: 501 });
    expect(await remind(now)).toEqual({ reminded: 0 });
  });
});

describe("sending the reminder", () => {
  it("the reminder is skipped when the board has ended or its deadline has moved before it is sent", async () => {
    const deadline = ahead(5 * HOUR);
    const rows = [
      { change: {}, status: "sent", lastError: null },
      { change: { status: "funded" }, status: "sent", lastError: null },
      { change: { deadline: ahead(HOUR) }, status: "sent", lastError: null },
      { change: { status: "closed" }, status: "skipped", lastError: "the board has ended" },
      { change: { status: "cancelled" }, status: "skipped", lastError: "the board has ended" },
      { change: { deadline: NOW }, status: "skipped", lastError: "the board has ended" },
      { change: { deadline: ahead(2 * DAY) }, status: "skipped", lastError: "the deadline has moved" },
    ] as const;

    const found = [];
    for (const row of rows) {
      const { services, clock } = testServices(database);
      const board = await aBoard(deadline);
      await remind();
      const [reminder] = await remindersOf(board);
      if (!reminder) throw new Error("no reminder");
      await database.db.update(mailMessages).set({ nextAttemptAt: NOW }).where(eq(mailMessages.id, reminder.id));
      if (Object.keys(row.change).length > 0) await change(board, row.change);
      clock.now = NOW;
      const { posted, deps } = provider();
      await sendMail(services, reminder.id, deps);
      const { status, lastError } = (await mailRow(database, reminder.id)) ?? {};
      found.push({ change: row.change, status, lastError });
      expect(posted.map(({ subject }) => subject)).toEqual(status === "sent" ? ["Maya’s dream board closes soon"] : []);
    }

    expect(found).toEqual(rows);
  });
});
