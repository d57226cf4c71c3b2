import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { boardFlags, refunds, settlementDifferences } from "#database/payment-tables";
import { publicId } from "#domain/ids";
import { mailMessages } from "../../src/database/own-tables.ts";
import { dispatchMail } from "../../src/jobs/dispatch-mail.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { testServices } from "../webhooks/support.ts";
import { aContribution, aHostedBoard, aMail, mailRow, provider, sendMail } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const ADMINS = { ADMIN_EMAIL_ALLOWLIST: "one@example.org, two@example.org" };

/** A board with one refund that a person must make. */
async function waiting(nextAttemptAt: Date, refund: Partial<typeof refunds.$inferInsert> = {}) {
  const { board, email } = await aHostedBoard(database);
  const contributionId = await aContribution(database, board, { contributorName: "Sarah", message: "With love" });
  const [row] = await database.db
    .insert(refunds)
    .values({
      partnerId: board.partnerId,
      dreamBoardId: board.id,
      contributionId,
      amountCents: 20_000,
      paymentProvider: "payfast",
      providerPaymentId: "1089250",
      cause: "operator",
      status: "needs_manual_action",
      reason: "EFT",
      note: "a note of ours",
      seq: 3,
      ...refund,
    })
    .returning();
  const about = { kind: "money_needs_a_person", recipient: "admins" as const, nextAttemptAt };
  const id = await aMail(database, board.id, about);
  return { board, email, contributionId, refund: row!, id };
}

async function differing(nextAttemptAt: Date, values: Partial<typeof settlementDifferences.$inferInsert> = {}) {
  const day = `2025-${String(1 + (days % 12)).padStart(2, "0")}-${String(1 + Math.floor(days++ / 12)).padStart(2, "0")}`;
  await database.db.insert(settlementDifferences).values({
    paymentProvider: "payfast",
    providerPaymentId: randomUUID(),
    kind: "missing_here",
    day,
    theirCents: 5_050,
    foundAt: nextAttemptAt,
    ...values,
  });
  const about = { kind: "settlement_difference", provider: "payfast" as const, day, recipient: "admins" as const };
  return { day, id: await aMail(database, null, { ...about, nextAttemptAt }) };
}
let days = 0;

describe("mails to admins", () => {
  it("a mail to admins about a board lists its refunds and open flags, without personal data", async () => {
    const { services, clock, logged } = testServices(database, ADMINS);
    const { id, board, email, contributionId } = await waiting(clock.now);
    await database.db.insert(boardFlags).values([
      { dreamBoardId: board.id, seq: 3, flag: "new_host", contributionId, openedAt: clock.now },
      { dreamBoardId: board.id, seq: 4, flag: "new_board_spike", openedAt: clock.now, clearedAt: clock.now },
    ]);
    const { posted, deps } = provider();

    expect(await sendMail(services, id, deps)).toEqual({ outcome: "sent" });

    expect(posted).toMatchObject([
      {
        to: ["one@example.org", "two@example.org"],
        key: id,
        subject: `ChipIn: 2 things wait for you on board ${publicId("board", board.id)}`,
      },
    ]);
    const { text = "", html = "" } = posted[0] ?? {};
    expect(text).toContain(`- R200 at payfast, payment 1089250, reference ${contributionId}: to be made by hand (EFT)`);
    expect(text).toContain("- new_host:");
    expect(text).not.toContain("new_board_spike");
    expect(text).toContain("list of admins");
    for (const secret of ["Maya", "Sarah", "With love", email, board.payoutEmail, board.slug, "a note of ours"]) {
      expect(text + html).not.toContain(secret);
    }
    expect(await mailRow(database, id)).toMatchObject({ status: "sent", attempts: 1, leaseUntil: null });
    expect(JSON.stringify(logged)).not.toMatch(/@example/);
  });

  it("a mail about a settlement lists the differences that are open when it is sent", async () => {
    const { services, clock } = testServices(database, ADMINS);
    const { id, day } = await differing(clock.now);
    await database.db.insert(settlementDifferences).values({
      paymentProvider: "payfast",
      providerPaymentId: randomUUID(),
      kind: "missing_here",
      day,
      theirCents: 1,
      foundAt: clock.now,
      resolvedAt: clock.now,
    });
    const { posted, deps } = provider();

    expect(await sendMail(services, id, deps)).toEqual({ outcome: "sent" });

    expect(posted).toMatchObject([{ subject: `ChipIn: payfast and we differ about one payment of ${day}` }]);
    expect(posted[0]?.text).toContain("they have R50.50, we were never told of it");
    expect(posted[0]?.text).not.toContain("R0.01");
  });

  it.each([
    ["money_needs_a_person", (at: Date) => waiting(at)],
    ["settlement_difference", (at: Date) => differing(at)],
  ])("a mail of kind %s fails with an alert when no admin is configured", async (kind, prepare) => {
    const { services, clock, logged } = testServices(database);
    const { id } = await prepare(clock.now);
    const { posted, deps } = provider();

    expect(await sendMail(services, id, deps)).toEqual({ outcome: "failed" });

    expect(posted).toEqual([]);
    expect(await mailRow(database, id)).toMatchObject({
      status: "failed",
      lastError: "ADMIN_EMAIL_ALLOWLIST is empty",
    });
    expect(logged).toMatchObject([{ event: "mail_failed", kind, alert: true }, { event: "mail_batch" }]);
  });

  it.each<[string, (at: Date) => Promise<{ id: string }>]>([
    ["the refund is completed", (at) => waiting(at, { status: "completed" })],
    ["the refund is processing", (at) => waiting(at, { status: "processing" })],
    ["the refund is requested again", (at) => waiting(at, { status: "requested" })],
    ["the difference is resolved", (at) => differing(at, { resolvedAt: at })],
  ])("a mail to admins is not sent and raises no alert once %s", async (_, prepare) => {
    for (const settings of [ADMINS, {}]) {
      const { services, clock, logged } = testServices(database, settings);
      const { id } = await prepare(clock.now);
      const { posted, deps } = provider();

      expect(await sendMail(services, id, deps)).toEqual({ outcome: "skipped" });

      expect(posted).toEqual([]);
      expect(await mailRow(database, id)).toMatchObject({
        status: "skipped",
        lastError: "nothing needs a decision any more",
      });
      expect(logged).toMatchObject([{ event: "mail_not_needed" }, { event: "mail_batch" }]);
      expect(logged.filter(({ alert }) => alert)).toEqual([]);
    }
  });

  it("a mail that Resend did not accept is retried with its content read again", async () => {
    const { services, clock } = testServices(database, ADMINS);
    const { id, refund } = await waiting(clock.now);
    const result = await sendMail(services, id, provider(() => new Response("busy", { status: 503 })).deps);
    if (result.outcome !== "retry") throw new Error(`expected a retry, got ${result.outcome}`);

    clock.now = result.at;
    await database.db.update(refunds).set({ reason: "account closed" }).where(eq(refunds.id, refund.id));
    const { posted, deps } = provider();

    expect(await sendMail(services, id, deps)).toEqual({ outcome: "sent" });
    expect(posted).toMatchObject([{ key: id, text: expect.stringContaining("(account closed)") }]);
  });

  it("an overdue mail to admins is enqueued by the sweeper", async () => {
    const { services, clock, queues } = testServices(database, ADMINS);
    const { id } = await differing(new Date(clock.now.getTime() - 360_000));
    await database.db.update(mailMessages).set({ requeueAt: clock.now }).where(eq(mailMessages.id, id));

    await dispatchMail(services, clock.now);

    expect(queues.mail).toContainEqual({ body: { mailId: id } });
  });
});

it("the mail about a cancelled board is sent to the host", async () => {
  const { services, clock } = testServices(database);
  const { board, email } = await aHostedBoard(database, { status: "cancelled" });
  const id = await aMail(database, board.id, { kind: "board_cancelled", nextAttemptAt: clock.now });
  const { posted, deps } = provider();

  expect(await sendMail(services, id, deps)).toEqual({ outcome: "sent" });

  expect(posted).toMatchObject([{ to: [email], subject: "Maya’s dream board was cancelled" }]);
});
