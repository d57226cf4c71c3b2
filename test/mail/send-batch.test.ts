import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MailDeps, sendMails } from "#mail/send";
import type { Services } from "#platform/services";
import { Mailbox, type MailboxMode, resendApi } from "../../local/mailbox.ts";
import { giftCards } from "../../src/database/payout-tables.ts";
import { keepGiftCard } from "../../src/payouts/gift-cards.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { testServices } from "../webhooks/support.ts";
import { aContribution, accepting, aHostedBoard, aMail, aPayout, mailRow, provider } from "./support.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const RESEND = { RESEND_API_KEY: "re_test" };
const minutesAfter = (at: Date, minutes: number) => new Date(at.getTime() + minutes * 60_000);

/** Due mails to the hosts of so many boards. */
async function mailsOf(services: Services, count: number): Promise<string[]> {
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const { board } = await aHostedBoard(database);
      return await aMail(database, board.id, { nextAttemptAt: services.now() });
    }),
  );
}

const rowsOf = (ids: readonly string[]) => Promise.all(ids.map((id) => mailRow(database, id)));

/** The simulator of Resend, which remembers keys as Resend does. */
function simulator() {
  const mailbox = new Mailbox(null);
  const api = resendApi(mailbox);
  const paths: string[] = [];
  const deps: MailDeps = {
    fetch: async (url, init) => {
      paths.push(new URL(url).pathname);
      return await api.request(new URL(url).pathname, init);
    },
  };
  const set = (mode: MailboxMode) => {
    mailbox.mode = mode;
  };
  return { mailbox, paths, deps, set };
}

describe("sendMails", () => {
  it("mails of a batch go out by one call, and each row has Resend's id of its mail", async () => {
    const { services, logged } = testServices(database, RESEND);
    const ids = await mailsOf(services, 12);
    const { mailbox, paths, deps } = simulator();

    const outcomes = await sendMails(services, ids, deps);

    expect(paths).toEqual(["/emails/batch"]);
    expect([...outcomes.values()]).toEqual(Array(12).fill({ outcome: "sent" }));
    const rows = await rowsOf(ids);
    expect(rows).toMatchObject(
      Array(12).fill({ status: "sent", attempts: 1, leaseUntil: null, sentAt: services.now() }),
    );
    expect(new Set(rows.map((row) => row?.providerMessageId))).toEqual(new Set(mailbox.newest().map(({ id }) => id)));
    expect(logged).toMatchObject([{ event: "mail_batch", messages: 12, sent: 12 }]);
  });

  it("too many calls and a used-up quota cost no attempt, and the mails follow when Resend says", async () => {
    const rows = [
      { status: 429, name: "rate_limit_exceeded", after: "7", atLeast: 7, alerts: 0 },
      { status: 429, name: "rate_limit_exceeded", after: null, atLeast: 2, alerts: 0 },
      { status: 429, name: "daily_quota_exceeded", after: null, atLeast: 3_600, alerts: 1 },
    ];
    const found = [];
    for (const row of rows) {
      const { services, clock, logged } = testServices(database, RESEND);
      const ids = await mailsOf(services, 3);
      const headers = row.after ? { "retry-after": row.after } : undefined;
      const { calls, deps } = provider(() =>
        Response.json({ name: row.name }, headers ? { status: row.status, headers } : { status: row.status }),
      );
      const outcomes = [...(await sendMails(services, ids, deps)).values()];
      const stored = await rowsOf(ids);
      const waits = stored.map((it) => ((it?.nextAttemptAt.getTime() ?? 0) - clock.now.getTime()) / 1000);
      found.push({
        ...row,
        atLeast: waits.every((wait) => wait >= row.atLeast && wait <= 2 * row.atLeast) ? row.atLeast : waits,
        alerts: logged.filter(({ alert }) => alert).length,
      });
      expect(calls).toHaveLength(1);
      expect(outcomes).toEqual(stored.map((it) => ({ outcome: "deferred", at: it?.nextAttemptAt })));
      expect(stored).toMatchObject(Array(3).fill({ status: "pending", attempts: 0, leaseUntil: null, callId: null }));
    }
    expect(found).toEqual(rows);
  });

  it("a call whose answer was lost is made again with the same mails and key, and no family gets a mail twice", async () => {
    const { services, clock } = testServices(database, RESEND);
    const ids = await mailsOf(services, 5);
    const { mailbox, deps, set } = simulator();
    set("lose");
    const outcomes = await sendMails(services, ids, deps);
    const [first] = outcomes.values();
    if (first?.outcome !== "retry") throw new Error("expected a retry");
    const again = await mailsOf(services, 2);

    clock.now = first.at;
    set("take");
    // One message is enough, and mails that are new do not join the call.
    await sendMails(services, [ids[3] ?? "", ...again], deps);

    expect(await rowsOf([...ids, ...again])).toMatchObject(Array(7).fill({ status: "sent" }));
    const addressees = mailbox.newest().map(({ to }) => to);
    expect(addressees).toHaveLength(7);
    expect(new Set(addressees).size).toBe(7);
  });

  it("a mail that was tried alone stays alone, under the key it had", async () => {
    const { services, clock } = testServices(database, RESEND);
    const [alone = ""] = await mailsOf(services, 1);
    const { mailbox, paths, deps, set } = simulator();
    set("lose");
    const [result] = (await sendMails(services, [alone], deps)).values();
    if (result?.outcome !== "retry") throw new Error("expected a retry");
    clock.now = result.at;
    set("take");

    await sendMails(services, [alone, ...(await mailsOf(services, 3))], deps);

    expect(paths).toEqual(["/emails", "/emails", "/emails/batch"]);
    expect(mailbox.newest()).toHaveLength(4);
    expect(await mailRow(database, alone)).toMatchObject({ status: "sent", attempts: 2 });
  });

  it("a mail that is refused in a call fails alone, and a call that is refused whole is made one by one", async () => {
    const { services, logged } = testServices(database, RESEND);
    const inCall = await mailsOf(services, 3);
    const refusingOne = provider(() =>
      Response.json({ data: [{ id: "a" }, { id: "b" }], errors: [{ index: 0, message: "no" }] }),
    );
    await sendMails(services, inCall, refusingOne.deps);
    const statuses = (await rowsOf(inCall)).map((row) => row?.status);

    const oneByOne = await mailsOf(services, 3);
    const refusingCalls = provider((mails) =>
      mails.length > 1 ? Response.json({ name: "validation_error" }, { status: 422 }) : accepting(mails),
    );
    await sendMails(services, oneByOne, refusingCalls.deps);

    expect(statuses.sort()).toEqual(["failed", "sent", "sent"]);
    expect(logged.filter(({ event, alert }) => alert && event === "mail_failed")).toHaveLength(1);
    expect(refusingCalls.calls.map(({ path }) => path)).toEqual(["/emails/batch", ...Array(3).fill("/emails")]);
    expect(
      refusingCalls.calls
        .slice(1)
        .map(({ key }) => key)
        .sort(),
    ).toEqual([...oneByOne].sort());
    expect(await rowsOf(oneByOne)).toMatchObject(Array(3).fill({ status: "sent" }));
  });

  it("a gift-card code goes out by a call of its own, under the mail's own key", async () => {
    const { services } = testServices(database, RESEND);
    const { board } = await aHostedBoard(database);
    const payout = await aPayout(database, board, {
      status: "completed",
      externalRef: "TA-1",
      completedAt: new Date(),
    });
    await keepGiftCard(services, { payoutId: payout.id, externalRef: "TA-1" }, { code: "GIFT-1234", url: null });
    const about = { kind: "payout_sent", payoutId: payout.id, recipient: "payout_email" as const };
    const secret = await aMail(database, board.id, { ...about, nextAttemptAt: services.now() });
    const { calls, deps } = provider();

    await sendMails(services, [...(await mailsOf(services, 2)), secret], deps);

    const withCode = calls.filter(({ mails }) => JSON.stringify(mails).includes("GIFT-1234"));
    expect(withCode).toMatchObject([{ path: "/emails", key: secret, mails: [{}] }]);
    expect(calls).toHaveLength(2);
    const cards = await database.db.select().from(giftCards).where(eq(giftCards.payoutId, payout.id));
    expect(cards.map(({ sealed }) => sealed)).toEqual([null]);
  });

  it("four consumers with the same mails send each once", async () => {
    const { services } = testServices(database, RESEND);
    const ids = await mailsOf(services, 20);
    const { mailbox, deps } = simulator();

    await Promise.all(
      [ids, [...ids].reverse(), ids.slice(5), ids.slice(0, 15)].map((some) => sendMails(services, some, deps)),
    );

    expect(mailbox.newest()).toHaveLength(20);
    expect(await rowsOf(ids)).toMatchObject(Array(20).fill({ status: "sent", attempts: 1 }));
  });

  it("consumers that each know half of a call's mails make the call once, whole", async () => {
    const { services, clock } = testServices(database, RESEND);
    const ids = await mailsOf(services, 10);
    const failing = provider(() => new Response("busy", { status: 503 }));
    const [result] = (await sendMails(services, ids, failing.deps)).values();
    if (result?.outcome !== "retry") throw new Error("expected a retry");
    clock.now = result.at;
    const working = provider();

    const halves = [ids.slice(0, 5), ids.slice(5), ids.slice(3, 8)];
    await Promise.all(halves.map((half) => sendMails(services, half, working.deps)));
    await sendMails(services, ids, working.deps);

    expect(working.calls).toHaveLength(1);
    expect(working.calls[0]?.key).toBe(failing.calls[0]?.key);
    expect(working.calls[0]?.mails).toHaveLength(10);
  });

  it("a board sends five single mails of one batch, and the rest becomes one digest an hour later", async () => {
    const { services, clock } = testServices(database, RESEND);
    const { board } = await aHostedBoard(database);
    const ids: string[] = [];
    for (let nth = 1; nth <= 9; nth++) {
      const contributionId = await aContribution(database, board, { contributorName: `Guest ${nth}` });
      const at = new Date(clock.now.getTime() - (60 - nth) * 1000);
      const values = { kind: "contribution_received", contributionId, createdAt: at, nextAttemptAt: at };
      ids.push(await aMail(database, board.id, values));
    }
    const { posted, deps } = provider();

    const outcomes = await sendMails(services, ids, deps);
    const end = minutesAfter(clock.now, 60);
    expect(posted).toHaveLength(5);
    expect(outcomes.get(ids[5] ?? "")).toEqual({ outcome: "deferred", at: end });
    clock.now = end;
    await sendMails(services, [ids[5] ?? ""], deps);

    expect(posted).toHaveLength(6);
    expect(posted[5]).toMatchObject({ subject: "4 new contributions for Maya" });
    expect(await rowsOf(ids)).toMatchObject(Array(9).fill({ status: "sent", attempts: 1 }));
  });

  it("one statement defers at most a thousand waiting mails of a board", async () => {
    const { services, clock } = testServices(database, RESEND);
    const { board } = await aHostedBoard(database);
    const contributionId = await aContribution(database, board);
    const about = { kind: "contribution_received", contributionId, createdAt: clock.now, nextAttemptAt: clock.now };
    const [first = "", ...more] = await Promise.all(Array.from({ length: 6 }, () => aMail(database, board.id, about)));
    const { deps } = provider();
    await sendMails(services, more, deps);
    await database.postgres.session((session) =>
      session.script(`INSERT INTO mail_messages (kind, dream_board_id, recipient, dedupe_key)
        SELECT 'contribution_received', '${board.id}', 'host', gen_random_uuid()::text FROM generate_series(1, 1200)`),
    );

    await sendMails(services, [first], deps);

    const { rows } = await database.postgres.query({
      text: "SELECT count(*) FROM mail_messages WHERE dream_board_id = $1 AND next_attempt_at > now() + interval '30 minutes'",
      params: [board.id],
    });
    expect(rows).toEqual([["1001"]]);
  });

  it("a mail that cannot be prepared is tried again later and holds up no other", async () => {
    const { services } = testServices(database, RESEND);
    const good = await mailsOf(services, 2);
    const { board } = await aHostedBoard(database);
    const payout = await aPayout(database, board, {
      status: "completed",
      externalRef: "TA-2",
      completedAt: new Date(),
    });
    const otherKey = `other:${Buffer.alloc(32, 8).toString("base64")}`;
    const mistaken = testServices(database, { ...RESEND, CARD_DATA_ENCRYPTION_KEY: otherKey }).services;
    await keepGiftCard(mistaken, { payoutId: payout.id, externalRef: "TA-2" }, { code: "GIFT-5678", url: null });
    const about = { kind: "payout_sent", payoutId: payout.id, recipient: "payout_email" as const };
    const bad = await aMail(database, board.id, { ...about, nextAttemptAt: services.now() });

    const outcomes = await sendMails(services, [bad, ...good], provider().deps);

    expect(outcomes.get(bad)).toMatchObject({ outcome: "retry" });
    expect(await mailRow(database, bad)).toMatchObject({ status: "pending", attempts: 1, leaseUntil: null });
    expect(await rowsOf(good)).toMatchObject(Array(2).fill({ status: "sent" }));
  });
});
