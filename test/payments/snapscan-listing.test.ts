import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { snapscan } from "#payments/snapscan/provider";
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
  const { notes, ...outside } = deps(fetch);
  const listed = await collect(snapscan(SETTINGS, outside).listPayments?.(days));
  return { listed, notes };
}

/** Lists these, whatever was asked. */
function answers(...payments: readonly PaymentObject[]): typeof globalThis.fetch {
  return async () => Response.json(payments);
}

describe("SnapScan's payments of a day", () => {
  it("are asked for by South African days, the last of them included", async () => {
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

  it("have our reference, their amount and their instant", async () => {
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
      notes: [],
    });
  });

  it.each([
    ["2026-02-28T21:59:59Z", 0],
    ["2026-02-28T22:00:00Z", 1],
    ["2026-03-01T21:59:59.999Z", 1],
    ["2026-03-01T22:00:00Z", 0],
    ["2026-03-02T00:00:00+02:00", 0],
    ["2026-03-01T00:00:00+02:00", 1],
  ])("count %s as %i of this day, whatever the filter does", async (date, count) => {
    expect((await list(answers(paymentObject({ date })))).listed).toHaveLength(count);
  });

  it.each([
    ["another account", { snapCode: "SOMEBODY" }],
    ["a refund", { transactionType: "refund" }],
    ["an error", { status: "error" }],
    ["one that is pending", { status: "pending" }],
  ])("leave out %s", async (_, changes) => {
    expect(await list(answers(paymentObject(changes)))).toEqual({ listed: [], notes: [] });
  });

  it.each([
    ["a tip", { totalAmount: 27_750, tipAmount: 2_000 }, 25_750],
    ["too little", { totalAmount: 20_000 }, 20_000],
    ["no requiredAmount, as money that did not begin on our pages", { requiredAmount: null }, 25_750],
  ])("with %s have the amount that boards hear of", async (_, changes, amount) => {
    expect((await list(answers(paymentObject(changes)))).listed).toMatchObject([{ amount }]);
  });

  it.each([
    ["none", null],
    ["an empty one", ""],
    ["one a guest wrote", "Thandi's gift"],
  ])("have no reference when SnapScan names %s", async (_, merchantReference) => {
    expect((await list(answers(paymentObject({ merchantReference })))).listed).toMatchObject([{ reference: null }]);
  });

  it.each([
    ["no date", { date: null }, "4711"],
    ["a date without a zone", { date: "2026-03-01T09:15:30" }, "4711"],
    ["a date of no calendar", { date: "2026-13-01T09:15:30Z" }, "4711"],
    ["no amount at all", { requiredAmount: null, totalAmount: null }, "4711"],
    ["a tip that cannot be right", { tipAmount: -1 }, "4711"],
    ["no id", { id: null }, null],
  ])("leave out one with %s, and note it", async (_, changes, provider_payment_id) => {
    const { listed, notes } = await list(answers(paymentObject(changes), paymentObject({ id: 1 })));

    expect(listed).toMatchObject([{ providerPaymentId: "1" }]);
    expect(notes).toEqual([{ event: "snapscan_payment_unreadable", provider_payment_id }]);
  });
});
