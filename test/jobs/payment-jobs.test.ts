import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { mailMessages } from "#database/own-tables";
import { paymentRequests, refunds, settlementDifferences } from "#database/payment-tables";
import { dreamBoards } from "#database/schema";
import { CLOSING_GRACE_MS } from "#domain/board/decide-closing";
import type { PaymentProviderName } from "#domain/board/lifecycle";
import { cents } from "#domain/money";
import { addDays, zoneDate } from "#domain/time";
import { type ListedPayment, type PaymentProvider, ProviderError } from "#payments/provider";
import { dayAfter } from "#reconciliation/compare-settlement";
import { closeDueBoards } from "../../src/jobs/close-due-boards.ts";
import { compareSettlements } from "../../src/jobs/compare-settlements.ts";
import { reconcilePayments } from "../../src/jobs/reconcile-payments.ts";
import { sendRefunds } from "../../src/jobs/send-refunds.ts";
import {
  aHouse,
  aLiveBoard,
  aProvider,
  aProviderWithLookUp,
  aReport,
  contributionRow,
  DAY,
  findsNothing,
  type House,
  MINUTE,
  refundRows,
} from "../reconciliation/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";

/** The configured providers of the jobs under test. */
const providers = new Map<PaymentProviderName, PaymentProvider>();
function configure(...configured: PaymentProvider[]): void {
  providers.clear();
  for (const provider of configured) providers.set(provider.name, provider);
}

let database: TestDatabase;
let house: House;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  house = aHouse(database);
  configure();
  // Jobs process every board, so the rows of earlier tests must not be due.
  await database.postgres.session((session) =>
    session.script(`
      DELETE FROM provider_payments;
      UPDATE payment_requests SET status = 'completed';
      UPDATE refunds SET status = 'completed' WHERE status <> 'completed';
      UPDATE board_flags SET cleared_at = now();
      UPDATE dream_boards SET status = 'expired' WHERE status IN ('active', 'funded')`),
  );
});

const statusOf = async (reference: string) => (await contributionRow(database, reference))?.paymentStatus;
const alerts = () => house.logged.filter(({ alert }) => alert).map(({ event }) => event);

describe("reconcilePayments", () => {
  it("reconcilePayments looks up payments at their own provider, also when another provider fails", async () => {
    const live = await aLiveBoard(house);
    const found = await live.begin(20_000, "payfast");
    const [atOzow, atSnapscan] = [await live.begin(20_000, "ozow"), await live.begin(20_000, "snapscan")];
    house.pass(10 * MINUTE);
    const paid = aProviderWithLookUp(
      ({ reference }) => ({ reference, reports: [aReport(reference)], notes: [] }),
      "payfast",
    );
    const busy = aProviderWithLookUp(() => {
      throw new ProviderError("busy", "429");
    }, "ozow");
    const broken = aProviderWithLookUp(() => {
      throw new TypeError("our own bug");
    }, "snapscan");
    configure(paid.provider, busy.provider, broken.provider);

    const results = await reconcilePayments(house.services, house.clock.now, providers);

    expect(results).toMatchObject({
      payfast: { lookedUp: 1, found: 1, stopped: null },
      ozow: { lookedUp: 0, stopped: "busy" },
      snapscan: "TypeError: our own bug",
    });
    expect([paid, busy, broken].map(({ asked }) => asked.map(({ reference }) => reference))).toEqual([
      [found],
      [atOzow],
      [atSnapscan],
    ]);
    expect(alerts()).toEqual(["reconciliation_failed"]);
  });

  it("repeated and concurrent runs of reconcilePayments record every payment once", async () => {
    const live = await aLiveBoard(house);
    const references = [await live.begin(), await live.begin(), await live.begin()];
    house.pass(10 * MINUTE);
    configure(
      aProviderWithLookUp(({ reference }) => ({ reference, reports: [aReport(reference)], notes: [] })).provider,
    );

    await Promise.all([1, 2].map(() => reconcilePayments(house.services, house.clock.now, providers)));
    await reconcilePayments(house.services, house.pass(10 * MINUTE), providers);

    expect(live.events.filter((type) => type === "payment_completed")).toHaveLength(3);
    expect(await Promise.all(references.map(statusOf))).toEqual(Array(3).fill("completed"));
  });
});

describe("sendRefunds", () => {
  const cancelled = async (providers: ("payfast" | "ozow")[]) => {
    const live = await aLiveBoard(house);
    for (const provider of providers) await live.paid(20_000, provider);
    await live.cancel();
    house.pass(MINUTE);
    return live;
  };
  const refunding = (name: PaymentProvider["name"], refund: NonNullable<PaymentProvider["refund"]>) => {
    const sent: string[] = [];
    const provider = aProvider({
      name,
      refund: async (payment) => {
        sent.push(payment.reference);
        return await refund(payment);
      },
    });
    return { provider, sent };
  };
  const done = async () => ({ outcome: "completed", providerRefundId: null }) as const;

  it("repeated and concurrent runs of sendRefunds send every due refund once", async () => {
    const live = await cancelled(["payfast", "payfast", "payfast"]);
    const { provider, sent } = refunding("payfast", done);
    configure(provider);

    const counts = await Promise.all([1, 2].map(() => sendRefunds(house.services, house.clock.now, providers)));
    await sendRefunds(house.services, house.pass(DAY), providers);

    expect(sent.toSorted()).toEqual([...live.state.references.keys()].toSorted());
    expect(counts.reduce((sum, { completed = 0 }) => sum + completed, 0)).toBe(3);
    expect((await refundRows(database, live.boardId)).map(({ status }) => status)).toEqual(Array(3).fill("completed"));
  });

  it.each([
    { trouble: "busy" as const, asked: 1, alerted: [] },
    { trouble: "refuses_us" as const, asked: 1, alerted: ["refunds_refused"] },
    { trouble: "unavailable" as const, asked: 2, alerted: [] },
  ])(
    "sendRefunds makes $asked request(s) to a provider with the error $trouble, and sends at the others",
    async (values) => {
      const live = await cancelled(["payfast", "ozow", "payfast"]);
      const failing = refunding("payfast", async () => {
        throw new ProviderError(values.trouble, "no");
      });
      const working = refunding("ozow", done);
      configure(failing.provider, working.provider);

      const counts = await sendRefunds(house.services, house.clock.now, providers);

      expect(counts).toEqual({ [values.trouble]: values.asked, completed: 1 });
      expect([failing.sent.length, working.sent.length]).toEqual([values.asked, 1]);
      expect(alerts()).toEqual(values.alerted);
      const waiting = (await refundRows(database, live.boardId)).filter(({ status }) => status === "requested");
      expect(waiting.map(({ tries }) => tries).sort()).toEqual(values.asked === 1 ? [0, 1] : [1, 1]);
    },
  );

  it("sendRefunds sends the other refunds when one board is unreachable, and that one in a later run", async () => {
    const [away, here] = [await cancelled(["payfast"]), await cancelled(["payfast"])];
    configure(refunding("payfast", done).provider);
    away.board.outage = new Error("the object is away");

    expect(await sendRefunds(house.services, house.clock.now, providers)).toEqual({ not_recorded: 1, completed: 1 });

    expect(await refundRows(database, here.boardId)).toMatchObject([{ status: "completed" }]);
    away.board.outage = null;
    expect(await sendRefunds(house.services, house.pass(5 * MINUTE), providers)).toEqual({ completed: 1 });
  });

  it("sendRefunds does nothing without a due refund", async () => {
    const live = await cancelled(["payfast"]);
    await database.db
      .update(refunds)
      .set({ nextTryAt: addDays(house.clock.now, 1) })
      .where(eq(refunds.dreamBoardId, live.boardId));

    expect(await sendRefunds(house.services, house.clock.now, providers)).toEqual({});
  });
});

describe("compareSettlements", () => {
  const listing = (name: PaymentProvider["name"], payments: (days: { from: string; to: string }) => ListedPayment[]) =>
    aProvider({
      name,
      listPayments: async function* (days) {
        yield* payments(days);
      },
    });

  it("compareSettlements compares yesterday with every provider with a list, alerts, and reminds admins", async () => {
    const live = await aLiveBoard(house);
    const reference = await live.paid();
    await live.report(aReport(await live.begin(), { providerPaymentId: "pf-wrong", amount: cents(1) }));
    const day = zoneDate(house.clock.now);
    house.pass(DAY);
    const at = new Date(`${day}T12:00:00+02:00`);
    const ours = { providerPaymentId: `pf-${reference}`, reference, amount: cents(20_000), at, wentBack: false };
    configure(
      listing("payfast", () => [ours]),
      listing("ozow", () => {
        throw new ProviderError("unavailable", "timed out");
      }),
      aProvider({ name: "snapscan" }),
    );

    const first = await compareSettlements(house.services, house.clock.now, providers);
    const second = await compareSettlements(house.services, house.clock.now, providers);

    expect(first).toMatchObject({
      settlements: [
        { provider: "payfast", day, ours: 2, theirs: 1, differences: 1 },
        { provider: "ozow", day, problem: expect.stringContaining("timed out") },
      ],
      reminders: 1,
    });
    expect(second).toMatchObject({ settlements: first.settlements, reminders: 0 });
    expect(alerts().sort()).toEqual(
      ["settlement_difference", "settlement_not_compared"].flatMap((event) => [event, event]).sort(),
    );
    expect(
      await database.db.select().from(settlementDifferences).where(eq(settlementDifferences.day, day)),
    ).toMatchObject([{ providerPaymentId: "pf-wrong", kind: "missing_at_provider", ourCents: 1 }]);
    const about = and(eq(mailMessages.kind, "settlement_difference"), eq(mailMessages.day, day));
    expect(await database.db.select().from(mailMessages).where(about)).toHaveLength(1);
  });

  it("compareSettlements compares the others and reminds admins when a bug fails one comparison", async () => {
    const live = await aLiveBoard(house);
    await live.report(aReport(await live.begin(), { amount: cents(1) }));
    const day = dayAfter(zoneDate(house.pass(20 * DAY)), -1);
    configure(
      listing("payfast", () => {
        throw new TypeError("our own bug");
      }),
      listing("ozow", () => []),
    );

    const { settlements, reminders } = await compareSettlements(house.services, house.clock.now, providers);

    expect(settlements.filter((settlement) => settlement.day === day)).toEqual([
      { provider: "payfast", day, problem: "TypeError: our own bug" },
      { provider: "ozow", day, ours: 0, theirs: 0, differences: 0, resolved: 0 },
    ]);
    expect(reminders).toBe(1);
    expect(house.logged.filter(({ alert }) => alert)).toContainEqual(
      expect.objectContaining({ event: "settlement_failed", provider: "payfast", day }),
    );
  });

  it("compareSettlements records a payment that only the provider has on its board, without a person", async () => {
    const live = await aLiveBoard(house);
    const reference = await live.begin();
    house.pass(3 * DAY);
    const day = dayAfter(zoneDate(house.clock.now), -1);
    const at = new Date(`${day}T12:00:00+02:00`);
    const payment = { providerPaymentId: `pf-${reference}`, reference, amount: cents(20_000), at, wentBack: false };
    configure(listing("payfast", () => [payment, payment]));

    await compareSettlements(house.services, house.clock.now, providers);
    await compareSettlements(house.services, house.clock.now, providers);

    expect(await statusOf(reference)).toBe("completed");
    expect(live.events.filter((type) => type === "payment_completed")).toHaveLength(1);
    const rows = await database.db.select().from(settlementDifferences).where(eq(settlementDifferences.day, day));
    expect(rows.filter(({ resolvedAt }) => resolvedAt === null)).toEqual([]);
    const about = and(eq(mailMessages.kind, "settlement_difference"), eq(mailMessages.day, day));
    expect(await database.db.select().from(mailMessages).where(about)).toEqual([]);
  });

  it("compareSettlements compares the others and stores the difference when a board is unreachable", async () => {
    const live = await aLiveBoard(house);
    const reference = await live.begin();
    house.pass(10 * DAY);
    live.board.outage = new Error("the object is away");
    const day = dayAfter(zoneDate(house.clock.now), -1);
    const at = new Date(`${day}T12:00:00+02:00`);
    configure(
      listing("payfast", () => [
        { providerPaymentId: `pf-${reference}`, reference, amount: cents(20_000), at, wentBack: false },
      ]),
      listing("ozow", () => []),
    );

    const { settlements } = await compareSettlements(house.services, house.clock.now, providers);

    expect(settlements.filter((settlement) => settlement.day === day)).toMatchObject([
      { provider: "payfast", differences: 1 },
      { provider: "ozow", differences: 0 },
    ]);
  });
});

describe("closeDueBoards", () => {
  /** A board past its deadline, with R194 in the pot and one open payment that began before the deadline. */
  const past = async () => {
    const live = await aLiveBoard(house, { deadline: new Date(house.clock.now.getTime() + 40 * MINUTE) });
    await live.paid();
    house.pass(30 * MINUTE);
    const reference = await live.begin();
    house.pass(11 * MINUTE);
    return { live, reference };
  };
  const close = () => closeDueBoards(house.services, house.clock.now, providers);
  /** Inserts `count` more open payments of the same board into Postgres. */
  const addCopiesOf = async (contributionId: string, count: number) =>
    await database.postgres.session((session) =>
      session.script(`
        INSERT INTO contributions (id, partner_id, dream_board_id, amount_cents, fee_cents, payment_provider, payment_ref,
          payment_status, created_at)
        SELECT gen_random_uuid(), partner_id, dream_board_id, amount_cents, fee_cents, payment_provider,
          left(gen_random_uuid()::text, 20), payment_status, created_at
        FROM contributions, generate_series(1, ${count}) WHERE id = '${contributionId}';
        INSERT INTO payment_requests (contribution_id, dream_board_id, payment_provider, status, attempt, attempted_at, seq)
        SELECT c.id, r.dream_board_id, r.payment_provider, r.status, r.attempt, r.attempted_at, r.seq
        FROM payment_requests r JOIN contributions c ON c.dream_board_id = r.dream_board_id AND c.payment_status = 'pending'
        WHERE r.contribution_id = '${contributionId}' AND c.id <> r.contribution_id`),
    );
  const wasLookedUp = async (reference: string) => {
    const row = await contributionRow(database, reference);
    const requests = await database.db
      .select()
      .from(paymentRequests)
      .where(eq(paymentRequests.contributionId, row?.id ?? ""));
    return requests.some(({ lastLookedUpAt }) => lastLookedUpAt !== null);
  };

  it("a board without open payments closes at once, without a query to a provider", async () => {
    const live = await aLiveBoard(house, { deadline: new Date(house.clock.now.getTime() + 10 * MINUTE) });
    await live.paid();
    house.pass(10 * MINUTE);
    const { provider, asked } = aProviderWithLookUp(findsNothing);
    configure(provider);

    expect(await close()).toEqual({ due: 1, closed: 1 });
    expect(await close()).toEqual({ due: 0, closed: 0 });

    expect(asked).toEqual([]);
    expect(live.state.status).toBe("closed");
  });

  it("open payments are looked up before closing, so that payments made in time are in the pot", async () => {
    const { live, reference } = await past();
    const { provider, asked } = aProviderWithLookUp(({ reference: about }) => ({
      reference: about,
      notes: [],
      reports: [aReport(about)],
    }));
    configure(provider, aProvider({ name: "ozow" }));

    expect(await close()).toEqual({ due: 1, closed: 1 });

    expect(asked).toMatchObject([{ reference }]);
    expect(live.state.closing).toMatchObject({ payable: 38_800, reason: "deadline_reached" });
    expect(await refundRows(database, live.boardId)).toEqual([]);
  });

  it("a board closes without an open payment when its provider has no payment", async () => {
    const { live } = await past();
    configure(aProviderWithLookUp(findsNothing).provider);

    expect(await close()).toEqual({ due: 1, closed: 1 });

    expect(live.state.closing).toMatchObject({ payable: 19_400 });
  });

  it.each([
    [
      "is busy",
      () => {
        throw new ProviderError("busy", "429");
      },
    ],
    ["cannot look it up", ({ reference }: { reference: string }) => ({ reference, problem: "?" })],
  ])(
    "a board stays open for the grace period while the provider of an open payment %s, and then closes",
    async (_, answer) => {
      const { live } = await past();
      configure(aProviderWithLookUp(answer).provider);

      expect(await close()).toEqual({ due: 1, closed: 0 });
      expect(live.state.status).toBe("active");
      house.pass(CLOSING_GRACE_MS);
      expect(await close()).toEqual({ due: 1, closed: 1 });
    },
  );

  it.each<[string, () => PaymentProvider[]]>([
    ["has no look-up", () => [aProvider(), aProviderWithLookUp(findsNothing, "ozow").provider]],
    ["is no longer configured", () => [aProviderWithLookUp(findsNothing, "ozow").provider]],
  ])(
    "a board stays open for the grace period, and others are queried, when the provider of a payment %s",
    async (_, configured) => {
      const live = await aLiveBoard(house, { deadline: new Date(house.clock.now.getTime() + 10 * MINUTE) });
      const [atPayfast, atOzow] = [await live.begin(), await live.begin(20_000, "ozow")];
      house.pass(10 * MINUTE);
      configure(...configured());

      expect(await close()).toEqual({ due: 1, closed: 0 });

      expect(await Promise.all([atPayfast, atOzow].map(wasLookedUp))).toEqual([false, true]);
      house.pass(CLOSING_GRACE_MS);
      expect(await close()).toEqual({ due: 1, closed: 1 });
    },
  );

  it("a board whose payments were all looked up within the last minute is left to a later run", async () => {
    const { live } = await past();
    const { provider, asked } = aProviderWithLookUp(findsNothing);
    configure(provider);
    await reconcilePayments(house.services, house.clock.now, providers);

    expect(await close()).toEqual({ due: 1, closed: 0 });
    house.pass(MINUTE - 1);
    expect(await close()).toEqual({ due: 1, closed: 0 });
    expect([asked.length, live.state.status]).toEqual([1, "active"]);

    house.pass(1);
    expect(await close()).toEqual({ due: 1, closed: 1 });
    expect(asked).toHaveLength(2);
  });

  it("a board with a payment that was not looked up within the last minute is closed in this run", async () => {
    const { live, reference } = await past();
    const { provider } = aProviderWithLookUp(findsNothing);
    configure(provider);
    await reconcilePayments(house.services, house.clock.now, providers);
    const row = await contributionRow(database, reference);
    await addCopiesOf(row!.id, 1);

    expect(await close()).toEqual({ due: 1, closed: 1 });

    expect(live.state.status).toBe("closed");
  });

  it.each([
    { others: 299, closed: 1 },
    { others: 300, closed: 0 },
  ])(
    "a run looks up 300 payments, and closes $closed board(s) with $others more open payments than one",
    async (values) => {
      const { reference } = await past();
      const row = await contributionRow(database, reference);
      await addCopiesOf(row!.id, values.others);
      const { provider, asked } = aProviderWithLookUp(findsNothing);
      configure(provider);

      expect(await close()).toEqual({ due: 1, closed: values.closed });

      expect(asked).toHaveLength(300);
      house.pass(CLOSING_GRACE_MS);
      expect(await close()).toEqual({ due: 1 - values.closed, closed: 1 - values.closed });
    },
  );

  it("the other boards close when the look-up for one board throws", async () => {
    const { live } = await past();
    const other = await aLiveBoard(house, { deadline: new Date(house.clock.now.getTime() + MINUTE) });
    house.pass(2 * MINUTE);
    configure(
      aProviderWithLookUp(() => {
        throw new TypeError("our own bug");
      }).provider,
    );

    expect(await close()).toEqual({ due: 2, closed: 1 });

    expect([live, other].map(({ state }) => state.status)).toEqual(["active", "expired"]);
    expect(house.logged.map(({ event }) => event)).toContain("deadline_sweep_skipped");
  });

  it("two concurrent runs close a board once", async () => {
    const { live } = await past();
    configure(aProviderWithLookUp(findsNothing).provider);

    await Promise.all([close(), close()]);

    expect(live.events.filter((type) => type === "board_closed")).toHaveLength(1);
    const [row] = await database.db.select().from(dreamBoards).where(eq(dreamBoards.id, live.boardId));
    expect(row?.status).toBe("closed");
    const requests = await database.db
      .select()
      .from(paymentRequests)
      .where(eq(paymentRequests.dreamBoardId, live.boardId));
    expect(requests.filter(({ lastLookedUpAt }) => lastLookedUpAt !== null)).toHaveLength(1);
  });
});
