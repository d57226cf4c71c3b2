import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { paymentRequests } from "#database/payment-tables";
import { cents } from "#domain/money";
import { type LookUpFinding, type OpenPayment, ProviderError } from "#payments/provider";
import { lookUpPayment, lookUpPayments } from "#reconciliation/look-up-payments";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  aHouse,
  aLiveBoard,
  aProvider,
  aProviderWithLookUp,
  aReport,
  contributionRow,
  DAY,
  findsNothing,
  HOUR,
  type House,
  type LiveBoard,
  MINUTE,
  refundRows,
} from "./support.ts";

let database: TestDatabase;
let house: House;
let live: LiveBoard;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  house = aHouse(database);
  live = await aLiveBoard(house);
  // The open payments of other tests must not be due.
  await database.db.update(paymentRequests).set({ status: "completed" });
});

const ask = (provider: Parameters<typeof lookUpPayments>[1]) =>
  lookUpPayments(house.services, provider, { now: house.clock.now });

const statusOf = async (reference: string) => (await contributionRow(database, reference))?.paymentStatus;

async function lastLookedUpAt(reference: string) {
  const row = await contributionRow(database, reference);
  const [request] = await database.db
    .select()
    .from(paymentRequests)
    .where(eq(paymentRequests.contributionId, row?.id ?? ""));
  return request?.lastLookedUpAt ?? null;
}

const logged = (event: string) => house.logged.filter((entry) => entry.event === event);

const reporting =
  (...reports: Parameters<typeof aReport>[1][]) =>
  ({ reference }: OpenPayment): LookUpFinding => ({
    reference,
    notes: [],
    reports: reports.map((values) => aReport(reference, values)),
  });

describe("lookUpPayments", () => {
  it("a payment that was never reported is found once, and not looked up again", async () => {
    const reference = await live.begin();
    house.pass(10 * MINUTE);
    const { provider, asked } = aProviderWithLookUp(reporting({}));

    expect(await ask(provider)).toEqual({ lookedUp: 1, found: 1, expired: 0, problems: 0, stopped: null });
    house.pass(10 * MINUTE);
    expect(await ask(provider)).toMatchObject({ lookedUp: 0, found: 0 });

    expect(asked).toMatchObject([{ reference, slug: live.slug, amount: 20_000, attempt: 1 }]);
    expect(await statusOf(reference)).toBe("completed");
    expect(live.state.counted).toBe(19_400);
    expect(logged("payment_found")).toMatchObject([
      { provider: "payfast", outcome: "recorded", provider_payment_id: `pf-${reference}`, provider_status: "COMPLETE" },
    ]);
    expect(house.logged.filter(({ alert }) => alert)).toEqual([]);
  });

  it("two concurrent runs record a payment once", async () => {
    const reference = await live.begin();
    house.pass(10 * MINUTE);

    const results = await Promise.all([
      ask(aProviderWithLookUp(reporting({})).provider),
      ask(aProviderWithLookUp(reporting({})).provider),
    ]);

    expect(results.map(({ found }) => found).sort()).toEqual([0, 1]);
    expect(live.events.filter((type) => type === "payment_completed")).toHaveLength(1);
    expect(await statusOf(reference)).toBe("completed");
  });

  it("the second of two payments for one reference is sent back", async () => {
    const reference = await live.begin();
    house.pass(10 * MINUTE);

    await ask(aProviderWithLookUp(reporting({}, { providerPaymentId: "pf-second", eventKey: "another" })).provider);

    expect(await statusOf(reference)).toBe("completed");
    expect(await refundRows(database, live.boardId)).toMatchObject([
      { providerPaymentId: "pf-second", cause: "surplus_payment", status: "requested", amountCents: 20_000 },
    ]);
  });

  it("a reported failure is recorded and not counted as found", async () => {
    const reference = await live.begin();
    house.pass(10 * MINUTE);

    const result = await ask(
      aProviderWithLookUp(reporting({ status: "failed", amount: null, providerStatus: "FAILED" })).provider,
    );

    expect(result).toMatchObject({ lookedUp: 1, found: 0, expired: 0 });
    expect(await statusOf(reference)).toBe("failed");
  });

  it("a payment that cannot be looked up stays pending, and the other payments are looked up", async () => {
    const [first, second] = [await live.begin(), await live.begin()];
    house.pass(25 * HOUR);
    const { provider } = aProviderWithLookUp((payment) =>
      payment.reference === first ? { reference: first, problem: "no answer" } : findsNothing(payment),
    );

    expect(await ask(provider)).toEqual({ lookedUp: 2, found: 0, expired: 1, problems: 1, stopped: null });

    expect(await statusOf(first)).toBe("pending");
    expect(await statusOf(second)).toBe("failed");
    expect(logged("payment_look_up_failed")).toMatchObject([{ detail: "no answer" }]);
  });

  it.each([
    { trouble: "refuses_us" as const, alert: true },
    { trouble: "busy" as const, alert: undefined },
    { trouble: "unavailable" as const, alert: undefined },
  ])("a run stops at a provider error of kind $trouble, and keeps the answers before it", async (values) => {
    const [first, second, third] = [await live.begin(), await live.begin(), await live.begin()];
    house.pass(25 * HOUR);
    const { provider, asked } = aProviderWithLookUp((payment) => {
      if (payment.reference === first) return reporting({})(payment);
      throw new ProviderError(values.trouble, "look-up said no");
    });

    expect(await ask(provider)).toEqual({ lookedUp: 1, found: 1, expired: 0, problems: 0, stopped: values.trouble });

    expect(asked.map(({ reference }) => reference)).toEqual([first, second]);
    expect(await Promise.all([first, second, third].map(statusOf))).toEqual(["completed", "pending", "pending"]);
    expect(await Promise.all([first, second].map(lastLookedUpAt))).toEqual([house.clock.now, null]);
    expect(logged("look_up_failed")).toMatchObject([{ trouble: values.trouble }]);
    expect(logged("look_up_failed")[0]?.alert).toBe(values.alert);
  });

  it("a run throws an unexpected error, and keeps the answers before it", async () => {
    const [first, second] = [await live.begin(), await live.begin()];
    house.pass(10 * MINUTE);
    const { provider } = aProviderWithLookUp((payment) => {
      if (payment.reference === first) return findsNothing(payment);
      throw new TypeError("undefined is not a function");
    });

    await expect(ask(provider)).rejects.toThrow(TypeError);

    expect(await Promise.all([first, second].map(lastLookedUpAt))).toEqual([house.clock.now, null]);
  });

  it("a run stores the times of its look-ups in batches of 25", async () => {
    const references: string[] = [];
    for (let n = 0; n < 26; n++) references.push(await live.begin());
    house.pass(10 * MINUTE);
    let remembered: (Date | null)[] = [];
    const { provider } = aProviderWithLookUp(async (payment) => {
      if (payment.reference === references[25]) remembered = await Promise.all(references.map(lastLookedUpAt));
      return findsNothing(payment);
    });

    expect(await ask(provider)).toMatchObject({ lookedUp: 26, stopped: null });

    expect(remembered).toEqual([...Array(25).fill(house.clock.now), null]);
    expect(await lastLookedUpAt(references[25]!)).toEqual(house.clock.now);
  });

  it.each([
    { answers: "pppppp", asked: 5, problems: 5, stopped: "unavailable" },
    { answers: "ppppapppp", asked: 9, problems: 8, stopped: null },
  ])("a run looks up $asked payments when the answers are $answers (p: a problem, a: an answer)", async (values) => {
    const references: string[] = [];
    for (const _ of values.answers) references.push(await live.begin());
    house.pass(10 * MINUTE);
    const { provider, asked } = aProviderWithLookUp((payment) =>
      values.answers[references.indexOf(payment.reference)] === "a"
        ? findsNothing(payment)
        : { reference: payment.reference, problem: "?" },
    );

    const { problems, stopped } = await ask(provider);

    expect({ asked: asked.length, problems, stopped }).toEqual({ ...values, answers: undefined });
    // A payment with a problem comes last in the next run, so that five of them do not block the others.
    expect(await lastLookedUpAt(references[0]!)).toEqual(house.clock.now);
    expect(logged("look_up_failed")).toHaveLength(stopped === null ? 0 : 1);
  });

  it.each([
    { payments: 3, lookedUp: 2, stopped: "out_of_time" },
    { payments: 2, lookedUp: 2, stopped: null },
  ])(
    "a run looks up $lookedUp of $payments payments that take two minutes each",
    async ({ payments, lookedUp, stopped }) => {
      const references: string[] = [];
      for (let n = 0; n < payments; n++) references.push(await live.begin());
      const now = house.pass(10 * MINUTE);
      const { provider } = aProviderWithLookUp((payment) => {
        house.pass(2 * MINUTE);
        return findsNothing(payment);
      });

      expect(await ask(provider)).toMatchObject({ lookedUp, stopped });

      expect(await Promise.all(references.map(lastLookedUpAt))).toEqual([now, now, null].slice(0, payments));
    },
  );

  it("a payment whose board is unreachable is looked up again, and the others are recorded", async () => {
    const other = await aLiveBoard(house);
    const [lost, found] = [await live.begin(), await other.begin()];
    house.pass(2 * DAY);
    live.board.outage = new Error("the object is away");
    const { provider } = aProviderWithLookUp(reporting({}));

    expect(await ask(provider)).toMatchObject({ lookedUp: 2, found: 1, problems: 1 });
    expect(await statusOf(found)).toBe("completed");
    expect(logged("payment_not_recorded")).toMatchObject([{ error: "Error: the object is away" }]);

    live.board.outage = null;
    house.pass(5 * MINUTE);
    expect(await ask(provider)).toMatchObject({ lookedUp: 1, found: 1 });
    expect(await statusOf(lost)).toBe("completed");
  });

  it("a payment of a wrong amount opens one flag, however often the provider reports it", async () => {
    const reference = await live.begin();
    house.pass(10 * MINUTE);
    const { provider } = aProviderWithLookUp(reporting({ amount: cents(19_999) }));

    expect(await ask(provider)).toMatchObject({ lookedUp: 1, found: 0 });
    house.pass(2 * DAY);
    expect(await ask(provider)).toMatchObject({ lookedUp: 1, found: 0, expired: 0 });

    expect(await statusOf(reference)).toBe("pending");
    expect(live.events.filter((type) => type === "flag_opened")).toHaveLength(1);
    expect(house.logged.filter(({ alert }) => alert)).toEqual([]);
  });

  it("a report of a payment that no board has raises an alert", async () => {
    const reference = await live.begin();
    house.pass(10 * MINUTE);
    const unknown = `${reference.slice(0, 10)}0000000000`;

    await ask(aProviderWithLookUp(reporting({ reference: unknown })).provider);

    expect(house.logged.filter(({ alert }) => alert)).toMatchObject([{ outcome: "unknown_payment" }]);
  });
});

describe("payments without a report", () => {
  it.each([
    { why: "the provider has no payment after a day", after: 24 * HOUR, status: "failed", expired: 1 },
    { why: "it is less than a day old", after: 24 * HOUR - 1, status: "pending", expired: 0 },
  ])("an open payment is $status after its look-up: $why", async ({ after, status, expired }) => {
    const reference = await live.begin();
    house.pass(after);

    expect(await ask(aProviderWithLookUp(findsNothing).provider)).toMatchObject({ lookedUp: 1, expired });

    expect(await statusOf(reference)).toBe(status);
  });

  it("an open payment does not expire before its provider has answered", async () => {
    const reference = await live.begin();
    house.pass(3 * DAY);
    const { provider } = aProviderWithLookUp(() => {
      throw new ProviderError("unavailable", "timed out");
    });

    expect(await ask(provider)).toMatchObject({ lookedUp: 0, expired: 0, stopped: "unavailable" });

    expect(await statusOf(reference)).toBe("pending");
  });

  it("a payment that is in progress at its provider expires after a week", async () => {
    const reference = await live.begin();
    const { provider } = aProviderWithLookUp(
      reporting({ status: "processing", amount: null, providerStatus: "PENDING" }),
    );
    const seen: (string | undefined)[] = [];
    for (const wait of [DAY, 5 * DAY, DAY - 1, 1]) {
      house.pass(wait);
      await ask(provider);
      // The last look-up is 1 ms after the one before, so it needs a run for this board.
      if (wait === 1) await lookUpPayments(house.services, provider, { now: house.clock.now, boardId: live.boardId });
      seen.push(await statusOf(reference));
    }

    expect(seen).toEqual(["processing", "processing", "processing", "failed"]);
  });

  it("an expired payment is still looked up, and completes when its money comes", async () => {
    const reference = await live.begin();
    house.pass(DAY);
    await ask(aProviderWithLookUp(findsNothing).provider);
    house.pass(4 * HOUR);

    expect(await ask(aProviderWithLookUp(reporting({})).provider)).toMatchObject({ lookedUp: 1, found: 1, expired: 0 });

    expect(await statusOf(reference)).toBe("completed");
    expect(live.state.counted).toBe(19_400);
  });

  it("two concurrent runs expire a payment once", async () => {
    await live.begin();
    house.pass(DAY);

    const results = await Promise.all([
      ask(aProviderWithLookUp(findsNothing).provider),
      ask(aProviderWithLookUp(findsNothing).provider),
    ]);

    expect(results.map(({ expired }) => expired).sort()).toEqual([0, 1]);
    expect(live.events.filter((type) => type === "payment_expired")).toHaveLength(1);
  });

  it("a payment's day counts from the latest attempt, which Postgres may not have yet", async () => {
    const reference = await live.begin();
    house.pass(23 * HOUR);
    live.board.isCutOff = true;
    await live.retry(reference);
    house.pass(2 * HOUR);

    expect(await ask(aProviderWithLookUp(findsNothing).provider)).toMatchObject({ lookedUp: 1, expired: 0 });

    expect(live.of(reference).status).toBe("pending");
  });

  it.each([
    { after: DAY, status: "failed", expired: 1 },
    { after: DAY - 1, status: "pending", expired: 0 },
  ])("an open payment of a provider without look-ups becomes $status", async ({ after, status, expired }) => {
    const reference = await live.begin();
    house.pass(after);

    expect(await ask(aProvider())).toEqual({ lookedUp: 0, found: 0, expired, problems: 0, stopped: null });

    expect(await statusOf(reference)).toBe(status);
    expect(await lastLookedUpAt(reference)).toEqual(house.clock.now);
  });

  it("an open payment of a provider without look-ups expires although another board is unreachable", async () => {
    const other = await aLiveBoard(house);
    const [, reference] = [await live.begin(), await other.begin()];
    house.pass(DAY);
    live.board.outage = new Error("the object is away");

    await ask(aProvider()).catch(() => undefined);

    expect(await statusOf(reference)).toBe("failed");
  });
});

describe("lookUpPayment", () => {
  const providers = (provider: ReturnType<typeof aProvider>) => new Map([[provider.name, provider]]);

  it("lookUpPayment looks up one payment now, whatever its age", async () => {
    const reference = await live.begin();
    const { provider, asked } = aProviderWithLookUp(reporting({}));

    expect(await lookUpPayment(house.services, providers(provider), reference)).toBe("news");

    expect(asked).toMatchObject([{ reference, openedAt: house.clock.now, attempt: 1, requestId: null }]);
    expect(await statusOf(reference)).toBe("completed");
    expect(await lookUpPayment(house.services, providers(provider), reference)).toBe("not_looked_up");
  });

  it.each([
    [
      "not_now",
      "the provider cannot look it up",
      aProviderWithLookUp(({ reference }) => ({ reference, problem: "?" })).provider,
    ],
    [
      "not_now",
      "the provider is busy",
      aProviderWithLookUp(() => {
        throw new ProviderError("busy", "429");
      }).provider,
    ],
    ["not_looked_up", "the provider has no look-up", aProvider()],
    ["not_looked_up", "the provider is not configured", aProvider({ name: "ozow" })],
  ])("lookUpPayment answers %s when %s", async (answer, _, provider) => {
    const reference = await live.begin();

    expect(await lookUpPayment(house.services, providers(provider), reference)).toBe(answer);

    expect(await statusOf(reference)).toBe("pending");
  });

  it.each(["nonsense", "0123456789abcdefghjk"])("lookUpPayment looks up nothing for %j", async (reference) => {
    const { provider, asked } = aProviderWithLookUp(findsNothing);

    expect(await lookUpPayment(house.services, providers(provider), reference)).toBe("not_looked_up");

    expect(asked).toEqual([]);
  });
});
