import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import type { LookUpFinding } from "#payments/provider";
import { snapscan } from "#payments/snapscan/provider";
import {
  collect,
  deps,
  openPayment,
  type PaymentObject,
  paymentObject,
  REFERENCE,
  SETTINGS,
  SNAP_CODE,
  snapscanFarSide,
} from "./snapscan-callbacks.ts";

type FarSide = Pick<ReturnType<typeof snapscanFarSide>, "fetch">;

async function lookUp({ fetch }: FarSide, references: readonly string[] = [REFERENCE]): Promise<LookUpFinding[]> {
  const open = references.map((reference) => openPayment(reference));
  return collect(snapscan(SETTINGS, deps(fetch)).lookUp?.(open));
}

/** What is found of one open payment when SnapScan lists these, the oldest first. */
async function find(...listed: readonly PaymentObject[]) {
  const farSide = snapscanFarSide();
  for (const payment of listed) farSide.pay(payment);
  const [finding] = await lookUp(farSide);
  return finding;
}

/** Answers every question with this list, whatever was asked. */
function answers(...payments: readonly unknown[]): FarSide {
  return { fetch: async () => Response.json(payments) };
}

const COMPLETED = {};
const PENDING = { status: "pending" };
const UNKNOWN = { status: "on_hold" };
const ERROR = { status: "error" };
const REFUND = { transactionType: "refund", totalAmount: -25_750 };

describe("SnapScan asked by our reference", () => {
  it("is asked once a payment, with full pages", async () => {
    const farSide = snapscanFarSide();

    await lookUp(farSide, ["aaaa0000000000000001", "aaaa0000000000000002"]);

    expect(farSide.requests.map(({ url }) => url)).toEqual(
      ["aaaa0000000000000001", "aaaa0000000000000002"].map(
        (reference) =>
          `https://pos.snapscan.io/merchant/api/v1/payments?merchantReference=${reference}&perPage=100&page=1`,
      ),
    );
  });

  it.each([
    ["nothing", [], []],
    ["an error", [ERROR], ["4711:error"]],
    ["an error, also with its amounts missing", [{ ...ERROR, requiredAmount: null }], ["4711:error"]],
    ["the newest of two errors", [ERROR, ERROR], ["4712:error"]],
    ["pending over a newer error", [PENDING, ERROR], ["4711:pending"]],
    ["a status nobody knows over an error", [ERROR, UNKNOWN, ERROR], ["4712:on_hold"]],
    ["completed over everything newer", [COMPLETED, PENDING, ERROR], ["4711:completed"]],
    ["completed over everything older", [ERROR, PENDING, COMPLETED], ["4713:completed"]],
    ["every completed payment", [COMPLETED, ERROR, COMPLETED], ["4713:completed", "4711:completed"]],
  ] satisfies [string, PaymentObject[], string[]][])("finds %s", async (_, listed, eventKeys) => {
    const finding = await find(...listed);

    if (!finding || "problem" in finding) expect.fail(JSON.stringify(finding));
    expect(finding.reports.map(({ eventKey }) => eventKey)).toEqual(eventKeys);
  });

  it("reports what was underpaid as what was paid, so that the board sees it", async () => {
    expect(await find({ totalAmount: 25_750, tipAmount: 2_000 })).toMatchObject({
      reports: [{ status: "completed", amount: cents(23_750) }],
      notes: [expect.stringContaining("less was paid")],
    });
  });

  it.each([
    ["another reference", { merchantReference: `${REFERENCE}0` }],
    ["no reference", { merchantReference: null }],
    ["another account", { snapCode: "SOMEBODY" }],
    ["no account", { snapCode: null }],
  ])("ignores a payment with %s, should the filter let it through", async (_, changes) => {
    expect(await lookUp(answers(paymentObject(changes)))).toEqual([{ reference: REFERENCE, reports: [], notes: [] }]);
  });

  it("takes a refund for no payment, and mentions it", async () => {
    expect(await find(REFUND)).toEqual({
      reference: REFERENCE,
      reports: [],
      notes: [expect.stringContaining("4711 is a refund")],
    });
  });

  it("finds a payment beside its refund", async () => {
    expect(await find(COMPLETED, REFUND)).toMatchObject({
      reports: [{ eventKey: "4711:completed" }],
      notes: [expect.stringContaining("4712 is a refund")],
    });
  });

  it.each([
    ["a completed payment without a requiredAmount", [paymentObject({ requiredAmount: null })]],
    ["the same beside an error", [paymentObject({ id: 1, ...ERROR }), paymentObject({ requiredAmount: null })]],
    ["an entry without an id", [paymentObject({ id: null })]],
    ["an entry without a status", [paymentObject({ status: null })]],
    ["an entry that is no object", [SNAP_CODE]],
  ])("does not take %s for no money", async (_, listed) => {
    expect(await lookUp(answers(...listed))).toEqual([{ reference: REFERENCE, problem: expect.any(String) }]);
  });

  it("finds a good payment also beside one it cannot judge", async () => {
    expect(await find(COMPLETED, { requiredAmount: null })).toMatchObject({
      reports: [{ eventKey: "4711:completed" }],
      notes: [expect.stringContaining("4712 is completed, without a requiredAmount")],
    });
  });
});

describe("the pages of SnapScan's lists", () => {
  it.each([
    ["pages are counted in headers", { showsPages: true }],
    ["pages are not counted", { showsPages: false }],
    ["pages are smaller than asked for", { showsPages: true, mostPerPage: 7 }],
  ])("are all read when %s", async (_, manner) => {
    for (const count of [1, 99, 100, 101, 199, 200, 201]) {
      const farSide = snapscanFarSide(manner);
      farSide.pay(COMPLETED);
      for (let other = 1; other < count; other++) farSide.pay(ERROR);

      const [finding] = await lookUp(farSide);

      expect(finding).toMatchObject({ reports: [{ eventKey: "4711:completed" }] });
    }
  });

  it("are read no further than they go", async () => {
    const farSide = snapscanFarSide();
    for (let count = 0; count < 200; count++) farSide.pay(ERROR);

    await lookUp(farSide);

    expect(farSide.requests).toHaveLength(2);
  });

  it("give a payment once, though new ones move it to the next page", async () => {
    const farSide = snapscanFarSide();
    for (let count = 0; count < 150; count++) farSide.pay(COMPLETED);
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const answer = await farSide.fetch(input, init);
      farSide.pay(ERROR);
      return answer;
    };

    const [finding] = await lookUp({ fetch });

    if (!finding || "problem" in finding) expect.fail(JSON.stringify(finding));
    const keys = finding.reports.map(({ eventKey }) => eventKey);
    expect(keys).toHaveLength(150);
    expect(new Set(keys).size).toBe(150);
  });
});
