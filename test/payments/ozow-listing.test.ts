import { expect, it } from "vitest";
import { cents } from "#domain/money";
import { ozow } from "#payments/ozow/provider";
import { everyRow } from "../support/every-row.ts";
import { collect, depsOf, failure, ozowFarSide, REFERENCE, SETTINGS, SITE } from "./ozow-callbacks.ts";

function connect() {
  const far = ozowFarSide();
  const { deps, logged } = depsOf(far.fetch);
  const provider = ozow(SETTINGS, deps);
  const list = (from = "2026-03-01", to = from) => collect(provider.listPayments?.({ from, to }));
  return { far, logged, list };
}

it("Ozow's listing requests the transactions of the site by South African days", async () => {
  const { far, list } = connect();

  await list("2026-03-01", "2026-03-02");

  const asked = new URL(far.requests.at(-1)?.url ?? "");
  expect(asked.pathname).toBe("/v1/transactions");
  expect(Object.fromEntries(asked.searchParams)).toEqual({
    fromDate: "2026-02-27T22:00:00Z",
    toDate: "2026-03-02T22:00:00Z",
    siteCode: SITE,
    limit: "50",
    offset: "0",
  });
});

it("Ozow's listing returns a paid transaction with the time of its completion", async () => {
  const { far, list } = connect();
  const { id } = far.pay({ createdDate: "2026-03-01T10:00:00Z", completedDate: "2026-03-01T10:01:40Z" });

  expect(await list()).toEqual([
    {
      providerPaymentId: id,
      reference: REFERENCE,
      amount: cents(25_750),
      at: new Date("2026-03-01T10:01:40Z"),
      wentBack: false,
    },
  ]);
});

it("Ozow's listing includes refunded transactions and marks them as returned", async () => {
  await everyRow(
    [
      ["Successful", false],
      ["Refunded", true],
      ["REFUNDED", true],
    ],
    async ([status, wentBack]) => {
      const { far, list } = connect();
      far.pay({ status });

      expect(await list()).toMatchObject([{ reference: REFERENCE, amount: 25_750, wentBack }]);
    },
  );
});

it("an Ozow payment is listed on the South African day it was completed and on no other", async () => {
  await everyRow(
    [
      ["2026-02-28T21:59:59Z", undefined, "2026-02-28"],
      ["2026-02-28T22:00:00Z", undefined, "2026-03-01"],
      ["2026-03-01T21:59:59Z", undefined, "2026-03-01"],
      ["2026-03-01T22:00:00Z", undefined, "2026-03-02"],
      ["2026-02-28T21:58:00Z", "2026-02-28T22:01:00Z", "2026-03-01"],
      ["2026-03-01T21:58:00Z", "2026-03-01T22:01:00Z", "2026-03-02"],
      ["2026-03-01T10:00:00Z", "soon", "2026-03-01"],
    ],
    async ([createdDate, completedDate, day]) => {
      const { far, list } = connect();
      far.pay({ createdDate, ...(completedDate !== undefined && { completedDate }) });

      for (const asked of ["2026-02-28", "2026-03-01", "2026-03-02"]) {
        expect(await list(asked)).toHaveLength(asked === day ? 1 : 0);
      }
    },
  );
});

it("Ozow's listing leaves out transactions that moved no money", async () => {
  await everyRow(["Pending", "Incomplete", "Error", "unsuccessful", "complete"], async (status) => {
    const { far, list, logged } = connect();
    far.pay({ status });

    expect(await list()).toEqual([]);
    expect(logged).toEqual([]);
  });
});

it("Ozow's listing leaves out a paid transaction it cannot use, and logs why", async () => {
  await everyRow(
    [
      ["foreign site", { siteCode: "OTH-OTH-001" }],
      ["no amount in rand", { amount: undefined }],
      ["no amount in rand", { amount: { currency: "USD", value: 1 } }],
      ["no date", { createdDate: "soon" }],
    ],
    async ([reason, changes]) => {
      const { far, list, logged } = connect();
      const { id } = far.pay(changes);
      const { id: kept } = far.pay();
      // The fake filters by date too. Here it lists every row.
      far.rule = (_, pathname) => (pathname === "/transactions" ? Response.json(far.transactions) : null);

      expect(await list()).toMatchObject([{ providerPaymentId: kept }]);
      expect(logged).toEqual([{ event: "ozow_transaction_not_listed", transaction_id: id, reason }]);
    },
  );
});

it("Ozow's listing leaves out a row that is not a transaction, and logs it", async () => {
  const { far, list, logged } = connect();
  far.pay();
  far.envelope = (rows) => [...rows, "what"];

  expect(await list()).toHaveLength(1);
  expect(logged).toEqual([{ event: "ozow_transaction_unreadable" }]);
});

it("Ozow's listing returns money without a reference of ours with a null reference", async () => {
  await everyRow([null, "", "Zoë & co", 7], async (merchantReference) => {
    const { far, list } = connect();
    far.pay({ merchantReference });

    expect(await list()).toMatchObject([{ reference: null, amount: 25_750 }]);
  });
});

it("Ozow's listing fails as a whole when a later page cannot be read", async () => {
  const { far, list } = connect();
  for (let index = 0; index < 60; index++) far.pay();
  far.rule = (request) => (new URL(request.url).searchParams.get("offset") === "50" ? failure(400) : null);

  await expect(list()).rejects.toMatchObject({ name: "ProviderError", trouble: "unavailable" });
});
