import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { giftCards, payoutExecutions } from "#database/payout-tables";
import { apiKeys, payouts } from "#database/schema";
import { ADMIN } from "#domain/board/actor";
import { executePayout } from "#payouts/execute-payout";
import { findGiftCard } from "#payouts/gift-cards";
import { claimPayout } from "#payouts/payout-rows";
import type { CounterpartyMode } from "../../local/simulators/counterparty.ts";
import { COUNTERPARTIES } from "../../local/simulators/payout-books.ts";
import { DAY, HOUR, MINUTE } from "../reconciliation/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { everyRow } from "../support/every-row.ts";
import { CARD_NUMBER } from "./far-side.ts";
import { aCounterpartySite, GOAL_OF_R100, type PayoutHouse, wrapped } from "./support.ts";

const { counterparties, startHouse } = await aCounterpartySite();
let database: TestDatabase;
let house: PayoutHouse;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  house = await startHouse(database);
});

const ONCE = { executions: 1, requests: 1 };
type APayout = Awaited<ReturnType<PayoutHouse["aPayout"]>>;
const starts = ({ live }: APayout) => live.events.filter((type) => type === "payout_started").length;

describe("executePayouts", () => {
  it("each mode of each counterparty leaves the payout where it belongs, paid once at most", async () => {
    const rows: [
      mode: CounterpartyMode,
      first: string,
      later: string,
      errorCode: string | null,
      paid: object | null,
    ][] = [
      ["normal", "completed", "completed", null, ONCE],
      ["slow", "processing", "completed", null, ONCE],
      ["lost_answer", "processing", "completed", null, ONCE],
      ["duplicate", "completed", "completed", null, ONCE],
      ["wrong_amount", "processing", "processing", null, { ...ONCE, amountCents: 19_300 }],
      ["refuse", "failed", "failed", "declined", null],
      ["down", "processing", "processing", null, null],
    ];
    // Karri is asked about the card before.
    const karri: Partial<Record<CounterpartyMode, [string, string, string | null]>> = {
      refuse: ["failed", "failed", "card_invalid"],
      down: ["pending", "pending", null],
    };
    await everyRow(
      COUNTERPARTIES.flatMap((name) => rows.map((row) => [name, ...row] as const)),
      async ([name, mode, ...expected]) => {
        house = await startHouse(database);
        const [first, later, errorCode] = (name === "karri" && karri[mode]) || expected;
        const payout = await house.aPayout(name);
        counterparties[name].mode = mode;

        await house.run();
        const { status } = payout.payout();
        house.pass(6 * MINUTE);
        await house.run();

        const row = await payout.row();
        expect([status, payout.payout().status, row.status]).toEqual([first, later, later]);
        expect([payout.payout().errorCode, row.errorCode, row.leaseUntil]).toEqual([errorCode, errorCode, null]);
        const paid = expected[3];
        if (paid) expect(payout.paid()).toMatchObject(paid);
        else expect(payout.paid()).toBeNull();
        if (later === "completed") {
          expect(payout.payout().completion).toMatchObject({
            externalRef: payout.paid()?.number,
            by: { kind: "system" },
          });
        }
      },
    );
  });

  it("a completed board is paid out, its gift card is kept sealed, and no log line or event has the code or a person", async () => {
    const payout = await house.aPayout("takealot", GOAL_OF_R100);

    expect(await house.run()).toEqual({ completed: 2 });

    expect(payout.live.state.status).toBe("paid_out");
    const { number: externalRef, giftCardCode } = payout.paid()!;
    const card = await findGiftCard(house.services, { payoutId: payout.id, externalRef });
    expect(card).toEqual({ code: giftCardCode, url: expect.stringContaining("https://") });
    const [row] = await database.db.select().from(giftCards).where(eq(giftCards.payoutId, payout.id));
    for (const kept of [house.logged, payout.live.board.journal.events, row]) {
      expect(JSON.stringify(kept)).not.toContain(giftCardCode);
    }
    expect(JSON.stringify(house.logged)).not.toMatch(/parent@example|Maya/);
    const line = {
      event: "payout_step",
      payout_id: payout.id,
      type: "takealot_gift_card",
      attempt: 1,
      step: "completed",
    };
    expect(house.logged).toContainEqual({ ...line, board: payout.live.slug.slice(-10), reason: null });
  });

  it("two runs at once start and send each payout once", async () => {
    const all = [
      await house.aPayout(),
      await house.aPayout("karri"),
      await house.aPayout(),
      await house.aPayout("karri"),
    ];

    const counts = await Promise.all([house.run(), house.run()]);
    await house.run();

    expect(counts.reduce((sum, { completed = 0 }) => sum + completed, 0)).toBe(4);
    expect(all.map((payout) => [starts(payout), payout.paid()?.requests])).toEqual(Array(4).fill([1, 1]));
  });

  it("a payout whose sender is slower than its lease is looked up by the next run, and not sent again", async () => {
    const payout = await house.aPayout();
    const steps: string[] = [];
    const slow = wrapped(house.executors, "takealot_gift_card", (real) => ({
      execute: async (order) => {
        house.pass(5 * MINUTE);
        steps.push(...Object.keys(await house.run()));
        return await real.execute(order);
      },
    }));

    expect(await house.run(slow)).toEqual({ completed: 1 });

    expect([steps, starts(payout)]).toEqual([["unknown"], 1]);
    expect(payout.paid()).toMatchObject(ONCE);
  });

  it("after a crash at any step the next runs pay the payout once at most", async () => {
    const type = "takealot_gift_card";
    const crash = () => {
      throw new Error("the isolate is gone");
    };
    const rows: [step: string, crashAt: (payout: APayout) => Promise<unknown>, status: string, paid: object | null][] =
      [
        [
          "claimed",
          ({ id }) => claimPayout(house.services, { id, now: house.clock.now, onlyDue: true }),
          "completed",
          ONCE,
        ],
        [
          "the board was not reached",
          ({ live }) => {
            live.board.outage = new Error("away");
            return house.run();
          },
          "completed",
          ONCE,
        ],
        [
          "started, and the board's answer was lost",
          async ({ live: { board } }) => {
            const { execute } = board;
            board.execute = async (command, context) => {
              await execute.call(board, command, context);
              return crash();
            };
            await house.run();
            board.execute = execute;
          },
          "processing",
          null,
        ],
        ["started", () => house.run(wrapped(house.executors, type, () => ({ execute: crash }))), "processing", null],
        [
          "sent",
          () =>
            house.run(
              wrapped(house.executors, type, (real) => ({
                execute: async (order) => {
                  await real.execute(order);
                  return crash();
                },
              })),
            ),
          "completed",
          ONCE,
        ],
        [
          "sent, and the board was not reached",
          ({ live }) =>
            house.run(
              wrapped(house.executors, type, (real) => ({
                execute: async (order) => {
                  live.board.outage = new Error("away");
                  return await real.execute(order);
                },
              })),
            ),
          "completed",
          ONCE,
        ],
      ];
    await everyRow(rows, async ([, crashAt, status, paid]) => {
      house = await startHouse(database);
      const payout = await house.aPayout();
      await crashAt(payout);
      payout.live.board.outage = null;

      // The lease holds.
      expect(await house.run()).toEqual({});
      for (let hours = 0; hours < 12; hours += 1) {
        house.pass(HOUR);
        await house.run();
      }

      expect([payout.payout().status, starts(payout)]).toEqual([status, 1]);
      if (paid) expect(payout.paid()).toMatchObject(paid);
      else expect(payout.paid()).toBeNull();
    });
  });

  it("a payout that was refused and retried is paid once, under the reference of its second attempt", async () => {
    await everyRow(COUNTERPARTIES, async (name) => {
      const payout = await house.aPayout(name);
      counterparties[name].mode = "refuse";
      await house.run();
      expect(await house.run()).toEqual({});
      await payout.retry();
      counterparties[name].mode = "normal";

      expect(await house.run()).toEqual({ completed: 1 });

      expect([payout.payout().attempt, payout.payout().status]).toEqual([2, "completed"]);
      expect([payout.paid(1), payout.paid(2)?.executions]).toEqual([null, 1]);
    });
  });

  it("the reason of a refusal is recorded as a code of at most 50 characters", async () => {
    const payout = await house.aPayout();
    const reason = `Card No. 5 / blocked! ${"x".repeat(60)}`;
    await house.run(
      wrapped(house.executors, "takealot_gift_card", () => ({ execute: async () => ({ outcome: "refused", reason }) })),
    );

    expect(payout.payout().errorCode).toBe(`card_no._5_blocked_${"x".repeat(31)}`);
  });

  it("a payout that was paid although its answer was lost is found under its first reference after a retry", async () => {
    await everyRow(COUNTERPARTIES, async (name) => {
      house = await startHouse(database);
      const payout = await house.aPayout(name);
      counterparties[name].mode = "lost_answer";
      await house.run();
      counterparties[name].mode = "down";
      house.pass(23 * HOUR);
      await house.run();
      expect(house.alerts()).toEqual([]);
      expect(await payout.fail()).toMatchObject({ refused: "payout_under_way" });
      house.pass(2 * HOUR);
      // It rests.
      await executePayout(house.services, house.executors, { id: payout.id, now: house.clock.now });
      expect(house.alerts()).toEqual(["payout_outcome_unknown"]);
      await payout.fail();
      await payout.retry();
      // Also when the card is not valid any more.
      counterparties[name].mode = "refuse";

      expect(await house.run()).toEqual({ completed: 1 });

      expect(payout.payout()).toMatchObject({ attempt: 2, completion: { externalRef: payout.paid(1)?.number } });
      expect([payout.paid(1)?.executions, payout.paid(2)]).toEqual([1, null]);
    });
  });

  it("a later attempt is not sent while it is not certain what became of an earlier one", async () => {
    const rows: [earlier: object, status: string, sent: boolean][] = [
      [{ outcome: "unknown", reason: "wrong_amount" }, "processing", false],
      [{ outcome: "processing", ref: null }, "processing", false],
      [{ outcome: "not_found" }, "completed", true],
      [{ outcome: "refused", reason: "expired" }, "completed", true],
    ];
    await everyRow(rows, async ([earlier, status, sent]) => {
      house = await startHouse(database);
      const payout = await house.aPayout();
      counterparties.takealot.mode = "refuse";
      for (let attempt = 1; attempt <= 2; attempt += 1) {
        await house.run();
        await payout.retry();
      }
      counterparties.takealot.mode = "normal";
      const knowing = wrapped(house.executors, "takealot_gift_card", (real) => ({
        lookUp: async (order) =>
          /-\d$/.test(order.reference)
            ? await real.lookUp(order)
            : (earlier as Awaited<ReturnType<typeof real.lookUp>>),
      }));

      await house.run(knowing);
      house.pass(HOUR);
      await house.run(knowing);

      expect([payout.payout().status, payout.paid(3) !== null]).toEqual([status, sent]);
    });
  });

  it("an outcome that the board refuses raises an alert with ids only, and the next attempt finds the money", async () => {
    const payout = await house.aPayout();
    const frozen = wrapped(house.executors, "takealot_gift_card", (real) => ({
      execute: async (order) => {
        const outcome = await real.execute(order);
        house.pass(25 * HOUR);
        await payout.fail();
        await payout.retry();
        return outcome;
      },
    }));

    expect(await house.run(frozen)).toEqual({ not_recorded: 1 });

    expect(house.logged.filter(({ alert }) => alert)).toEqual([
      {
        alert: true,
        event: "payout_not_recorded",
        board: payout.live.slug.slice(-10),
        payout_id: payout.id,
        type: "takealot_gift_card",
        attempt: 1,
        outcome: "completed",
        refused: "payout_under_way",
      },
    ]);
    house.pass(HOUR);
    expect(await house.run()).toEqual({ completed: 1 });
    expect([payout.paid(1)?.executions, payout.paid(2)]).toEqual([1, null]);
  });

  it("two attempts that the counterparty has both taken raise an alert", async () => {
    const payout = await house.aPayout();
    counterparties.takealot.mode = "refuse";
    await house.run();
    await payout.retry();
    counterparties.takealot.mode = "slow";
    await house.run();
    counterparties.takealot.pay(payout.paid(2)!.reference.slice(0, -2), 19_400, "parent@example.com");
    house.pass(HOUR);

    expect(await house.run()).toEqual({ completed: 1 });

    expect(house.alerts()).toEqual(["payout_paid_twice"]);
  });

  it("a held payout is not started, also when Postgres does not know of the hold, until it is let go", async () => {
    const payout = await house.aPayout();
    const { live } = payout;
    live.board.isCutOff = true;
    await live.execute({ type: "place_hold" });
    expect(await house.run()).toEqual({ not_started: 1 });
    live.board.isCutOff = false;
    await live.board.project();
    house.pass(HOUR);
    expect(await house.run()).toEqual({});
    await live.execute({ type: "lift_hold" });

    expect(await house.run()).toEqual({ completed: 1 });

    expect([starts(payout), payout.paid()?.executions]).toEqual([1, 1]);
  });

  it("a payout that a person completes while the board waits for Postgres is not sent", async () => {
    const payout = await house.aPayout();
    const { board } = payout.live;
    const { execute } = board;
    board.execute = async (command, context) => {
      const answer = await execute.call(board, command, context);
      const completed = { payoutId: payout.id, method: "hand", externalRef: "order-1", completedAt: null } as const;
      await execute.call(board, { type: "complete_payout", ...completed }, context);
      return "refused" in answer ? answer : { ...answer, board: board.board.snapshot(ADMIN) };
    };

    expect(await house.run()).toEqual({ not_started: 1 });

    expect([payout.payout().completion?.externalRef, payout.paid()]).toEqual(["order-1", null]);
  });

  it("a payout that is refused stops no other", async () => {
    const all = [await house.aPayout(), await house.aPayout()];
    counterparties.takealot.mode = "refuse";

    expect(await house.run()).toEqual({ failed: 2 });

    expect(all.map(({ payout }) => payout().errorCode)).toEqual(["declined", "declined"]);
    expect(house.alerts()).toEqual([]);
  });

  it("what the board says is sent, also when Postgres is behind", async () => {
    const payout = await house.aPayout("takealot", {}, [20_000, 30_000]);
    const { live } = payout;
    live.board.isCutOff = true;
    await live.requestRefund(payout.references[0]!);

    expect(await house.run()).toEqual({ completed: 1 });
    house.pass(HOUR);
    expect(await house.run()).toEqual({ not_started: 1 });

    expect(payout.paid()).toMatchObject({ ...ONCE, amountCents: 29_100 });
  });

  it("payouts are left to partners that pay themselves, to people where no automation is on, and those of nothing", async () => {
    const theirs = await house.aPayout();
    const values = {
      partnerName: "p",
      keyHash: "h",
      keyPrefix: "cpk_live_aaa",
      scopes: ["payouts:read", "payouts:write"],
    };
    await database.db.insert(apiKeys).values({ ...values, partnerId: theirs.live.partnerId });
    const empty = await house.aPayout();
    await empty.live.requestRefund(empty.references[0]!);
    const byHand = await house.aPayout("karri");
    const onlyTakealot = new Map([...house.executors].filter(([type]) => type === "takealot_gift_card"));

    expect(await house.run(onlyTakealot)).toEqual({});
    expect([theirs, empty, byHand].map(starts)).toEqual([0, 0, 0]);

    await database.db.update(apiKeys).set({ isActive: false }).where(eq(apiKeys.partnerId, theirs.live.partnerId));
    expect(await house.run(onlyTakealot)).toEqual({ completed: 1 });
  });

  it("a counterparty that refuses our key fails one payout for a person to retry, and the others wait", async () => {
    house = await startHouse(database, { GIVENGAIN_API_KEY: "an old key" });
    const [first, second] = [await house.aPayout("givengain"), await house.aPayout("givengain")];
    const other = await house.aPayout("takealot");

    expect(await house.run()).toEqual({ failed: 1, completed: 1 });

    expect(first.payout()).toMatchObject({ status: "failed", errorCode: "credentials_refused" });
    expect([second.payout().status, other.payout().status]).toEqual(["pending", "completed"]);
    expect(house.logged.filter(({ alert }) => alert)).toEqual([
      { alert: true, event: "payouts_refused", type: "philanthropy_donation" },
    ]);
  });

  it("Karri's refusal of our key at the verification of a card fails no payout", async () => {
    house = await startHouse(database, { KARRI_API_KEY: "an old key" });
    const all = [await house.aPayout("karri"), await house.aPayout("karri")];

    expect(await house.run()).toEqual({ waits: 1 });

    expect(all.map(({ payout }) => payout().status)).toEqual(["pending", "pending"]);
    expect(house.alerts()).toEqual(["payouts_refused"]);
  });

  it("an outage leaves one payout with an unknown outcome, and the others are paid after it", async () => {
    const all = [await house.aPayout(), await house.aPayout(), await house.aPayout()];
    counterparties.takealot.mode = "down";
    expect(await house.run()).toEqual({ unknown: 1 });
    house.pass(6 * MINUTE);
    expect(await house.run()).toEqual({ unknown: 1 });
    expect(all.map(({ payout }) => payout().status)).toEqual(["processing", "pending", "pending"]);

    counterparties.takealot.mode = "normal";
    house.pass(HOUR);
    expect(await house.run()).toEqual({ unknown: 1, completed: 2 });
  });

  it("an unknown outcome raises one alert a day from the second day on, also when its automation was switched off", async () => {
    await everyRow([["on"], ["off"]] as const, async ([automation]) => {
      house = await startHouse(database);
      const payout = await house.aPayout();
      counterparties.takealot.mode = "down";
      await house.run();
      const executors = automation === "on" ? house.executors : new Map();
      const begun = house.clock.now.getTime();
      const days: number[] = [];
      while (house.clock.now.getTime() < begun + 4 * DAY - HOUR) {
        house.pass(HOUR);
        const before = house.alerts().length;
        await house.run(executors);
        for (const _ of house.alerts().slice(before)) {
          days.push(Math.floor((house.clock.now.getTime() - begun) / DAY));
        }
      }

      expect(days).toEqual([1, 2, 3]);
      expect(payout.payout().status).toBe("processing");
    });
  });

  it("a payout that cannot be opened stops no other, and the one that waits longest is first", async () => {
    const [broken, ...others] = [await house.aPayout(), await house.aPayout(), await house.aPayout()];
    const unreadable = { encrypted: "test.bm90IGNpcGhlcnRleHQ" };
    await database.db.update(payouts).set({ recipientData: unreadable }).where(eq(payouts.id, broken!.id));
    const [later, sooner] = others.map(({ id }) => id);
    await database.db
      .update(payoutExecutions)
      .set({ nextTryAt: new Date(0) })
      .where(eq(payoutExecutions.payoutId, sooner!));
    const order: string[] = [];
    const watched = wrapped(house.executors, "takealot_gift_card", (real) => ({
      execute: async (payout) => {
        order.push(payout.payoutId);
        return await real.execute(payout);
      },
    }));

    expect(await house.run(watched)).toEqual({ step_failed: 1, completed: 2 });

    expect(order).toEqual([sooner, later]);
    expect([broken!.payout().status, starts(broken!)]).toEqual(["pending", 0]);
    expect(JSON.stringify(house.logged)).not.toContain(CARD_NUMBER);
  });
});

it("executePayout takes a payout that rests, and none that another worker has; the pauses begin anew at its start", async () => {
  const payout = await house.aPayout("karri");
  const step = async () => {
    const done = await executePayout(house.services, house.executors, { id: payout.id, now: house.clock.now });
    return done.step;
  };
  const pauseMinutes = async () => ((await payout.row()).nextTryAt.getTime() - house.clock.now.getTime()) / MINUTE;
  counterparties.karri.mode = "down";
  expect([await step(), await step(), await pauseMinutes()]).toEqual(["waits", "waits", 10]);
  counterparties.karri.mode = "slow";
  expect(await house.run()).toEqual({});

  const steps = await Promise.all([step(), step()]);

  expect([steps.toSorted(), await pauseMinutes()]).toEqual([["not_claimed", "processing"], 5]);
  expect((await payout.row()).tries).toBe(1);
  expect(payout.paid()).toMatchObject(ONCE);
});
