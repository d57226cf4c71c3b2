import { eq, inArray } from "drizzle-orm";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keyHolderOf } from "#accounts/sandboxes";
import { listLedgers } from "#boards/export-ledger";
import { mailMessages } from "#database/own-tables";
import { providerPayments, settlementDifferences } from "#database/payment-tables";
import { PAYMENT_PROVIDERS, type PaymentProviderName } from "#domain/board/lifecycle";
import { PAYOUT_METHODS } from "#domain/gift";
import { newId, publicId } from "#domain/ids";
import { cents } from "#domain/money";
import { healthOf } from "#operations/health";
import { reviewQueue } from "#operations/review-queue";
import type { PaymentProvider } from "#payments/provider";
import type { PayoutExecutors } from "#payouts/configure";
import { executePayout } from "#payouts/execute-payout";
import { duePayouts } from "#payouts/payout-rows";
import { listPayoutQueue, PAYOUT_QUEUES } from "#payouts/read-payouts";
import type { Services } from "#platform/services";
import { closeDueBoards } from "../../src/jobs/close-due-boards.ts";
import { compareSettlements } from "../../src/jobs/compare-settlements.ts";
import { executePayouts } from "../../src/jobs/execute-payouts.ts";
import { reconcilePayments } from "../../src/jobs/reconcile-payments.ts";
import { JOB_NAMES, type JobName, runJob } from "../../src/jobs/schedule.ts";
import { sendRefunds } from "../../src/jobs/send-refunds.ts";
import {
  aHouse,
  aLiveBoard,
  aProvider,
  DAY,
  HOUR,
  type House,
  type LiveBoard,
  MINUTE,
} from "../reconciliation/support.ts";
import { aPartner, startTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
// Jobs look at every board: each walk has a database of its own.
beforeEach(async () => {
  database = await startTestDatabase();
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await database.stop();
});

/** Whoever is asked about money, with what each was asked: a look-up, a refund, a payout, a request of any job. */
function farSide() {
  const asked = {
    looked_up: [] as string[],
    refunded: [] as string[],
    paid_out: [] as string[],
    fetched: [] as string[],
  };
  const providerOf = (name: PaymentProviderName): PaymentProvider =>
    aProvider({
      name,
      lookUp: async function* (payments) {
        for (const { reference } of payments) {
          asked.looked_up.push(reference);
          yield { reference, reports: [], notes: [] };
        }
      },
      refund: async ({ reference }) => {
        asked.refunded.push(reference);
        return { outcome: "completed", providerRefundId: `r-${reference}` };
      },
      listPayments: async function* () {},
    });
  const providers = new Map(PAYMENT_PROVIDERS.map((name) => [name, providerOf(name)]));
  const executors: PayoutExecutors = new Map(
    PAYOUT_METHODS.map((type) => [
      type,
      {
        execute: async ({ payoutId }) => {
          asked.paid_out.push(payoutId);
          return { outcome: "completed", ref: `order-${payoutId}` };
        },
        lookUp: async () => ({ outcome: "not_found" }),
      },
    ]),
  );
  const realFetch = globalThis.fetch;
  vi.stubGlobal("fetch", (input: RequestInfo | URL, init?: RequestInit) => {
    const { url } = new Request(input, init);
    if (new URL(url).hostname === "127.0.0.1") return realFetch(input, init);
    asked.fetched.push(url);
    return Promise.resolve(new Response(null, { status: 503 }));
  });
  return { asked, providers, executors };
}

type FarSide = ReturnType<typeof farSide>;

/** Runs every job of the timetable. Those that ask providers and counterparties ask `far`. */
async function runAllJobs({ services, clock }: House, { providers, executors }: FarSide): Promise<void> {
  const withFarSide: Partial<Record<JobName, (services: Services, now: Date) => Promise<unknown>>> = {
    "close-due-boards": (one, now) => closeDueBoards(one, now, providers),
    "reconcile-payments": (one, now) => reconcilePayments(one, now, providers),
    "send-refunds": (one, now) => sendRefunds(one, now, providers),
    "execute-payouts": (one, now) => executePayouts(one, now, executors),
    "compare-settlements": (one, now) => compareSettlements(one, now, providers),
  };
  for (const name of JOB_NAMES) {
    const run = withFarSide[name] ?? ((one: Services, now: Date) => runJob(name, one, now));
    const result = await run(services, clock.now);
    if (name === "compare-boards") expect(result).toMatchObject({ differences: [] });
  }
}

/** Boards that are open, closed and cancelled, with money in every state that a guest, a partner and an operator can bring it to. */
async function stage(house: House, sandbox: boolean) {
  const { id } = await aPartner(database.db);
  const partnerId = sandbox ? (await keyHolderOf(database.db, id, "test")).id : id;
  const provider = sandbox ? "sandbox" : "payfast";
  const board = () => aLiveBoard(house, { sandbox, partnerId, goal: cents(30_000) });
  const report = async (on: LiveBoard, reference: string, values: object = {}) => {
    const news = {
      reference,
      status: "completed",
      amount: cents(20_000),
      providerPaymentId: `p-${reference}`,
    } as const;
    await on.execute({ type: "report_payment", provider, providerStatus: "word", ...news, ...values });
  };
  const begin = (on: LiveBoard) => on.begin(20_000, provider);
  const paid = async (on: LiveBoard) => {
    const reference = await begin(on);
    await report(on, reference);
    return reference;
  };

  const open = await board();
  await begin(open);
  await report(open, await begin(open), { status: "processing" });
  await report(open, await begin(open), { status: "failed", amount: null });
  await report(open, await paid(open), { providerPaymentId: `second-${open.boardId}` });
  await report(open, await begin(open), { amount: cents(10_000), providerPaymentId: `wrong-${open.boardId}` });
  await open.requestRefund(await paid(open));

  const closed = await board();
  const late = await begin(closed);
  for (let n = 0; n < 3; n += 1) await paid(closed);
  await closed.close();
  await report(closed, late);

  const [failed, started] = [await board(), await board()];
  const payoutOf = async (on: LiveBoard) => {
    await paid(on);
    await on.close();
    return [...on.state.payouts.keys()][0] ?? "";
  };
  const failure = { errorCode: "refused", errorMessage: null, method: "hand" } as const;
  await failed.execute({ type: "fail_payout", payoutId: await payoutOf(failed), ...failure });
  const start = { execution: newId(house.clock.now), method: "hand" } as const;
  await started.execute({ type: "start_payout", payoutId: await payoutOf(started), ...start });

  const cancelled = await board();
  await paid(cancelled);
  await cancelled.cancel();
  return [open, closed, failed, started, cancelled].map(({ boardId, state }) => ({ boardId, state }));
}

/** The deadline is thirty days ahead: a day before it hosts are reminded. */
const INSTANTS = [MINUTE, 20 * MINUTE, 26 * HOUR, 3 * DAY, 25 * DAY + 10 * HOUR, 2 * DAY, 20 * DAY];

/** Runs all jobs again and again until long after the boards have ended. */
async function walk(sandbox: boolean) {
  const far = farSide();
  const house = aHouse(database);
  const boards = await stage(house, sandbox);
  for (const ms of INSTANTS) {
    house.pass(ms);
    await runAllJobs(house, far);
  }
  return { far, house, boards, ids: boards.map(({ boardId }) => boardId) };
}

it("of live money every provider and counterparty hears, so the walk of the next test would see it", async () => {
  const { far, ids } = await walk(false);
  const differences = await database.db.select().from(settlementDifferences);
  const mails = await database.db.select().from(mailMessages).where(inArray(mailMessages.dreamBoardId, ids));

  expect(Object.entries(far.asked).map(([what, about]) => [what, about.length > 0])).toEqual([
    ["looked_up", true],
    ["refunded", true],
    ["paid_out", true],
    ["fetched", false],
  ]);
  expect([differences.length > 0, mails.length > 0]).toEqual([true, true]);
});

it("no job asks a provider, a counterparty or a settlement about sandbox money, and no report mentions it", async () => {
  const { far, house, boards, ids } = await walk(true);
  const { services, clock } = house;
  const { db } = database;

  expect(far.asked).toEqual({ looked_up: [], refunded: [], paid_out: [], fetched: [] });
  expect(await db.select().from(settlementDifferences)).toEqual([]);
  expect(await db.select().from(providerPayments)).toEqual([]);
  expect(await db.select().from(mailMessages).where(inArray(mailMessages.dreamBoardId, ids))).toEqual([]);
  expect(await reviewQueue(services)).toEqual({
    refunds: [],
    payouts: [],
    reports: [],
    losses: [],
    flags: [],
    differences: [],
  });
  const queues = await Promise.all(PAYOUT_QUEUES.map((queue) => listPayoutQueue(services, { queue, limit: 100 })));
  expect(queues.flat()).toEqual([]);
  expect((await healthOf(services, clock.now, [])).oldest_s).toMatchObject({ refund: null, payout: null });
  const exported = (await listLedgers(services, null)).boards;
  expect(ids.filter((id) => exported.includes(publicId("board", id)))).toEqual([]);
  // Nothing of it is done by the jobs either: what is unpaid waits for the board, or for its partner.
  const payouts = boards.flatMap(({ state }) => [...state.payouts.values()]);
  expect(new Set(payouts.map(({ status }) => status))).toEqual(new Set(["pending", "failed", "processing"]));
  const due = PAYOUT_METHODS.map((type) => duePayouts(services, { type, status: "pending", now: clock.now, limit: 9 }));
  expect((await Promise.all(due)).flat()).toEqual([]);
  for (const { id } of payouts) {
    const step = await executePayout(services, far.executors, { id, now: clock.now });
    expect(step).toEqual({ step: "not_claimed", reason: null });
  }
});

it("no report of the test page reaches a live contribution, whatever its outcome", async () => {
  const house = aHouse(database);
  const live = await aLiveBoard(house);
  const reference = await live.begin();
  const before = live.events.length;
  const news = { reference, amount: cents(20_000), providerPaymentId: "test-1", providerStatus: "word" };
  for (const status of ["processing", "completed", "failed", "refunded"] as const) {
    const said = await live.execute({ type: "report_payment", provider: "sandbox", status, ...news });
    expect(said).toEqual({ refused: "provider_mismatch", expected: "payfast" });
  }

  expect([live.of(reference).status, live.events.length]).toEqual(["pending", before]);
  expect(
    await database.db.select().from(providerPayments).where(eq(providerPayments.dreamBoardId, live.boardId)),
  ).toEqual([]);
});
