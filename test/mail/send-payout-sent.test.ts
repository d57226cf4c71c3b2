import { and, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { giftCards } from "#database/payout-tables";
import { dreamBoards, payouts } from "#database/schema";
import { keepGiftCard } from "#payouts/gift-cards";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { testServices } from "../webhooks/support.ts";
import { aHostedBoard, aMail, aPayout, mailRow, provider, sendMail } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const PAYEE = "payee@example.org";
const CODE = "GIFT-1234-ABCD";
const ORDER = "TAL-20261129";
const MINUTE = 60_000;

type Payout = Partial<typeof payouts.$inferInsert>;

/** A paid payout of a board whose payout e-mail is not the host's, with its mail, and with a gift-card code or without. */
async function aPaidPayout({ code = CODE as string | null, ...values }: Payout & { code?: string | null } = {}) {
  const { services, clock, logged } = testServices(database);
  const { board, email } = await aHostedBoard(database, { payoutEmail: PAYEE, status: "paid_out" });
  const payout = await aPayout(database, board, { status: "completed", externalRef: ORDER, ...values });
  const payoutId = payout.id;
  const card = { code: code ?? "", url: "https://www.takealot.com/gift/x" };
  if (code) await keepGiftCard(services, { payoutId, externalRef: ORDER }, card);
  const about = { kind: "payout_sent", payoutId, recipient: "payout_email" as const, nextAttemptAt: clock.now };
  const id = await aMail(database, board.id, about);
  const pass = (ms: number) => {
    clock.now = new Date(clock.now.getTime() + ms);
  };
  return { services, clock, pass, logged, board, email, payoutId, id };
}

/** Of each order of the payout: whether its code is still sealed, and when it was mailed. */
async function cardsOf(payoutId: string) {
  const rows = await database.db.select().from(giftCards).where(eq(giftCards.payoutId, payoutId));
  return rows.map(({ sealed, mailedAt }) => ({ isSealed: sealed !== null, mailedAt }));
}
const SEALED = [{ isSealed: true, mailedAt: null }];

describe("the mail about a payout that was paid", () => {
  it("the mail with a gift-card code goes to the payout e-mail, and the code is wiped with it", async () => {
    const { services, clock, logged, email, payoutId, id } = await aPaidPayout();
    await keepGiftCard(services, { payoutId, externalRef: "an earlier order" }, { code: "GIFT-OLD", url: null });
    const { posted, deps } = provider();

    expect(await sendMail(services, id, deps)).toEqual({ outcome: "sent" });

    expect(posted).toMatchObject([{ to: [PAYEE], key: id, subject: "A Takealot gift card of R2,499 for Maya" }]);
    const { text = "", html = "" } = posted[0] ?? {};
    expect(text).toContain(`\n${CODE}\n`);
    expect(text).toContain("https://www.takealot.com/gift/x");
    expect(text).toContain(`Order number: ${ORDER}.`);
    expect(text + html).not.toContain("GIFT-OLD");
    const wiped = { isSealed: false, mailedAt: clock.now };
    expect(await cardsOf(payoutId)).toEqual([wiped, wiped]);
    const row = await mailRow(database, id);
    expect(row).toMatchObject({ status: "sent", attempts: 1, leaseUntil: null });
    expect(JSON.stringify([row, logged])).not.toMatch(new RegExp(`${CODE}|${PAYEE}|${email}`));
    expect(await sendMail(services, id, deps)).toEqual({ outcome: "not_claimed" });
  });

  it("a code of another order than the one the payout was completed with is not mailed", async () => {
    const { services, id } = await aPaidPayout({ externalRef: "bought by hand" });
    const { posted, deps } = provider();

    await sendMail(services, id, deps);

    expect(posted[0]?.text).toContain("in an e-mail of its own");
    expect(posted[0]?.text).toContain("Order number: bought by hand.");
    expect(JSON.stringify(posted)).not.toContain(CODE);
  });

  it.each([
    ["karri_card_topup", "R2,499 from family and friends was loaded onto the Karri card you named."],
    ["philanthropy_donation", "Family and friends gave R2,499 to Plant Trees"],
  ] as const)("the mail about a %s goes to the payout e-mail, without a gift card", async (type, says) => {
    const { services, payoutId, id } = await aPaidPayout({ type });
    const { posted, deps } = provider();

    expect(await sendMail(services, id, deps)).toEqual({ outcome: "sent" });

    expect(posted).toMatchObject([{ to: [PAYEE], text: expect.stringContaining(says) }]);
    expect(JSON.stringify(posted)).not.toContain(CODE);
    expect(await cardsOf(payoutId)).toEqual(SEALED);
  });

  it("the mail is skipped once the board is anonymised, and while the payout is not completed", async () => {
    const rows = [
      { what: "anonymised", lastError: "the board has been anonymised" },
      { what: "not completed", lastError: "the payout is not completed" },
      { what: "another board's payout", lastError: "the payout is gone" },
    ];
    const found = [];
    for (const { what } of rows) {
      const { services, logged, board, payoutId, id } = await aPaidPayout();
      const { db } = database;
      const own = eq(dreamBoards.id, board.id);
      if (what === "anonymised") await db.update(dreamBoards).set({ childName: "Anonymized" }).where(own);
      if (what === "not completed") await db.update(payouts).set({ status: "failed" }).where(eq(payouts.id, payoutId));
      if (what === "another board's payout") {
        const other = await aHostedBoard(database);
        await db.update(payouts).set({ dreamBoardId: other.board.id }).where(eq(payouts.id, payoutId));
      }
      const { posted, deps } = provider();
      expect(await sendMail(services, id, deps)).toEqual({ outcome: "skipped" });
      expect(posted).toEqual([]);
      expect(logged.filter(({ alert }) => alert)).toEqual([]);
      expect(await cardsOf(payoutId)).toEqual(SEALED);
      found.push({ what, lastError: (await mailRow(database, id))?.lastError });
    }
    expect(found).toEqual(rows);
  });

  it("the mail fails with an alert when the payout e-mail is no address", async () => {
    const { services, logged, board, payoutId, id } = await aPaidPayout();
    await database.db.update(dreamBoards).set({ payoutEmail: "nobody" }).where(eq(dreamBoards.id, board.id));

    expect(await sendMail(services, id, provider().deps)).toEqual({ outcome: "failed" });

    expect(logged).toMatchObject([{ event: "mail_failed", kind: "payout_sent", alert: true }, { event: "mail_batch" }]);
    expect(await cardsOf(payoutId)).toEqual(SEALED);
  });
});

describe("a mail with a gift-card code that breaks off", () => {
  type Crash = {
    when: string;
    /** What breaks as Resend gets the mail. */
    breaks: () => Response | Promise<Response>;
    mend?: () => unknown;
    outcome: "retry" | "throws";
  };
  const taken = () => Response.json({ id: "49a3999c" });
  /** A Postgres that refuses one of the two statements: the other must not happen either. */
  const REFUSES_WIPING = sql`ALTER TABLE gift_cards ADD CONSTRAINT refuses CHECK (mailed_at IS NULL) NOT VALID`;
  const REFUSES_MARKING = sql`ALTER TABLE mail_messages ADD CONSTRAINT refuses CHECK (sent_at IS NULL) NOT VALID`;
  const crashes: Crash[] = [
    { when: "before Resend has it", breaks: () => new Response("busy", { status: 503 }), outcome: "retry" },
    {
      when: "after Resend took it, with its answer lost",
      breaks: () => Promise.reject(new TypeError(`lost ${CODE}`)),
      outcome: "retry",
    },
    {
      when: "after Resend took it, before anything is recorded",
      breaks: () => {
        database.gateway.pause();
        return taken();
      },
      mend: () => database.gateway.resume(),
      outcome: "throws",
    },
    {
      when: "after marking the mail, before wiping the code",
      breaks: async () => {
        await database.db.execute(REFUSES_WIPING);
        return taken();
      },
      mend: () => database.db.execute(sql`ALTER TABLE gift_cards DROP CONSTRAINT refuses`),
      outcome: "throws",
    },
    {
      when: "after wiping the code, before marking the mail",
      breaks: async () => {
        await database.db.execute(REFUSES_MARKING);
        return taken();
      },
      mend: () => database.db.execute(sql`ALTER TABLE mail_messages DROP CONSTRAINT refuses`),
      outcome: "throws",
    },
  ];

  it.each(crashes)("$when, keeps the code and is sent again, the same under the same key", async (crash) => {
    const { services, pass, logged, payoutId, id } = await aPaidPayout();
    const first = provider(crash.breaks);

    const outcome = await sendMail(services, id, first.deps).then(
      (result) => result.outcome,
      () => "throws",
    );
    await crash.mend?.();

    expect(outcome).toBe(crash.outcome);
    expect(await mailRow(database, id)).toMatchObject({ status: "pending", sentAt: null });
    expect(await cardsOf(payoutId)).toEqual(SEALED);
    const again = provider(taken);
    pass(3 * MINUTE + 1);
    expect(await sendMail(services, id, again.deps)).toEqual({ outcome: "sent" });
    expect(again.posted).toEqual(first.posted);
    expect(again.posted).toMatchObject([{ key: id, text: expect.stringContaining(CODE) }]);
    expect(await cardsOf(payoutId)).toMatchObject([{ isSealed: false }]);
    expect(await mailRow(database, id)).toMatchObject({ status: "sent" });
    expect(JSON.stringify(logged)).not.toContain(CODE);
  });

  it("a mail that fails for good leaves its code sealed, and neither row nor alert holds it", async () => {
    const answers = [
      () => Response.json({ name: "validation_error", message: `${CODE} is no address` }, { status: 422 }),
      // The same key had another text. Whether that held the code is for a person to find out.
      () => Response.json({ name: "invalid_idempotent_request", message: CODE }, { status: 409 }),
      () => new Response(`${CODE}`, { status: 503 }),
    ];
    const found = [];
    for (const answer of answers) {
      const { services, clock, logged, payoutId, id } = await aPaidPayout();
      const { deps } = provider(answer);
      let result = await sendMail(services, id, deps);
      while (result.outcome === "retry") {
        clock.now = result.at;
        result = await sendMail(services, id, deps);
      }
      const row = await mailRow(database, id);
      expect(JSON.stringify([row, logged])).not.toContain(CODE);
      expect(await cardsOf(payoutId)).toEqual(SEALED);
      found.push([result.outcome, row?.lastError, logged.filter(({ alert }) => alert).length]);
    }
    expect(found).toEqual([
      ["failed", "422 validation_error", 1],
      ["failed", "409 invalid_idempotent_request", 1],
      ["failed", "503", 1],
    ]);
  });

  it("a mail that failed and is tried again by an operator holds the code", async () => {
    const { services, clock, payoutId, id } = await aPaidPayout();
    await sendMail(services, id, provider(() => new Response("{}", { status: 422 })).deps);
    const failed = and(eq(giftCards.payoutId, payoutId), eq(giftCards.externalRef, ORDER));
    expect(await database.db.$count(giftCards, failed)).toBe(1);
    await database.db.execute(sql`UPDATE mail_messages SET status = 'pending', lease_until = NULL WHERE id = ${id}`);
    const { posted, deps } = provider();

    expect(await sendMail(services, id, deps)).toEqual({ outcome: "sent" });

    expect(posted[0]?.text).toContain(CODE);
    expect(await cardsOf(payoutId)).toEqual([{ isSealed: false, mailedAt: clock.now }]);
  });
});
