import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contributorVisibility } from "#database/own-tables";
import { dreamBoards, payouts } from "#database/schema";
import { MAIL_JITTER } from "#mail/retry-policy";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { barrier, testServices } from "../webhooks/support.ts";
import { aContribution, aHostedBoard, aMail, aPot, forgetHost, mailRow, provider, sendMail } from "./support.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

/** The scheduled wait of a wait with jitter, or the wait itself when the schedule does not have it. */
const scheduled = (minutes: number) =>
  [1, 5, 30, 120, 720].find((wait) => minutes >= wait && minutes <= wait * (1 + MAIL_JITTER)) ?? minutes;
const minutesAfter = (at: Date, minutes: number) => new Date(at.getTime() + minutes * 60_000);

describe("sendMail", () => {
  it("a mail to the host is written from the current data, and Resend's id of it is stored", async () => {
    const { services, clock, logged } = testServices(database);
    const { board, email } = await aHostedBoard(database);
    const id = await aMail(database, board.id, { nextAttemptAt: clock.now });
    await database.db.update(dreamBoards).set({ childName: "Amahle" }).where(eq(dreamBoards.id, board.id));
    const { posted, deps } = provider(() => Response.json({ id: "49a3999c" }));

    expect(await sendMail(services, id, deps)).toEqual({ outcome: "sent" });

    expect(posted).toMatchObject([{ to: [email], key: id, subject: "Amahle’s dream board is live" }]);
    expect(posted[0]?.text).toContain(`https://chipin.example/${board.slug}`);
    expect(await mailRow(database, id)).toMatchObject({
      status: "sent",
      attempts: 1,
      sentAt: clock.now,
      providerMessageId: "49a3999c",
      leaseUntil: null,
    });
    expect(JSON.stringify(logged)).not.toContain(email);
  });

  it("the mail about a contribution contains the name, the amount, the message and the pot", async () => {
    const { services, clock } = testServices(database);
    const { board } = await aHostedBoard(database);
    const contributionId = await aContribution(database, board, { message: "With love" });
    await aPot(database, board, 19_400);
    await aContribution(database, board, { amountCents: 99_900, feeCents: 2_997, paymentStatus: "pending" });
    const id = await aMail(database, board.id, {
      kind: "contribution_received",
      contributionId,
      nextAttemptAt: clock.now,
    });
    const { posted, deps } = provider();

    await sendMail(services, id, deps);

    expect(posted).toMatchObject([{ subject: "Sarah chipped in R200 for Maya" }]);
    expect(posted[0]?.text).toContain("R194 of R2,500 raised so far.");
    expect(posted[0]?.text).toContain("> With love");
  });

  it("the mail about a contribution holds neither a hidden name nor a hidden message", async () => {
    const { services, clock } = testServices(database);
    const { board } = await aHostedBoard(database);
    const sent = async (hidden: { nameHidden: boolean; messageHidden: boolean }) => {
      const contributionId = await aContribution(database, board, { message: "With love" });
      await database.db
        .insert(contributorVisibility)
        .values({ contributionId, dreamBoardId: board.id, seq: 4, ...hidden });
      const kind = "contribution_received";
      const id = await aMail(database, board.id, { kind, contributionId, nextAttemptAt: clock.now });
      const { posted, deps } = provider();
      await sendMail(services, id, deps);
      const text = `${posted[0]?.subject} ${posted[0]?.text} ${posted[0]?.html}`;
      return [posted[0]?.subject, text.includes("Sarah"), text.includes("With love")];
    };

    expect([
      await sent({ nameHidden: true, messageHidden: false }),
      await sent({ nameHidden: false, messageHidden: true }),
      await sent({ nameHidden: false, messageHidden: false }),
    ]).toEqual([
      ["Someone chipped in R200 for Maya", false, true],
      ["Sarah chipped in R200 for Maya", true, false],
      ["Sarah chipped in R200 for Maya", true, true],
    ]);
  });

  it("the mail about a closed board contains its payouts", async () => {
    const { services, clock } = testServices(database);
    const { board } = await aHostedBoard(database, { status: "closed" });
    await aPot(database, board, 19_400);
    await database.db.insert(payouts).values({
      partnerId: board.partnerId,
      dreamBoardId: board.id,
      type: "takealot_gift_card" as const,
      recipientData: {},
      grossCents: 19_400,
      feeCents: 0,
      netCents: 19_400,
    });
    const id = await aMail(database, board.id, { kind: "board_closed", nextAttemptAt: clock.now });
    const { posted, deps } = provider();

    await sendMail(services, id, deps);

    expect(posted[0]?.text).toContain("raised R194 for Maya");
    expect(posted[0]?.text).toContain("A Takealot gift card of R194");
  });

  it("twelve concurrent callers send one mail", async () => {
    const { services, clock } = testServices(database);
    const { board } = await aHostedBoard(database);
    const id = await aMail(database, board.id, { nextAttemptAt: clock.now });
    const allCallers = barrier(12);
    const { posted, deps } = provider(async () => {
      await allCallers.arrive();
      return Response.json({ id: "49a3999c" });
    });

    const outcomes = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const result = await sendMail(services, id, deps);
        if (result.outcome === "not_claimed") allCallers.arrive();
        return result;
      }),
    );

    expect(posted).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === "sent")).toHaveLength(1);
    expect(await sendMail(services, id, deps)).toEqual({ outcome: "not_claimed" });
  });

  it("a mail that Resend does not accept is retried with the same key, and fails after six attempts", async () => {
    const { services, clock, logged } = testServices(database);
    const { board } = await aHostedBoard(database);
    const id = await aMail(database, board.id, { nextAttemptAt: clock.now });
    const { posted, deps } = provider(() => new Response("busy", { status: 503 }));

    const waits: number[] = [];
    for (;;) {
      const result = await sendMail(services, id, deps);
      if (result.outcome !== "retry") break;
      waits.push(scheduled((result.at.getTime() - clock.now.getTime()) / 60_000));
      expect(await mailRow(database, id)).toMatchObject({
        status: "pending",
        nextAttemptAt: result.at,
        leaseUntil: null,
      });
      clock.now = result.at;
    }

    expect(waits).toEqual([1, 5, 30, 120, 720]);
    expect(new Set(posted.map(({ key }) => key))).toEqual(new Set([id]));
    expect(posted).toHaveLength(6);
    expect(await mailRow(database, id)).toMatchObject({ status: "failed", attempts: 6, lastError: "503" });
    expect(logged.filter(({ alert, event }) => alert && event === "mail_failed")).toHaveLength(1);
  });

  it("a mail that Resend refuses fails at once with an alert", async () => {
    const { services, clock, logged } = testServices(database);
    const { board } = await aHostedBoard(database);
    const id = await aMail(database, board.id, { nextAttemptAt: clock.now });
    const { deps } = provider(() => Response.json({ name: "validation_error", message: "no" }, { status: 422 }));

    expect(await sendMail(services, id, deps)).toEqual({ outcome: "failed" });

    expect(await mailRow(database, id)).toMatchObject({ status: "failed", lastError: "422 validation_error no" });
    expect(logged).toMatchObject([{ event: "mail_failed", alert: true }, { event: "mail_batch" }]);
  });

  it.each([
    { why: "the host has been anonymised", prepare: (board: { hostId: string }) => forgetHost(database, board.hostId) },
    {
      why: "the board has been anonymised",
      prepare: ({ id }: { id: string }) =>
        database.db.update(dreamBoards).set({ childName: "Anonymized" }).where(eq(dreamBoards.id, id)),
    },
  ])("a mail is not sent, without an alert, when $why", async ({ prepare }) => {
    const { services, clock, logged } = testServices(database);
    const { board } = await aHostedBoard(database);
    const id = await aMail(database, board.id, { nextAttemptAt: clock.now });
    await prepare(board);
    const { posted, deps } = provider();

    expect(await sendMail(services, id, deps)).toEqual({ outcome: "skipped" });

    expect(posted).toEqual([]);
    expect(await mailRow(database, id)).toMatchObject({ status: "skipped", lastError: expect.stringMatching(/./) });
    expect(logged.filter(({ alert }) => alert)).toEqual([]);
  });

  it("a mail about a contribution that was refunded meanwhile is skipped", async () => {
    const { services, clock } = testServices(database);
    const { board } = await aHostedBoard(database);
    const contributionId = await aContribution(database, board, { paymentStatus: "refunded" });
    const id = await aMail(database, board.id, {
      kind: "contribution_received",
      contributionId,
      nextAttemptAt: clock.now,
    });
    const { posted, deps } = provider();

    expect(await sendMail(services, id, deps)).toEqual({ outcome: "skipped" });

    expect(posted).toEqual([]);
    expect(await mailRow(database, id)).toMatchObject({ status: "skipped" });
  });

  it("a mail of an unknown kind fails with an alert", async () => {
    const { services, clock, logged } = testServices(database);
    const { board } = await aHostedBoard(database);
    const id = await aMail(database, board.id, { kind: "surprise", nextAttemptAt: clock.now });

    expect(await sendMail(services, id, provider().deps)).toEqual({ outcome: "failed" });

    expect(logged).toMatchObject([{ event: "mail_failed", alert: true }, { event: "mail_batch" }]);
  });

  it("a mail that is not due, claimed by another caller or missing is not sent", async () => {
    const { services, clock } = testServices(database);
    const { board } = await aHostedBoard(database);
    const later = minutesAfter(clock.now, 1);
    const notDue = await aMail(database, board.id, { nextAttemptAt: later });
    const claimed = await aMail(database, board.id, { nextAttemptAt: clock.now, leaseUntil: later });
    const { posted, deps } = provider();

    for (const id of [notDue, claimed, randomUUID()]) {
      expect(await sendMail(services, id, deps)).toEqual({ outcome: "not_claimed" });
    }

    expect(posted).toEqual([]);
  });
});

describe("mails of a busy board", () => {
  /** A board with `count` contributions, one a minute from `from` on, each with its mail. */
  async function busyBoard(from: Date, count: number) {
    const { board } = await aHostedBoard(database);
    const ids: string[] = [];
    for (let index = 0; index < count; index++) {
      const at = minutesAfter(from, index);
      const contributionId = await aContribution(database, board, { contributorName: `Guest-${index + 1}` });
      const values = { kind: "contribution_received", contributionId, createdAt: at, nextAttemptAt: at };
      ids.push(await aMail(database, board.id, values));
    }
    return { board, ids };
  }

  it("a board sends five single mails an hour, and then one digest of all that wait", async () => {
    const { services, clock } = testServices(database);
    const start = clock.now;
    const { ids } = await busyBoard(start, 9);
    const { posted, deps } = provider();

    const outcomes = [];
    for (const [index, id] of ids.entries()) {
      clock.now = minutesAfter(start, index);
      outcomes.push(await sendMail(services, id, deps));
    }
    expect(posted.map(({ subject }) => subject)).toEqual(
      [1, 2, 3, 4, 5].map((number) => `Guest-${number} chipped in R200 for Maya`),
    );
    const end = minutesAfter(start, 60);
    expect(outcomes[5]).toEqual({ outcome: "deferred", at: end });
    expect(outcomes.slice(6)).toEqual(Array(3).fill({ outcome: "not_claimed" }));

    clock.now = end;
    expect(await sendMail(services, ids[5] ?? "", deps)).toEqual({ outcome: "sent" });
    expect(posted).toHaveLength(6);
    expect(posted[5]).toMatchObject({ subject: "4 new contributions for Maya" });
    for (const guest of [6, 7, 8, 9]) expect(posted[5]?.text).toContain(`Guest-${guest} chipped in R200.`);
    for (const id of ids) expect(await mailRow(database, id)).toMatchObject({ status: "sent", attempts: 1 });
  });

  it("concurrent callers mail each waiting contribution once", async () => {
    const { services, clock } = testServices(database);
    const start = clock.now;
    const { ids } = await busyBoard(start, 12);
    const { posted, deps } = provider();
    clock.now = minutesAfter(start, 12);
    for (const id of ids) await sendMail(services, id, deps);

    clock.now = minutesAfter(start, 75);
    await Promise.all(ids.map((id) => sendMail(services, id, deps)));
    // A caller that comes after a digest may find the hour full, and defers its mail.
    clock.now = minutesAfter(start, 140);
    for (const id of ids) await sendMail(services, id, deps);

    const mailed = posted.flatMap(({ text }) => [...new Set(text.match(/Guest-\d+/g))]);
    expect(mailed.sort()).toEqual(ids.map((_, index) => `Guest-${index + 1}`).sort());
    for (const id of ids) expect(await mailRow(database, id)).toMatchObject({ status: "sent" });
  });

  it("a digest that Resend did not accept is retried with the same mails and the same key", async () => {
    const { services, clock } = testServices(database);
    const start = clock.now;
    const { ids } = await busyBoard(start, 8);
    const working = provider();
    clock.now = minutesAfter(start, 8);
    for (const id of ids) await sendMail(services, id, working.deps);
    const failing = provider(() => new Response("busy", { status: 503 }));
    clock.now = minutesAfter(start, 68);

    const result = await sendMail(services, ids[5] ?? "", failing.deps);
    if (result.outcome !== "retry") throw new Error(`expected a retry, got ${result.outcome}`);
    clock.now = result.at;
    await sendMail(services, ids[7] ?? "", working.deps);

    expect(working.posted.at(-1)).toMatchObject({ subject: "3 new contributions for Maya" });
    expect(working.posted.at(-1)?.key).toBe(failing.posted[0]?.key);
  });
});
