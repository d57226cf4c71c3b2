import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { paymentRequests } from "#database/payment-tables";
import { cents } from "#domain/money";
import { type LookUpFinding, type OpenPayment, ProviderError } from "#payments/provider";
import { askAboutPayment, askProvider } from "#reconciliation/ask-provider";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  aHouse,
  aLiveBoard,
  aProvider,
  aReport,
  askable,
  contributionRow,
  DAY,
  HOUR,
  type House,
  knowsNothing,
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
  // What other tests left open must not be due here.
  await database.db.update(paymentRequests).set({ status: "completed" });
});

const ask = (provider: Parameters<typeof askProvider>[1]) =>
  askProvider(house.services, provider, { now: house.clock.now });

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

const saying =
  (...reports: Parameters<typeof aReport>[1][]) =>
  ({ reference }: OpenPayment): LookUpFinding => ({
    reference,
    notes: [],
    reports: reports.map((values) => aReport(reference, values)),
  });

describe("askProvider", () => {
  it("a payment that was never reported is found once, and not looked up again", async () => {
    const reference = await live.begin();
    house.pass(10 * MINUTE);
    const { provider, asked } = askable(saying({}));

    expect(await ask(provider)).toEqual({ asked: 1, found: 1, expired: 0, problems: 0, stopped: null });
    house.pass(10 * MINUTE);
    expect(await ask(provider)).toMatchObject({ asked: 0, found: 0 });

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

    const results = await Promise.all([ask(askable(saying({})).provider), ask(askable(saying({})).provider)]);

    expect(results.map(({ found }) => found).sort()).toEqual([0, 1]);
    expect(live.events.filter((type) => type === "payment_completed")).toHaveLength(1);
    expect(await statusOf(reference)).toBe("completed");
  });

  it("the second of two payments for one reference is sent back", async () => {
    const reference = await live.begin();
    house.pass(10 * MINUTE);

    await ask(askable(saying({}, { providerPaymentId: "pf-second", eventKey: "another" })).provider);

    expect(await statusOf(reference)).toBe("completed");
    expect(await refundRows(database, live.boardId)).toMatchObject([
      { providerPaymentId: "pf-second", cause: "surplus_payment", status: "requested", amountCents: 20_000 },
    ]);
  });

  it("a reported failure is recorded and not counted as found", async () => {
    const reference = await live.begin();
    house.pass(10 * MINUTE);

    const result = await ask(askable(saying({ status: "failed", amount: null, providerStatus: "FAILED" })).provider);

    expect(result).toMatchObject({ asked: 1, found: 0, expired: 0 });
    expect(await statusOf(reference)).toBe("failed");
  });

  it("a payment that cannot be looked up stays pending, and the others are looked up", async () => {
    const [first, second] = [await live.begin(), await live.begin()];
    house.pass(25 * HOUR);
    const { provider } = askable((payment) =>
      payment.reference === first ? { reference: first, problem: "no answer" } : knowsNothing(payment),
    );

    expect(await ask(provider)).toEqual({ asked: 2, found: 0, expired: 1, problems: 1, stopped: null });

    expect(await statusOf(first)).toBe("pending");
    expect(await statusOf(second)).toBe("failed");
    expect(logged("payment_not_asked")).toMatchObject([{ detail: "no answer" }]);
  });

  it.each([
    { trouble: "refuses_us" as const, alert: true },
    { trouble: "busy" as const, alert: undefined },
    { trouble: "unavailable" as const, alert: undefined },
  ])("a run stops when the provider $trouble, and keeps what was answered before", async (values) => {
    const [first, second, third] = [await live.begin(), await live.begin(), await live.begin()];
    house.pass(25 * HOUR);
    const { provider, asked } = askable((payment) => {
      if (payment.reference === first) return saying({})(payment);
      throw new ProviderError(values.trouble, "look-up said no");
    });

    expect(await ask(provider)).toEqual({ asked: 1, found: 1, expired: 0, problems: 0, stopped: values.trouble });

    expect(asked.map(({ reference }) => reference)).toEqual([first, second]);
    expect(await Promise.all([first, second, third].map(statusOf))).toEqual(["completed", "pending", "pending"]);
    expect(await Promise.all([first, second].map(lastLookedUpAt))).toEqual([house.clock.now, null]);
    expect(logged("provider_not_asked")).toMatchObject([{ trouble: values.trouble }]);
    expect(logged("provider_not_asked")[0]?.alert).toBe(values.alert);
  });

  it("a run throws a bug of ours, and remembers what was answered before it", async () => {
    const [first, second] = [await live.begin(), await live.begin()];
    house.pass(10 * MINUTE);
    const { provider } = askable((payment) => {
      if (payment.reference === first) return knowsNothing(payment);
      throw new TypeError("undefined is not a function");
    });

    await expect(ask(provider)).rejects.toThrow(TypeError);

    expect(await Promise.all([first, second].map(lastLookedUpAt))).toEqual([house.clock.now, null]);
  });

  it("a run remembers its answers 25 at a time, in case it is cut short", async () => {
    const references: string[] = [];
    for (let n = 0; n < 26; n++) references.push(await live.begin());
    house.pass(10 * MINUTE);
    let remembered: (Date | null)[] = [];
    const { provider } = askable(async (payment) => {
      if (payment.reference === references[25]) remembered = await Promise.all(references.map(lastLookedUpAt));
      return knowsNothing(payment);
    });

    expect(await ask(provider)).toMatchObject({ asked: 26, stopped: null });

    expect(remembered).toEqual([...Array(25).fill(house.clock.now), null]);
    expect(await lastLookedUpAt(references[25]!)).toEqual(house.clock.now);
  });

  it.each([
    { answers: "pppppp", asked: 5, problems: 5, stopped: "unavailable" },
    { answers: "ppppapppp", asked: 9, problems: 8, stopped: null },
  ])("a provider that answers $answers (p: a problem, a: an answer) is asked about $asked payments", async (values) => {
    const references: string[] = [];
    for (const _ of values.answers) references.push(await live.begin());
    house.pass(10 * MINUTE);
    const { provider, asked } = askable((payment) =>
      values.answers[references.indexOf(payment.reference)] === "a"
        ? knowsNothing(payment)
        : { reference: payment.reference, problem: "?" },
    );

    const { problems, stopped } = await ask(provider);

    expect({ asked: asked.length, problems, stopped }).toEqual({ ...values, answers: undefined });
    // Those come last the next time, so that five of them cannot keep the others from their turn.
    expect(await lastLookedUpAt(references[0]!)).toEqual(house.clock.now);
    expect(logged("provider_not_asked")).toHaveLength(stopped === null ? 0 : 1);
  });

  it.each([
    { payments: 3, asked: 2, stopped: "out_of_time" },
    { payments: 2, asked: 2, stopped: null },
  ])("a run looks up $asked of $payments payments that take two minutes each", async ({ payments, asked, stopped }) => {
    const references: string[] = [];
    for (let n = 0; n < payments; n++) references.push(await live.begin());
    const now = house.pass(10 * MINUTE);
    const { provider } = askable((payment) => {
      house.pass(2 * MINUTE);
      return knowsNothing(payment);
    });

    expect(await ask(provider)).toMatchObject({ asked, stopped });

    expect(await Promise.all(references.map(lastLookedUpAt))).toEqual([now, now, null].slice(0, payments));
  });

  it("the other payments are recorded when one board cannot be reached, and the next run looks that one up again", async () => {
    const other = await aLiveBoard(house);
    const [lost, found] = [await live.begin(), await other.begin()];
    house.pass(2 * DAY);
    live.board.outage = new Error("the object is away");
    const { provider } = askable(saying({}));

    expect(await ask(provider)).toMatchObject({ asked: 2, found: 1, problems: 1 });
    expect(await statusOf(found)).toBe("completed");
    expect(logged("payment_not_settled")).toMatchObject([{ error: "Error: the object is away" }]);

    live.board.outage = null;
    house.pass(5 * MINUTE);
    expect(await ask(provider)).toMatchObject({ asked: 1, found: 1 });
    expect(await statusOf(lost)).toBe("completed");
  });

  it("a payment of a wrong amount opens one flag, however often the provider reports it", async () => {
    const reference = await live.begin();
    house.pass(10 * MINUTE);
    const { provider } = askable(saying({ amount: cents(19_999) }));

    expect(await ask(provider)).toMatchObject({ asked: 1, found: 0 });
    house.pass(2 * DAY);
    expect(await ask(provider)).toMatchObject({ asked: 1, found: 0, expired: 0 });

    expect(await statusOf(reference)).toBe("pending");
    expect(live.events.filter((type) => type === "flag_opened")).toHaveLength(1);
    expect(house.logged.filter(({ alert }) => alert)).toEqual([]);
  });

  it("a report of a payment that no board has alerts", async () => {
    const reference = await live.begin();
    house.pass(10 * MINUTE);
    const stranger = `${reference.slice(0, 10)}0000000000`;

    await ask(askable(saying({ reference: stranger })).provider);

    expect(house.logged.filter(({ alert }) => alert)).toMatchObject([{ outcome: "unknown_payment" }]);
  });
});

describe("a payment without news", () => {
  it.each([
    { why: "the provider knows of no money", after: 24 * HOUR, status: "failed", expired: 1 },
    { why: "it is not a day old", after: 24 * HOUR - 1, status: "pending", expired: 0 },
  ])("an open payment is $status after its look-up: $why", async ({ after, status, expired }) => {
    const reference = await live.begin();
    house.pass(after);

    expect(await ask(askable(knowsNothing).provider)).toMatchObject({ asked: 1, expired });

    expect(await statusOf(reference)).toBe(status);
  });

  it("an open payment does not expire before its provider has answered", async () => {
    const reference = await live.begin();
    house.pass(3 * DAY);
    const { provider } = askable(() => {
      throw new ProviderError("unavailable", "timed out");
    });

    expect(await ask(provider)).toMatchObject({ asked: 0, expired: 0, stopped: "unavailable" });

    expect(await statusOf(reference)).toBe("pending");
  });

  it("a payment its provider works on expires only after a week", async () => {
    const reference = await live.begin();
    const { provider } = askable(saying({ status: "processing", amount: null, providerStatus: "PENDING" }));
    const seen: (string | undefined)[] = [];
    for (const wait of [DAY, 5 * DAY, DAY - 1, 1]) {
      house.pass(wait);
      await ask(provider);
      // The last look is a moment after the one before.
      if (wait === 1) await askProvider(house.services, provider, { now: house.clock.now, boardId: live.boardId });
      seen.push(await statusOf(reference));
    }

    expect(seen).toEqual(["processing", "processing", "processing", "failed"]);
  });

  it("an expired payment is still looked up, and completes when its money comes", async () => {
    const reference = await live.begin();
    house.pass(DAY);
    await ask(askable(knowsNothing).provider);
    house.pass(4 * HOUR);

    expect(await ask(askable(saying({})).provider)).toMatchObject({ asked: 1, found: 1, expired: 0 });

    expect(await statusOf(reference)).toBe("completed");
    expect(live.state.counted).toBe(19_400);
  });

  it("two concurrent runs expire a payment once", async () => {
    await live.begin();
    house.pass(DAY);

    const results = await Promise.all([ask(askable(knowsNothing).provider), ask(askable(knowsNothing).provider)]);

    expect(results.map(({ expired }) => expired).sort()).toEqual([0, 1]);
    expect(live.events.filter((type) => type === "payment_expired")).toHaveLength(1);
  });

  it("a payment's day counts from the latest attempt, which Postgres may not have yet", async () => {
    const reference = await live.begin();
    house.pass(23 * HOUR);
    live.board.isCutOff = true;
    await live.retry(reference);
    house.pass(2 * HOUR);

    expect(await ask(askable(knowsNothing).provider)).toMatchObject({ asked: 1, expired: 0 });

    expect(live.of(reference).status).toBe("pending");
  });

  it.each([
    { after: DAY, status: "failed", expired: 1 },
    { after: DAY - 1, status: "pending", expired: 0 },
  ])("an open payment of a provider without look-ups becomes $status", async ({ after, status, expired }) => {
    const reference = await live.begin();
    house.pass(after);

    expect(await ask(aProvider())).toEqual({ asked: 0, found: 0, expired, problems: 0, stopped: null });

    expect(await statusOf(reference)).toBe(status);
    expect(await lastLookedUpAt(reference)).toEqual(house.clock.now);
  });

  it("an open payment of a provider without look-ups expires although another board cannot be reached", async () => {
    const other = await aLiveBoard(house);
    const [, reference] = [await live.begin(), await other.begin()];
    house.pass(DAY);
    live.board.outage = new Error("the object is away");

    await ask(aProvider()).catch(() => undefined);

    expect(await statusOf(reference)).toBe("failed");
  });
});

describe("askAboutPayment", () => {
  const providers = (provider: ReturnType<typeof aProvider>) => new Map([[provider.name, provider]]);

  it("askAboutPayment looks up one payment now, whatever its age", async () => {
    const reference = await live.begin();
    const { provider, asked } = askable(saying({}));

    expect(await askAboutPayment(house.services, providers(provider), reference)).toBe("news");

    expect(asked).toMatchObject([{ reference, openedAt: house.clock.now, attempt: 1, requestId: null }]);
    expect(await statusOf(reference)).toBe("completed");
    expect(await askAboutPayment(house.services, providers(provider), reference)).toBe("not_asked");
  });

  it.each([
    ["the provider has a problem with it", askable(({ reference }) => ({ reference, problem: "?" })).provider],
    [
      "the provider is busy",
      askable(() => {
        throw new ProviderError("busy", "429");
      }).provider,
    ],
    ["the provider cannot be asked", aProvider()],
    ["the provider is not configured", aProvider({ name: "ozow" })],
  ])("askAboutPayment answers not_asked when %s", async (_, provider) => {
    const reference = await live.begin();

    expect(await askAboutPayment(house.services, providers(provider), reference)).toBe("not_asked");

    expect(await statusOf(reference)).toBe("pending");
  });

  it.each(["nonsense", "0123456789abcdefghjk"])("askAboutPayment looks up nothing for %j", async (reference) => {
    const { provider, asked } = askable(knowsNothing);

    expect(await askAboutPayment(house.services, providers(provider), reference)).toBe("not_asked");

    expect(asked).toEqual([]);
  });
});
