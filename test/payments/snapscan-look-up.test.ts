import { expect, it } from "vitest";
import { cents } from "#domain/money";
import type { LookUpFinding } from "#payments/provider";
import { snapscan } from "#payments/snapscan/provider";
import { everyRow } from "../support/every-row.ts";
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

/** The finding about one open payment when SnapScan has these payments, the oldest first. */
async function find(...listed: readonly PaymentObject[]) {
  const farSide = snapscanFarSide();
  for (const payment of listed) farSide.pay(payment);
  const [finding] = await lookUp(farSide);
  return finding;
}

/** Answers every request with this list. */
function answers(...payments: readonly unknown[]): FarSide {
  return { fetch: async () => Response.json(payments) };
}

const COMPLETED = {};
const PENDING = { status: "pending" };
const UNKNOWN = { status: "on_hold" };
const ERROR = { status: "error" };
const REFUND = { transactionType: "refund", totalAmount: -25_750 };

it("SnapScan's look-up sends one request for each payment, with full pages", async () => {
  const farSide = snapscanFarSide();

  await lookUp(farSide, ["aaaa0000000000000001", "aaaa0000000000000002"]);

  expect(farSide.requests.map(({ url }) => url)).toEqual(
    ["aaaa0000000000000001", "aaaa0000000000000002"].map(
      (reference) =>
        `https://pos.snapscan.io/merchant/api/v1/payments?merchantReference=${reference}&perPage=100&page=1`,
    ),
  );
});

it("SnapScan's look-up reports all completed payments, else the newest open, else the newest failed one", async () => {
  await everyRow(
    [
      ["nothing", [], []],
      ["an error", [ERROR], ["4711:error"]],
      ["an error, also with its amounts missing", [{ ...ERROR, requiredAmount: null }], ["4711:error"]],
      ["the newest of two errors", [ERROR, ERROR], ["4712:error"]],
      ["pending over a newer error", [PENDING, ERROR], ["4711:pending"]],
      ["an unknown status over an error", [ERROR, UNKNOWN, ERROR], ["4712:on_hold"]],
      ["completed over everything newer", [COMPLETED, PENDING, ERROR], ["4711:completed"]],
      ["completed over everything older", [ERROR, PENDING, COMPLETED], ["4713:completed"]],
      ["every completed payment", [COMPLETED, ERROR, COMPLETED], ["4713:completed", "4711:completed"]],
    ] satisfies [string, PaymentObject[], string[]][],
    async ([_, listed, eventKeys]) => {
      const finding = await find(...listed);

      if (!finding || "problem" in finding) expect.fail(JSON.stringify(finding));
      expect(finding.reports.map(({ eventKey }) => eventKey)).toEqual(eventKeys);
    },
  );
});

it("SnapScan's look-up reports the paid amount without the tip, with a note when it is too little", async () => {
  expect(await find({ totalAmount: 25_750, tipAmount: 2_000 })).toMatchObject({
    reports: [{ status: "completed", amount: cents(23_750) }],
    notes: [expect.stringContaining("less was paid")],
  });
});

it("SnapScan's look-up ignores payments of another reference or account", async () => {
  await everyRow(
    [
      ["another reference", { merchantReference: `${REFERENCE}0` }],
      ["no reference", { merchantReference: null }],
      ["another account", { snapCode: "OTHERSHOP" }],
      ["no account", { snapCode: null }],
    ],
    async ([_, changes]) => {
      expect(await lookUp(answers(paymentObject(changes)))).toEqual([{ reference: REFERENCE, reports: [], notes: [] }]);
    },
  );
});

it("SnapScan's look-up notes a refund and does not report it as a payment", async () => {
  expect(await find(REFUND)).toEqual({
    reference: REFERENCE,
    reports: [],
    notes: [expect.stringContaining("4711 is a refund")],
  });
});

it("SnapScan's look-up finds a payment beside its refund", async () => {
  expect(await find(COMPLETED, REFUND)).toMatchObject({
    reports: [{ eventKey: "4711:completed" }],
    notes: [expect.stringContaining("4712 is a refund")],
  });
});

it("SnapScan's look-up reports a payment it cannot judge as a problem, never as no payment", async () => {
  await everyRow(
    [
      ["a completed payment without a requiredAmount", [paymentObject({ requiredAmount: null })]],
      ["the same beside an error", [paymentObject({ id: 1, ...ERROR }), paymentObject({ requiredAmount: null })]],
      ["an entry without an id", [paymentObject({ id: null })]],
      ["an entry without a status", [paymentObject({ status: null })]],
      ["an entry that is no object", [SNAP_CODE]],
    ],
    async ([_, listed]) => {
      expect(await lookUp(answers(...listed))).toEqual([{ reference: REFERENCE, problem: expect.any(String) }]);
    },
  );
});

it("SnapScan's look-up reports a good payment beside one it cannot judge", async () => {
  expect(await find(COMPLETED, { requiredAmount: null })).toMatchObject({
    reports: [{ eventKey: "4711:completed" }],
    notes: [expect.stringContaining("4712 is completed, without a requiredAmount")],
  });
});

it("a SnapScan list is read to its last page, with and without page headers", async () => {
  await everyRow(
    [
      ["pages are counted in headers", { showsPages: true }],
      ["pages are not counted", { showsPages: false }],
      ["pages are smaller than asked for", { showsPages: true, mostPerPage: 7 }],
    ],
    async ([_, manner]) => {
      for (const count of [1, 99, 100, 101, 199, 200, 201]) {
        const farSide = snapscanFarSide(manner);
        farSide.pay(COMPLETED);
        for (let other = 1; other < count; other++) farSide.pay(ERROR);

        const [finding] = await lookUp(farSide);

        expect(finding).toMatchObject({ reports: [{ eventKey: "4711:completed" }] });
      }
    },
  );
});

it("a SnapScan list is read no further than its last page", async () => {
  const farSide = snapscanFarSide();
  for (let count = 0; count < 200; count++) farSide.pay(ERROR);

  await lookUp(farSide);

  expect(farSide.requests).toHaveLength(2);
});

it("a payment that moves to the next page while a SnapScan list is read is reported once", async () => {
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
