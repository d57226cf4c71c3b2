import { randomUUID } from "node:crypto";
import { asc, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mailMessages } from "#database/own-tables";
import { paymentLosses, payoutExecutions, payoutHolds } from "#database/payout-tables";
import { apiKeys, type dreamBoards, payouts } from "#database/schema";
import { publicId } from "#domain/ids";
import { aHouse, aLiveBoard, MINUTE } from "../reconciliation/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { testServices } from "../webhooks/support.ts";
import { aContribution, aHostedBoard, aMail, aPayout, mailRow, provider, sendMail } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ADMINS = { ADMIN_EMAIL_ALLOWLIST: "one@example.org" };

type Board = typeof dreamBoards.$inferSelect;
type Kind = "payouts_waiting" | "payout_failed" | "money_needs_a_person";

/** A closed board, and what becomes of a mail to admins about it. */
async function aClosedBoard() {
  const { services, clock } = testServices(database, ADMINS);
  const { board, email } = await aHostedBoard(database, { status: "closed" });
  const ago = (ms: number) => new Date(clock.now.getTime() - ms);
  async function sent(kind: Kind, payoutId: string | null = null) {
    const about = { kind, payoutId, recipient: "admins" as const, nextAttemptAt: clock.now };
    const id = await aMail(database, board.id, about);
    const { posted, deps } = provider();
    const { outcome } = await sendMail(services, id, deps);
    expect(await mailRow(database, id)).toMatchObject({ status: outcome });
    return { outcome, mail: posted[0] };
  }
  return { services, clock, board, email, ago, sent };
}

async function aHold(board: Board, placedAt: Date, liftedAt: Date | null = null) {
  await database.db
    .insert(payoutHolds)
    .values({ dreamBoardId: board.id, seq: 7, reason: "new_host", placedAt, liftedAt });
}

async function aKey({ partnerId }: Board, values: Partial<typeof apiKeys.$inferInsert> = {}) {
  const key = { partnerId, partnerName: "Partner", keyHash: "$2b$10$unused", keyPrefix: "cpk_live_abc" };
  await database.db.insert(apiKeys).values({ ...key, scopes: ["payouts:read", "payouts:write"], ...values });
}

describe("the mail about payouts that wait", () => {
  it("the mail lists the payouts that wait when it is sent, and what holds them, without personal data", async () => {
    const { board, email, ago, sent } = await aClosedBoard();
    const waiting = await aPayout(database, board, {}, { attempt: 2 });
    const type = "philanthropy_donation" as const;
    const startedAt = ago(DAY + HOUR);
    const overdue = await aPayout(database, board, { type, status: "processing" }, { startedAt });
    await aPayout(
      database,
      board,
      { type, status: "processing", createdAt: ago(9 * DAY) },
      { startedAt: ago(DAY - HOUR) },
    );
    await aPayout(database, board, { type, grossCents: 0, netCents: 0 });
    await aPayout(database, board, { type, status: "completed" });
    await aPayout(database, (await aHostedBoard(database)).board);
    await aHold(board, ago(HOUR));
    await database.db
      .insert(payoutHolds)
      .values({ dreamBoardId: board.id, seq: 8, reason: "person", placedAt: ago(HOUR), liftedAt: ago(0) });

    const { outcome, mail } = await sent("payouts_waiting");

    expect(outcome).toBe("sent");
    expect(mail).toMatchObject({
      to: ["one@example.org"],
      subject: `ChipIn: 2 payouts wait, held, on board ${publicId("board", board.id)}`,
    });
    expect(mail?.text.split("\n").filter((line) => line.startsWith("- "))).toEqual(
      expect.arrayContaining([
        `- Takealot gift card of R2,499, payout ${publicId("payout", waiting.id)}, attempt 2: to be paid`,
        expect.stringContaining(`payout ${publicId("payout", overdue.id)}, attempt 1: under way for more than a day`),
        expect.stringContaining("- new_host: "),
      ]),
    );
    expect(mail?.text).not.toContain("person:");
    for (const secret of ["Maya", email, board.payoutEmail, board.slug]) {
      expect(`${mail?.text}${mail?.html}`).not.toContain(secret);
    }
  });

  it("the mail is skipped when nothing waits, and when the partner pays what is neither held nor overdue", async () => {
    type Row = {
      payout?: Partial<typeof payouts.$inferInsert>;
      startedHoursAgo?: number;
      daysOld?: number;
      hold?: "open" | "lifted";
      key?: Partial<typeof apiKeys.$inferInsert>;
      outcome: "sent" | "skipped";
    };
    const rows: Row[] = [
      { outcome: "sent" },
      { payout: { status: "failed" }, outcome: "sent" },
      { payout: { status: "completed" }, outcome: "skipped" },
      { payout: { status: "completed" }, hold: "open", outcome: "skipped" },
      { payout: { grossCents: 0, netCents: 0 }, outcome: "skipped" },
      { payout: { status: "processing" }, startedHoursAgo: 23, outcome: "skipped" },
      { payout: { status: "processing" }, startedHoursAgo: 25, outcome: "sent" },
      { key: {}, outcome: "skipped" },
      { key: { isActive: false }, outcome: "sent" },
      { key: { scopes: ["payouts:read"] }, outcome: "sent" },
      { key: {}, hold: "open", outcome: "sent" },
      { key: {}, hold: "lifted", outcome: "skipped" },
      { key: {}, daysOld: 2.9, outcome: "skipped" },
      { key: {}, daysOld: 3.1, outcome: "sent" },
      { key: {}, payout: { status: "processing" }, startedHoursAgo: 25, outcome: "sent" },
    ];
    const found = [];
    for (const row of rows) {
      const { board, ago, sent } = await aClosedBoard();
      const { payout, startedHoursAgo = 0, daysOld = 0, hold, key } = row;
      const createdAt = ago(daysOld * DAY);
      await aPayout(database, board, { createdAt, ...payout }, { startedAt: ago(startedHoursAgo * HOUR) });
      if (hold) await aHold(board, ago(HOUR), hold === "lifted" ? ago(0) : null);
      if (key) await aKey(board, key);
      found.push({ ...row, outcome: (await sent("payouts_waiting")).outcome });
    }
    expect(found).toEqual(rows);
  });
});

describe("the mail about a payout that failed", () => {
  it("the mail holds type, amount, attempt and error code, and neither the error message nor a name", async () => {
    const { board, sent } = await aClosedBoard();
    const errorMessage = "Maya Mokoena's card is blocked";
    const failed = { status: "failed", type: "karri_card_topup", errorMessage } as const;
    const { id } = await aPayout(database, board, failed, { attempt: 2, errorCode: "card_blocked" });
    await aPayout(database, board, { status: "failed" }, { errorCode: "another" });

    const { outcome, mail } = await sent("payout_failed", id);

    expect(outcome).toBe("sent");
    expect(mail?.text).toContain(`Karri top-up of R2,499, payout ${publicId("payout", id)}, attempt 2: card_blocked.`);
    for (const secret of ["Maya", "Mokoena", "blocked is", board.payoutEmail, "another"]) {
      expect(`${mail?.text}${mail?.html}`).not.toContain(secret);
    }
  });

  it("the mail is skipped once the payout was retried, started again or completed", async () => {
    const outcomes = [];
    for (const status of ["failed", "pending", "processing", "completed"] as const) {
      const { board, sent } = await aClosedBoard();
      const { id } = await aPayout(database, board, { status: "failed" }, { errorCode: "no_answer" });
      await database.db.update(payouts).set({ status }).where(eq(payouts.id, id));
      await database.db.update(payoutExecutions).set({ status }).where(eq(payoutExecutions.payoutId, id));
      outcomes.push([status, (await sent("payout_failed", id)).outcome]);
    }
    expect(outcomes).toEqual([
      ["failed", "sent"],
      ["pending", "skipped"],
      ["processing", "skipped"],
      ["completed", "skipped"],
    ]);
  });
});

describe("the mail about losses", () => {
  it("a loss is listed until it is older than 30 days", async () => {
    const listed = [];
    for (const days of [0, 29.9, 30.1]) {
      const { board, ago, sent } = await aClosedBoard();
      const contributionId = await aContribution(database, board);
      await database.db.insert(paymentLosses).values({
        dreamBoardId: board.id,
        seq: 12,
        contributionId,
        paymentProvider: "payfast",
        providerPaymentId: "1089250",
        lostCents: 19_400,
        recordedAt: ago(days * DAY),
      });
      const { outcome, mail } = await sent("money_needs_a_person");
      const line = `- R194 at payfast, payment 1089250, reference ${contributionId}`;
      listed.push([days, outcome, mail?.text.includes(line) ?? false]);
    }
    expect(listed).toEqual([
      [0, "sent", true],
      [29.9, "sent", true],
      [30.1, "skipped", false],
    ]);
  });
});

it("the mails that a board requests on its way from closing to its last payout are sent or no longer needed", async () => {
  const house = aHouse(database, ADMINS);
  const live = await aLiveBoard(house);
  await live.paid(150_000);
  const { posted, deps } = provider();
  async function sendAll() {
    house.pass(MINUTE);
    const rows = await database.db
      .select()
      .from(mailMessages)
      .where(eq(mailMessages.dreamBoardId, live.boardId))
      .orderBy(asc(mailMessages.createdAt), asc(mailMessages.id));
    const mailed = [];
    for (const { id, kind } of rows) {
      const { outcome } = await sendMail(house.services, id, deps);
      if (outcome !== "not_claimed" && kind.startsWith("payout")) mailed.push(`${kind} ${outcome}`);
    }
    return mailed;
  }
  await live.close();
  const [gift = "", charity = ""] = [...live.state.payouts.keys()];
  const claim = { payoutId: gift, execution: randomUUID(), method: "automation" } as const;
  const paid = { externalRef: "TAL-1", completedAt: null, method: "hand" } as const;

  const mailed = [await sendAll()];
  await live.execute({ type: "start_payout", ...claim });
  await live.execute({ type: "fail_payout", ...claim, errorCode: "no_answer", errorMessage: null });
  mailed.push(await sendAll());
  await live.execute({ type: "retry_payout", payoutId: gift });
  await live.execute({ type: "complete_payout", payoutId: gift, ...paid });
  await live.execute({ type: "complete_payout", payoutId: charity, ...paid });
  mailed.push(await sendAll());

  expect(mailed).toEqual([
    ["payouts_waiting sent"],
    ["payout_failed sent"],
    // The retry's mail comes when all is paid.
    expect.arrayContaining(["payouts_waiting skipped", "payout_sent sent", "payout_sent sent"]),
  ]);
  expect(mailed[2]).toHaveLength(3);
  expect(
    posted
      .slice(-2)
      .map(({ subject }) => subject)
      .sort(),
  ).toEqual(["A Takealot gift card of R1,000 for Maya", "R455 was donated to FoodForward SA for Maya"]);
});
