import { randomUUID } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mailMessages } from "#database/own-tables";
import { providerPayments, settlementDifferences, settlementReports } from "#database/payment-tables";
import { contributions } from "#database/schema";
import { cents } from "#domain/money";
import { resolveDifference } from "#operations/settlement-differences";
import { type ListedPayment, ProviderError } from "#payments/provider";
import { compareSettlement, dayAfter, daysToCompare, differencesOf } from "#reconciliation/compare-settlement";
import { aBoard, startTestDatabase, type TestDatabase } from "../support/database.ts";
import { testServices } from "../webhooks/support.ts";
import { aHouse, aLiveBoard, aProvider, contributionRow, DAY as DAY_MS, refundRows } from "./support.ts";

const DAY = "2026-11-20";

describe("differencesOf", () => {
  const ours = (id: string, { amountCents = 20_000, day = DAY } = {}) => ({
    providerPaymentId: id,
    reference: `ref-${id}`,
    amountCents,
    day,
  });
  /** `at` is South African time. */
  const theirs = (id: string, { amount = 20_000, at = `${DAY}T12:00` } = {}): ListedPayment => ({
    providerPaymentId: id,
    reference: `ref-${id}`,
    amount: cents(amount),
    at: new Date(`${at}:00+02:00`),
    wentBack: false,
  });
  const nothingOf = { reference: "ref-a", providerPaymentId: "a" };

  it.each<[string, Parameters<typeof differencesOf>[0], ListedPayment[], unknown[]]>([
    ["no payment on either side", [], [], []],
    ["the same payment on both sides", [ours("a")], [theirs("a")], []],
    [
      "a payment that is missing from the provider's list",
      [ours("a")],
      [],
      [{ kind: "missing_at_provider", ...nothingOf, ourCents: 20_000, theirCents: null }],
    ],
    [
      "a payment that is missing here",
      [],
      [theirs("a")],
      [{ kind: "missing_here", ...nothingOf, ourCents: null, theirCents: 20_000 }],
    ],
    [
      "a payment of a cent too little",
      [ours("a")],
      [theirs("a", { amount: 19_999 })],
      [{ kind: "amount_differs", ...nothingOf, ourCents: 20_000, theirCents: 19_999 }],
    ],
    [
      "a payment at the provider's last minute and on our next day",
      [ours("a", { day: "2026-11-21" })],
      [theirs("a", { at: `${DAY}T23:59` })],
      [],
    ],
    [
      "a payment at our last minute and on the provider's next day",
      [ours("a")],
      [theirs("a", { at: "2026-11-21T00:01" })],
      [],
    ],
    [
      "a payment on the provider's evening before and on our day",
      [ours("a")],
      [theirs("a", { at: "2026-11-19T23:59" })],
      [],
    ],
    [
      "a payment on our evening before and on the provider's day",
      [ours("a", { day: "2026-11-19" })],
      [theirs("a", { at: `${DAY}T00:00` })],
      [],
    ],
    ["payments of other days", [ours("a", { day: "2026-11-19" })], [theirs("b", { at: "2026-11-21T00:00" })], []],
    [
      "a payment with another amount on a neighbouring day",
      [ours("a")],
      [theirs("a", { at: "2026-11-21T00:01", amount: 1 })],
      [{ kind: "amount_differs", ...nothingOf, ourCents: 20_000, theirCents: 1 }],
    ],
    [
      "a payment that the provider lists twice",
      [],
      [theirs("a"), theirs("a")],
      [{ kind: "missing_here", ...nothingOf, ourCents: null, theirCents: 20_000 }],
    ],
  ])("differencesOf returns the differences of %s", (_, recorded, listed, differences) => {
    expect(differencesOf(recorded, listed, DAY)).toEqual(differences);
  });

  it.each([
    ["2026-11-20", 1, "2026-11-21"],
    ["2026-11-20", -1, "2026-11-19"],
    ["2026-12-31", 1, "2027-01-01"],
    ["2028-03-01", -1, "2028-02-29"],
  ])("dayAfter of %s and %i is %s", (day, days, other) => {
    expect(dayAfter(day, days)).toBe(other);
  });
});

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

/** Each test compares a day of its own. */
let days = 0;
const aDay = () => dayAfter("2026-01-10", 5 * days++);

async function recorded(day: string, { amount = 20_000, at = "12:00" } = {}) {
  const board = await aBoard(database.db, { createdAt: new Date("2025-01-01T00:00:00Z") });
  const [id, providerPaymentId] = [randomUUID(), `pf-${randomUUID()}`];
  await database.db.insert(contributions).values({
    id,
    partnerId: board.partnerId,
    dreamBoardId: board.id,
    amountCents: 20_000,
    feeCents: 600,
    paymentProvider: "payfast",
    paymentRef: id.slice(0, 20),
    paymentStatus: "completed",
  });
  const recordedAt = new Date(`${day}T${at}:00+02:00`);
  await database.db.insert(providerPayments).values({
    paymentProvider: "payfast",
    providerPaymentId,
    dreamBoardId: board.id,
    contributionId: id,
    amountCents: amount,
    kind: "contribution",
    recordedAt,
  });
  return providerPaymentId;
}

const listed = (providerPaymentId: string, day: string, amount = 20_000): ListedPayment => ({
  providerPaymentId,
  reference: null,
  amount: cents(amount),
  at: new Date(`${day}T12:00:00+02:00`),
  wentBack: false,
});

function listing(...payments: ListedPayment[]) {
  const asked: { from: string; to: string }[] = [];
  const provider = aProvider({
    listPayments: async function* (span) {
      asked.push(span);
      yield* payments;
    },
  });
  return { provider, asked };
}

async function compare(day: string, provider: Parameters<typeof compareSettlement>[1]) {
  const { services } = testServices(database);
  return await compareSettlement(services, provider, { day, now: services.now() });
}

const differencesOn = async (day: string) =>
  await database.db.select().from(settlementDifferences).where(eq(settlementDifferences.day, day));
const reportsOn = async (day: string) =>
  await database.db.select().from(settlementReports).where(eq(settlementReports.day, day));
const mailsAbout = async (day: string) =>
  await database.db
    .select()
    .from(mailMessages)
    .where(and(eq(mailMessages.kind, "settlement_difference"), eq(mailMessages.day, day)));

describe("compareSettlement", () => {
  it("compareSettlement requests the day and its neighbours, and reports a day without differences", async () => {
    const day = aDay();
    const ids = [await recorded(day), await recorded(day, { at: "23:59" }), await recorded(dayAfter(day, 1))];
    const { provider, asked } = listing(listed(ids[0]!, day), listed(ids[1]!, dayAfter(day, 1)));

    expect(await compare(day, provider)).toEqual({
      provider: "payfast",
      ours: 2,
      theirs: 1,
      differences: 0,
      resolved: 0,
    });

    expect(asked).toEqual([{ from: dayAfter(day, -1), to: dayAfter(day, 1) }]);
    expect(await reportsOn(day)).toMatchObject([{ paymentProvider: "payfast", ours: 2, theirs: 1, differences: 0 }]);
    expect(await differencesOn(day)).toEqual([]);
    expect(await mailsAbout(day)).toEqual([]);
  });

  it("compareSettlement takes recorded payments by their South African day", async () => {
    const day = aDay();
    const first = await recorded(day, { at: "00:00" });
    await recorded(dayAfter(day, 1), { at: "00:00" });

    expect(await compare(day, listing(listed(first, day)).provider)).toMatchObject({ ours: 1, differences: 0 });
  });

  it("repeated comparisons store each difference once and request one mail to admins", async () => {
    const day = aDay();
    const [lost, less] = [await recorded(day), await recorded(day)];
    const { provider } = listing(listed(less, day, 19_000), listed(`pf-new-${day}`, day));

    const first = await compare(day, provider);
    const kept = await differencesOn(day);
    await Promise.all([compare(day, provider), compare(day, provider)]);

    expect(first).toEqual({ provider: "payfast", ours: 2, theirs: 2, differences: 3, resolved: 0 });
    const about = { resolvedAt: null, note: null };
    expect(kept).toHaveLength(3);
    expect(kept).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: "missing_at_provider", providerPaymentId: lost, ourCents: 20_000, ...about }),
        expect.objectContaining({ kind: "amount_differs", providerPaymentId: less, theirCents: 19_000, ...about }),
        expect.objectContaining({ kind: "missing_here", providerPaymentId: `pf-new-${day}`, ourCents: null, ...about }),
      ]),
    );
    expect(new Set(await differencesOn(day))).toEqual(new Set(kept));
    expect(await reportsOn(day)).toMatchObject([{ differences: 3 }]);
    expect(await mailsAbout(day)).toMatchObject([
      { provider: "payfast", day, recipient: "admins", dreamBoardId: null, status: "pending" },
    ]);
  });

  it("a difference is resolved when a comparison no longer finds it, and opened when one finds it again", async () => {
    const day = aDay();
    const id = await recorded(day);
    await compare(day, listing().provider);

    await compare(day, listing(listed(id, day)).provider);
    expect(await differencesOn(day)).toMatchObject([
      { providerPaymentId: id, resolvedAt: expect.any(Date), resolution: "comparison" },
    ]);
    expect(await reportsOn(day)).toMatchObject([{ theirs: 1, differences: 0 }]);

    await compare(day, listing().provider);
    expect(await differencesOn(day)).toMatchObject([
      { providerPaymentId: id, resolvedAt: null, resolution: null, note: null },
    ]);
  });

  it("compareSettlement does not open a difference again that a person has resolved", async () => {
    const day = aDay();
    const id = await recorded(day);
    await compare(day, listing().provider);
    const [difference] = await differencesOn(day);
    await resolveDifference(testServices(database).services, difference!.id, "they refunded it by telephone");
    const resolved = await differencesOn(day);

    await compare(day, listing().provider);
    await compare(day, listing(listed(id, day)).provider);
    await compare(day, listing().provider);

    expect(await differencesOn(day)).toEqual(resolved);
    expect(resolved).toMatchObject([
      { note: "they refunded it by telephone", resolvedAt: expect.any(Date), resolution: "person" },
    ]);
  });

  it("compareSettlement stores one difference for a payment that the provider lists twice", async () => {
    const day = aDay();
    const twice = listed(`pf-twice-${day}`, day);

    expect(await compare(day, listing(twice, twice).provider)).toMatchObject({ differences: 1 });

    expect(await differencesOn(day)).toHaveLength(1);
  });

  it.each<
    [string, { amount?: number; isUnknown?: true }, { status: string; resolved: number; open: number; mails: number }]
  >([
    ["is recorded on its board", {}, { status: "completed", resolved: 1, open: 0, mails: 0 }],
    [
      "is flagged by its board when its amount is wrong",
      { amount: 19_999 },
      { status: "pending", resolved: 0, open: 0, mails: 1 },
    ],
    [
      "stays a difference when no board has its reference",
      { isUnknown: true },
      { status: "pending", resolved: 0, open: 1, mails: 1 },
    ],
  ])("a payment that only the provider has %s", async (_, { amount = 20_000, isUnknown }, expected) => {
    const house = aHouse(database);
    const reference = await (await aLiveBoard(house)).begin();
    const day = aDay();
    const payment = { ...listed(`pf-${reference}`, day, amount), reference: isUnknown ? "T-4711" : reference };
    const { provider } = listing(payment);

    const first = await compareSettlement(house.services, provider, { day, now: house.clock.now });
    await compareSettlement(house.services, provider, { day, now: house.pass(DAY_MS) });

    expect(first).toMatchObject({ differences: 1, resolved: expected.resolved });
    expect((await contributionRow(database, reference))?.paymentStatus).toBe(expected.status);
    const open = (await differencesOn(day)).filter(({ resolvedAt }) => resolvedAt === null);
    expect([open.length, (await mailsAbout(day)).length]).toEqual([expected.open, expected.mails]);
  });

  it("compareSettlement reports a payment that only the provider has, and has sent back, as refunded", async () => {
    const house = aHouse(database);
    const live = await aLiveBoard(house);
    const reference = await live.begin();
    const day = aDay();
    const payment = { ...listed(`pf-${reference}`, day), reference, wentBack: true };
    const { provider } = listing(payment);

    const first = await compareSettlement(house.services, provider, { day, now: house.clock.now });
    await compareSettlement(house.services, provider, { day, now: house.pass(DAY_MS) });

    expect(first).toMatchObject({ differences: 1, resolved: 1 });
    expect((await contributionRow(database, reference))?.paymentStatus).toBe("failed");
    expect(live.state.counted).toBe(0);
    expect(await refundRows(database, live.boardId)).toMatchObject([
      { providerPaymentId: `pf-${reference}`, cause: "provider", status: "completed", amountCents: 20_000 },
    ]);
    expect(await differencesOn(day)).toMatchObject([
      { resolvedAt: expect.any(Date), resolution: "comparison", note: "taken to its board" },
    ]);
    expect(await mailsAbout(day)).toEqual([]);
  });

  it("compareSettlement stores nothing when the provider's list fails midway", async () => {
    const day = aDay();
    await recorded(day);
    const provider = aProvider({
      listPayments: async function* () {
        yield listed(`pf-half-${day}`, day);
        throw new ProviderError("unavailable", "page 2 timed out");
      },
    });

    await expect(compare(day, provider)).rejects.toThrow(ProviderError);

    expect([...(await reportsOn(day)), ...(await differencesOn(day)), ...(await mailsAbout(day))]).toEqual([]);
  });

  it("compareSettlement returns null and stores no report for a provider without a list", async () => {
    const day = aDay();

    expect(await compare(day, aProvider())).toBeNull();

    expect(await reportsOn(day)).toEqual([]);
  });
});

describe("daysToCompare", () => {
  const reported = async (...days: string[]) => {
    await database.db.delete(settlementReports).where(eq(settlementReports.paymentProvider, "ozow"));
    const counted = { ours: 0, theirs: 0, differences: 0, comparedAt: new Date() };
    for (const day of days)
      await database.db.insert(settlementReports).values({ ...counted, paymentProvider: "ozow", day });
  };

  it.each<[string, string[], string[]]>([
    ["yesterday alone for a new provider", [], []],
    [
      "yesterday alone when all days before it were compared",
      ["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19"],
      [],
    ],
    ["a day in between as well", ["2026-11-17", "2026-11-19"], ["2026-11-18"]],
    ["a day in between as well, even when yesterday was compared", ["2026-11-18", "2026-11-20"], ["2026-11-19"]],
    ["three missing days at most", ["2026-11-01"], ["2026-11-17", "2026-11-18", "2026-11-19"]],
    ["no day before the first comparison", ["2026-11-18"], ["2026-11-19"]],
    ["no earlier day when the first comparison came later", ["2026-11-25"], []],
  ])("daysToCompare returns %s", async (_, compared, before) => {
    await reported(...compared);

    expect(await daysToCompare(testServices(database).services, "ozow", DAY)).toEqual([...before, DAY]);
  });
});
