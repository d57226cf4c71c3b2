import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recount } from "#domain/board/evolve";
import { openFlags } from "#domain/board/flags";
import { cents } from "#domain/money";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { aLife, forget, type Life, OPERATOR, SYSTEM, tablesOf } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const KINDS = [
  ...[
    "begin",
    "begin",
    "begin",
    "pay",
    "pay",
    "pay",
    "second",
    "wrong",
    "processing",
    "failed",
    "back",
    "retry",
    "note",
  ],
  ...[
    "expire",
    "refund",
    "refundWrong",
    "news",
    "news",
    "news",
    "news",
    "clear",
    "clear",
    "close",
    "cancel",
    "deadline",
  ],
] as const;
const NEWS = ["processing", "failed", "by_hand", "completed", "requested", "returned"] as const;

type Step = { kind: (typeof KINDS)[number]; n: number; news: (typeof NEWS)[number]; amount: number; hours: number };

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...KINDS),
  n: fc.nat(3),
  news: fc.constantFrom(...NEWS),
  amount: fc.constantFrom(2_000, 20_000, 300_000),
  hours: fc.constantFrom(0, 0, 1, 5, 25),
});

/** What the world may do to a board, in any order; what the rules refuse leaves no trace. */
function act(life: Life, { kind, n, news, amount, hours }: Step): void {
  life.now = new Date(life.now.getTime() + hours * 3_600_000);
  if (kind === "begin") return void life.begin(amount);
  if (kind === "close") return void life.close();
  if (kind === "cancel") return void life.play({ type: "cancel_board", by: OPERATOR });
  if (kind === "deadline") return void life.play({ type: "pass_deadline", providersAsked: true });
  if (kind === "clear") {
    const [flag] = openFlags(life.state);
    if (flag) life.play({ type: "clear_flag", ...flag, by: OPERATOR });
    return;
  }
  const reference = [...life.state.contributions.keys()][n];
  if (reference === undefined) return;
  const { amount: asked, attempt, refunds } = life.contribution(reference);
  const wrong = `wrong-${reference}`;
  if (kind === "pay") life.report(reference);
  if (kind === "second") life.report(reference, { providerPaymentId: `second-${reference}` });
  if (kind === "wrong") life.report(reference, { providerPaymentId: wrong, amount: cents(asked - 1) });
  if (kind === "processing" || kind === "failed") life.report(reference, { status: kind, amount: null });
  if (kind === "back") life.report(reference, { status: "refunded" });
  if (kind === "retry") life.play({ type: "retry_payment", reference });
  if (kind === "note") life.play({ type: "note_payment_request", reference, attempt, requestId: `req-${attempt}` });
  if (kind === "expire") life.play({ type: "expire_payment", reference }, 24);
  if (kind === "refund") life.refund(reference);
  if (kind === "refundWrong") life.refund(reference, wrong);
  if (kind === "news") {
    const providerPaymentId = [...refunds.keys()].at(-1);
    const providerRefundId = news === "processing" || news === "completed" ? `rf-${hours}` : null;
    if (providerPaymentId) life.reportRefund(reference, news, { providerPaymentId, providerRefundId, by: SYSTEM });
  }
}

/** Where a log is cut, and how much of it the object knows when it writes each piece: only the piece, or everything. */
const flushes = fc.array(fc.record({ length: fc.integer({ min: 1, max: 6 }), ahead: fc.boolean() }), { maxLength: 60 });

async function writeInPieces(life: Life, cuts: readonly { length: number; ahead: boolean }[]): Promise<void> {
  let from = 0;
  for (const { length, ahead } of cuts) {
    const batch = life.log.slice(from, from + length);
    if (batch.length === 0) return;
    await life.write(batch, ahead ? life.log.length : 0);
    from += length;
  }
  if (from < life.log.length) await life.write(life.log.slice(from));
}

const numRuns = 40;

describe("any log", () => {
  it("gives the same rows and announcements however it is cut, and written again changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 45 }),
        flushes,
        fc.nat(),
        async (steps, cuts, back) => {
          const life = await aLife(database, { goal: cents(60_000) });
          for (const each of steps) act(life, each);

          const outbox = await life.write();
          const whole = await tablesOf(database, life);
          expect(outbox.mailIds).toHaveLength(whole.mails.length);
          expect(outbox.deliveryIds).toHaveLength(whole.deliveries.length);

          // The log says how the board stands; the tables agree to the cent.
          const { raised, counts } = recount(life.state);
          expect(whole.totals).toEqual({ raised, count: counts.completed });
          expect(whole.boards).toMatchObject([{ status: life.state.status }]);
          expect(whole.log).toHaveLength(life.log.length);

          // An operator projects it again, from the beginning or from anywhere.
          expect(await life.write()).toEqual({ deliveryIds: [], mailIds: [] });
          expect(await tablesOf(database, life)).toEqual(whole);
          await life.write(life.log.slice(back % life.log.length));
          expect(await tablesOf(database, life)).toEqual(whole);

          // A Postgres that lost it is written in pieces.
          await forget(database, life);
          await writeInPieces(life, cuts);
          expect(await tablesOf(database, life)).toEqual(whole);
        },
      ),
      { numRuns },
    );
  }, 180_000);

  it("does not let an older stretch of it overwrite a newer one", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          step.map((each) => ({ ...each, hours: each.hours + 1 })),
          { minLength: 5, maxLength: 40 },
        ),
        fc.nat(),
        fc.nat(),
        async (steps, start, length) => {
          const life = await aLife(database, { goal: cents(60_000) });
          for (const each of steps) act(life, each);
          await life.write();
          const before = await tablesOf(database, life);
          const from = start % life.log.length;

          await life.write(life.log.slice(from, from + 1 + (length % life.log.length)));

          expect(await tablesOf(database, life)).toEqual(before);
        },
      ),
      { numRuns },
    );
  }, 180_000);
});
