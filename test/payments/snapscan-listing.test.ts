import { expect, it } from "vitest";
import { cents } from "#domain/money";
import { snapscan } from "#payments/snapscan/provider";
import { everyRow } from "../support/every-row.ts";
import {
  collect,
  deps,
  type PaymentObject,
  paymentObject,
  REFERENCE,
  SETTINGS,
  snapscanFarSide,
} from "./snapscan-callbacks.ts";

const DAY = { from: "2026-03-01", to: "2026-03-01" };

async function list(fetch: typeof globalThis.fetch, days = DAY) {
  const { logged, ...outside } = deps(fetch);
  const listed = await collect(snapscan(SETTINGS, outside).listPayments?.(days));
  return { listed, logged };
}

/** Lists these payments for every request. */
function answers(...payments: readonly PaymentObject[]): typeof globalThis.fetch {
  return async () => Response.json(payments);
}

it("SnapScan's listing requests South African days, including the last one", async () => {
  const { fetch, requests } = snapscanFarSide();

  await list(fetch, { from: "2026-02-27", to: "2026-03-01" });

  expect(Object.fromEntries(new URL(requests[0]?.url ?? "").searchParams)).toEqual({
    startDate: "2026-02-26T22:00:00Z",
    endDate: "2026-03-01T22:00:00Z",
    status: "completed",
    perPage: "100",
    page: "1",
  });
});

it("SnapScan's listing returns our reference, the amount and the time", async () => {
  expect(await list(answers(paymentObject()))).toEqual({
    listed: [
      {
        providerPaymentId: "4711",
        reference: REFERENCE,
        amount: cents(25_750),
        at: new Date("2026-03-01T09:15:30Z"),
        wentBack: false,
      },
    ],
    logged: [],
  });
});

it("SnapScan's listing returns only payments of the requested South African day", async () => {
  await everyRow(
    [
      ["2026-02-28T21:59:59Z", 0],
      ["2026-02-28T22:00:00Z", 1],
      ["2026-03-01T21:59:59.999Z", 1],
      ["2026-03-01T22:00:00Z", 0],
      ["2026-03-02T00:00:00+02:00", 0],
      ["2026-03-01T00:00:00+02:00", 1],
    ],
    async ([date, count]) => {
      expect((await list(answers(paymentObject({ date })))).listed).toHaveLength(count);
    },
  );
});

it("SnapScan's listing leaves out other accounts, refunds and payments that moved no money", async () => {
  await everyRow(
    [
      ["another account", { snapCode: "OTHERSHOP" }],
      ["a refund", { transactionType: "refund" }],
      ["an error", { status: "error" }],
      ["one that is pending", { status: "pending" }],
    ],
    async ([_, changes]) => {
      expect(await list(answers(paymentObject(changes)))).toEqual({ listed: [], logged: [] });
    },
  );
});

it("SnapScan's listing returns the amount that is reported to boards", async () => {
  await everyRow(
    [
      ["a tip", { totalAmount: 27_750, tipAmount: 2_000 }, 25_750],
      ["too little", { totalAmount: 20_000 }, 20_000],
      ["no requiredAmount, as money that did not begin on our pages", { requiredAmount: null }, 25_750],
    ],
    async ([_, changes, amount]) => {
      expect((await list(answers(paymentObject(changes)))).listed).toMatchObject([{ amount }]);
    },
  );
});

it("SnapScan's listing returns money without a reference of ours with a null reference", async () => {
  await everyRow(
    [
      ["none", null],
      ["an empty one", ""],
      ["one a guest wrote", "Thandi's gift"],
    ],
    async ([_, merchantReference]) => {
      expect((await list(answers(paymentObject({ merchantReference })))).listed).toMatchObject([{ reference: null }]);
    },
  );
});

it("SnapScan's listing leaves out a payment it cannot read, and logs SnapScan's id of it", async () => {
  await everyRow(
    [
      ["no date", { date: null }, "4711"],
      ["a date without a zone", { date: "2026-03-01T09:15:30" }, "4711"],
      ["a date of no calendar", { date: "2026-13-01T09:15:30Z" }, "4711"],
      ["no amount at all", { requiredAmount: null, totalAmount: null }, "4711"],
      ["a tip that cannot be right", { tipAmount: -1 }, "4711"],
      ["no id", { id: null }, null],
    ],
    async ([_, changes, provider_payment_id]) => {
      const { listed, logged } = await list(answers(paymentObject(changes), paymentObject({ id: 1 })));

      expect(listed).toMatchObject([{ providerPaymentId: "1" }]);
      expect(logged).toEqual([{ event: "snapscan_payment_unreadable", provider_payment_id }]);
    },
  );
});
