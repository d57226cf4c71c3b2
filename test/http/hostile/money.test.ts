import { eq, sql } from "drizzle-orm";
import { beforeAll, expect, it } from "vitest";
import { boardEvents } from "#database/own-tables";
import { refunds } from "#database/payment-tables";
import { contributions, dreamBoards, payoutItems, payouts } from "#database/schema";
import { dreamBoardsWithTotals } from "#database/views";
import { type Api, startApi, type WireBoard } from "../../support/api.ts";
import { postCallback, postForm, signedNotice, waitForProjection } from "./support.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});

const GUESTS = 100;
const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

/** All rows about a board's money, after its projection to Postgres. */
async function moneyRows(board: WireBoard) {
  const { counted: tally } = (await waitForProjection(api, board)).pot;
  const [row] = await api.db.select().from(dreamBoards).where(eq(dreamBoards.slug, board.slug));
  const id = row?.id ?? "";
  const [totals] = await api.db.select().from(dreamBoardsWithTotals).where(eq(dreamBoardsWithTotals.id, id));
  const given = await api.db.select().from(contributions).where(eq(contributions.dreamBoardId, id));
  const paid = given.filter(({ paymentStatus }) => paymentStatus === "completed");
  const planned = await api.db.select().from(payouts).where(eq(payouts.dreamBoardId, id));
  const items = await api.db.select().from(payoutItems).where(eq(payoutItems.dreamBoardId, id));
  const sentBack = await api.db.select().from(refunds).where(eq(refunds.dreamBoardId, id));
  const closings = await api.db
    .select({ counted: sql<number>`(${boardEvents.data}->'after'->>'counted')::int` })
    .from(boardEvents)
    .where(sql`${boardEvents.dreamBoardId} = ${id} AND ${boardEvents.type} = 'board_closed'`);
  return { tally, totals, given, paid, planned, items, sentBack, closings };
}

it("concurrent guests, payments and closings add up to the cent", { timeout: 120_000 }, async () => {
  const board = await api.createBoard({ goal_cents: 400_000 });
  const guests = await Promise.all(
    Array.from({ length: GUESTS }, (_, index) =>
      postForm(api, board.slug, { amount: String(100 + index), name: `Guest ${index}` }),
    ),
  );
  expect(new Set(guests.map(({ reference }) => reference)).size).toBe(GUESTS);

  const pay = async ({ reference = "", charge = "" }: (typeof guests)[number], index: number) => {
    const notice = signedNotice(api, { m_payment_id: reference, amount_gross: charge, pf_payment_id: `pf${index}` });
    // Every third notification is sent three times.
    return await Promise.all(Array.from({ length: index % 3 === 0 ? 3 : 1 }, () => postCallback(api, notice)));
  };
  const close = () => api.call("POST", `/v1/dream-boards/${board.id}/close`, { reason: "manual" });
  const inTime = await Promise.all(guests.slice(0, 40).map(pay));
  const [closings, late] = await Promise.all([
    Promise.all(Array.from({ length: 10 }, close)),
    Promise.all(guests.slice(40).map((guest, index) => pay(guest, 40 + index))),
  ]);
  expect(new Set([...inTime, ...late].flat())).toEqual(new Set([200]));
  expect(new Set(closings.map(({ status }) => status))).toEqual(new Set([200]));

  const { tally, totals, given, paid, planned, items, sentBack, closings: recorded } = await moneyRows(board);
  expect(given).toHaveLength(GUESTS);
  expect(paid).toHaveLength(GUESTS);
  expect(tally).toBe(sum(paid.map(({ netCents }) => netCents ?? 0)));
  expect(Number(totals?.raisedCents)).toBe(tally);
  expect(totals?.status).toBe("closed");

  expect(recorded).toHaveLength(1);
  const atClosing = recorded[0]?.counted ?? 0;
  expect(sum(planned.map(({ grossCents }) => grossCents))).toBe(atClosing);
  expect(sum(items.map(({ amountCents }) => amountCents))).toBe(atClosing);
  expect(new Set(sentBack.map(({ contributionId }) => contributionId)).size).toBe(sentBack.length);
  const netOf = new Map(paid.map(({ id, netCents }) => [id, netCents ?? 0]));
  expect(sum(sentBack.map(({ contributionId }) => netOf.get(contributionId) ?? 0))).toBe(tally - atClosing);
  expect(await api.runJob("compare-boards")).toMatchObject({ result: { differences: [] } });
});

it("a reference that is paid three times counts once, and the surplus payments are refunded", async () => {
  const board = await api.createBoard();
  const { reference } = await api.contribute(board.slug, { amount: "200" });
  const notice = (id: string) =>
    signedNotice(api, { m_payment_id: reference, amount_gross: "200.00", pf_payment_id: id });
  await Promise.all(Array.from({ length: 30 }, (_, index) => postCallback(api, notice(`p${index % 3}`))));
  const { tally, sentBack, paid } = await moneyRows(board);
  expect({ tally, paid: paid.length }).toEqual({ tally: 19_400, paid: 1 });
  expect(sentBack.map(({ cause, amountCents }) => [cause, amountCents])).toEqual([
    ["surplus_payment", 20_000],
    ["surplus_payment", 20_000],
  ]);
});

it("a late payment changes neither the payable amount nor the display mode of a closed board", async () => {
  const board = await api.createBoard({ child_name: "Late", goal_cents: 100_000 });
  const early = await api.contribute(board.slug, { amount: "200", name: "Anna" });
  const late = await api.contribute(board.slug, { amount: "2000", name: "Ben" });
  await api.simulate(early.reference, "pay");
  const close = () => api.call("POST", `/v1/dream-boards/${board.id}/close`, { reason: "manual" });
  const first = await close();
  await api.simulate(late.reference, "pay");
  const again = await close();
  expect(again.body.data).toEqual({ ...first.body.data, raised_cents: again.body.data.raised_cents });
  expect(first.body.data).toMatchObject({ raised_cents: 19_400, payable_cents: 19_400 });
  const { body } = await api.call("GET", `/v1/dream-boards/${board.id}`);
  expect(body.data.display_mode).toBe("gift");
});

it("payments and a closing while Postgres is away are recorded exactly once", { timeout: 60_000 }, async () => {
  const board = await api.createBoard();
  const before = await api.contribute(board.slug, { amount: "150", name: "Before" });
  await waitForProjection(api, board);
  const statusOf = async (method: string, path: string, body?: unknown) => (await api.call(method, path, body)).status;
  api.gateway.pause();
  try {
    expect((await api.request("/health/live")).status).toBe(200);
    expect((await api.request("/health/ready")).status).toBe(503);
    expect((await api.request(`/${board.slug}`)).status).toBe(200);
    expect((await api.request("/unknown-birthday-0000000000")).status).toBe(404);
    const during = await api.contribute(board.slug, { amount: "1000", name: "During" });
    expect(await api.simulate(before.reference, "pay")).toMatchObject([{ status: 200 }]);
    expect(await api.simulate(during.reference, "pay")).toMatchObject([{ status: 200 }]);
    expect(await api.simulate(during.reference, "pay_twice")).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(await statusOf("GET", `/v1/dream-boards/${board.id}`)).toBe(200);
    expect(await statusOf("GET", `/v1/dream-boards/${board.id}/contributions`)).toBe(503);
    expect(await statusOf("POST", "/v1/dream-boards", {})).toBe(400);
    expect(
      await statusOf("POST", "/v1/webhooks", {
        url: `${api.console}/receiver`,
        events: ["pot.closed"],
        secret: "12345678",
      }),
    ).toBe(503);
    for (let again = 0; again < 2; again += 1) {
      expect(await statusOf("POST", `/v1/dream-boards/${board.id}/close`, { reason: "manual" })).toBe(202);
    }
  } finally {
    api.gateway.resume();
  }
  const { tally, totals, paid, planned, sentBack } = await moneyRows(board);
  expect({ tally, status: totals?.status, paid: paid.length }).toEqual({ tally: 111_550, status: "closed", paid: 2 });
  expect(planned.map(({ grossCents }) => grossCents)).toEqual([111_550]);
  expect(sentBack.map(({ cause }) => cause)).toEqual(["surplus_payment"]);
});
