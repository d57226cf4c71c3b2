import { createHash } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { PayfastSimulator } from "../../local/simulators/payfast.ts";
import { PayfastAccount } from "../../local/simulators/payfast-account.ts";
import { payfastApi } from "../../local/simulators/payfast-api.ts";
import { type Pair, signApi } from "../../local/simulators/payfast-signature.ts";
import { everyRow } from "../support/every-row.ts";
import { startCallbackSite } from "./callback-site.ts";

const merchant = { id: "10000100", key: "46f0cd694581a", passphrase: "jt7NOE43FZPn" };
const site = await startCallbackSite();
const simulators: PayfastSimulator[] = [];
afterAll(async () => {
  for (const simulator of simulators) simulator.stop();
  await site.close();
});

function simulator() {
  const findContribution = async () => ({ amountCents: 20_000 });
  const payfast = new PayfastSimulator({ merchant, path: null, notifyUrl: site.url, findContribution });
  simulators.push(payfast);
  site.take();
  return payfast;
}

const timestamp = "2026-03-01T10:00:00+02:00";
/** The signature as in PayFast's documentation, without code of the simulator. */
function signed(query: Record<string, string>, body: Record<string, string>) {
  const fields = {
    "merchant-id": merchant.id,
    version: "v1",
    timestamp,
    passphrase: merchant.passphrase,
    ...query,
    ...body,
  };
  const text = Object.entries(fields)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%20", "+")}`)
    .join("&");
  return createHash("md5").update(text).digest("hex");
}

type Call = { query?: Record<string, string>; body?: Record<string, string>; headers?: Record<string, string> };
async function ask(payfast: PayfastSimulator, path: string, { query = {}, body, headers = {} }: Call = {}) {
  const signature = signed(query, body ?? {});
  const response = await payfastApi(payfast).request(`${path}?${new URLSearchParams(query)}`, {
    headers: { "merchant-id": merchant.id, version: "v1", timestamp, signature, ...headers },
    ...(body && { method: "POST", body: new URLSearchParams(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, body: text.startsWith("{") ? JSON.parse(text) : null };
}

const today = new Date(Date.now() + 7_200_000).toISOString().slice(0, 10);
const rowsOf = (csv: string) => csv.trimEnd().split("\n").slice(1);
const history = async (payfast: PayfastSimulator, query: Record<string, string> = {}) =>
  rowsOf((await ask(payfast, "/transactions/history", { query: { from: today, to: today, ...query } })).text);
/** PayFast's id of the newest payment for a reference. */
const paymentId = (payfast: PayfastSimulator, reference: string) =>
  payfast.account.receivedFor(reference).at(-1)?.pfPaymentId ?? "";

describe("signApi", () => {
  const headers: Pair[] = [
    ["merchant-id", "10000100"],
    ["version", "v1"],
    ["timestamp", timestamp],
  ];

  it("the PayFast simulator signs API calls as PayFast documents", async () => {
    await everyRow<[string, Pair[], string]>(
      [
        [
          "history",
          [
            ["from", "2026-02-28"],
            ["to", "2026-03-01"],
            ["offset", "0"],
            ["limit", "1000"],
          ],
          "a97627fbdc3e6c9a9552f4834c4a522c",
        ],
        [
          "a refund, not its testing flag",
          [
            ["testing", "true"],
            ["amount", "25750"],
            ["reason", "Event cancelled: O'Reilly (5th)"],
            ["notify_buyer", "1"],
          ],
          "d530ab2cdf4c77ebc38fb53ff45362ca",
        ],
      ],
      ([_, fields, signature]) => {
        expect(signApi([...headers, ...fields], merchant.passphrase)).toBe(signature);
      },
    );
  });
});

it("the PayFast simulator accepts a correctly signed API call only", async () => {
  await everyRow(
    [
      ["another version", { version: "v2" }, 400],
      ["no time", { timestamp: "" }, 400],
      ["no signature", { signature: "" }, 400],
      ["a signature in capitals", { signature: "A97627FBDC3E6C9A9552F4834C4A522C" }, 400],
      ["a strange merchant", { "merchant-id": "10000101" }, 401],
      ["a wrong signature", { signature: "0".repeat(32) }, 401],
    ],
    async ([_, headers, status]) => {
      const answer = await ask(simulator(), "/ping", { headers });

      expect(answer).toMatchObject({ status, body: { code: status, status: "failed", data: { response: false } } });
    },
  );

  expect(await ask(simulator(), "/ping")).toMatchObject({
    status: 200,
    text: "Payfast API",
  });
});

it("the PayFast simulator writes its history as PayFast does", () => {
  const account = new PayfastAccount();
  const payment = { pfPaymentId: "2577001", reference: "CHP-0001", name: "Thandi, N" };
  account.apply({ kind: "received", payment: { ...payment, grossCents: 1_250_000, at: "2026-02-28T22:29:55.123Z" } });

  expect(account.history({ from: "2026-03-01", to: "2026-03-01", offset: 0, limit: 10 })).toBe(
    "Date,Type,Sign,Party,Name,Description,Currency,Funding Type,Gross,Fee,Net,Balance,M Payment ID,PF Payment ID\n" +
      '2026-03-01 00:29:55,FUNDS_RECEIVED,CREDIT,"Thandi, N",ChipIn gift contribution,,ZAR,CC,12500.00,-360.00,12140.00,"12,140.00",CHP-0001,2577001\n',
  );
  expect(rowsOf(account.history({ from: "2026-02-28", to: "2026-02-28", offset: 0, limit: 10 }))).toEqual([]);
});

it("every outcome at the PayFast simulator enters its money into the history once", async () => {
  await everyRow(
    [
      ["pay", ["200.00"]],
      ["silent", ["200.00"]],
      ["duplicate", ["200.00"]],
      ["reorder", ["200.00"]],
      ["pay_twice", ["200.00", "200.00"]],
      ["wrong_amount", ["100.00"]],
      ["cancel", []],
      ["fail", []],
      ["bad_signature", []],
    ] as const,
    async ([outcome, amounts]) => {
      const payfast = simulator();

      await payfast.simulate("R1", outcome);

      const rows = await history(payfast);
      expect(rows.map((row) => row.split(",")[8])).toEqual(amounts);
      expect(rows.every((row) => row.includes(",R1,"))).toBe(true);
    },
  );

  const payfast = simulator();

  await payfast.simulate("R1", "pay");
  await payfast.simulate("R1", "pay");

  expect(await history(payfast)).toHaveLength(1);

  await everyRow(
    [
      ["duplicate", ["COMPLETE", "COMPLETE", "COMPLETE"]],
      ["reorder", ["COMPLETE", "PENDING"]],
    ] as const,
    async ([outcome, statuses]) => {
      await simulator().simulate("R1", outcome);

      const notices = site.take().map(({ body }) => new URLSearchParams(body));
      expect(notices.map((notice) => notice.get("payment_status"))).toEqual(statuses);
      expect(new Set(notices.map((notice) => notice.get("pf_payment_id"))).size).toBe(1);
    },
  );
});

it("the PayFast simulator lists its history page by page and day by day", async () => {
  const payfast = simulator();
  for (const reference of ["A", "B", "C"]) await payfast.simulate(reference, "silent");

  const all = await history(payfast);
  expect(all).toHaveLength(3);
  expect(await history(payfast, { limit: "2" })).toEqual(all.slice(0, 2));
  expect(await history(payfast, { limit: "2", offset: "2" })).toEqual(all.slice(2));
  expect(rowsOf((await ask(payfast, "/transactions/history/daily", { query: { date: today } })).text)).toEqual(all);
  expect((await ask(payfast, "/transactions/history", { query: { from: "1 March", to: today } })).status).toBe(400);
});

it("the PayFast simulator enters the money of a notice it confirmed", async () => {
  const payfast = simulator();

  payfast.validate("m_payment_id=R9&pf_payment_id=77&payment_status=COMPLETE&amount_gross=154.50&merchant_id=10000100");

  expect(await history(payfast)).toEqual([expect.stringMatching(/,154\.50,.*,R9,77$/)]);
});

describe("refunds", () => {
  const refund = (fields: Record<string, string> = {}) => ({
    body: { amount: "20000", reason: "Board closed", notify_buyer: "1", ...fields },
  });
  const paid = async () => {
    const payfast = simulator();
    await payfast.simulate("R1", "pay");
    return { payfast, id: paymentId(payfast, "R1") };
  };

  it("a refund at the PayFast simulator reduces what is left, and a whole refund leaves nothing", async () => {
    const { payfast, id } = await paid();

    const before = await ask(payfast, `/refunds/query/${id}`);
    const made = await ask(payfast, `/refunds/${id}`, refund({ amount: "5000" }));
    const after = await ask(payfast, `/refunds/query/${id}`);
    const balance = await ask(payfast, `/refunds/${id}`);

    expect(before.body).toMatchObject({
      amount_original: 20_000,
      amount_available_for_refund: 20_000,
      status: "REFUNDABLE",
      errors: [],
      refund_full: { method: "PAYMENT_SOURCE" },
      refund_partial: { method: "PAYMENT_SOURCE" },
    });
    expect(made).toMatchObject({ status: 200, body: { code: 200, data: { response: true } } });
    expect(after.body).toMatchObject({ amount_available_for_refund: 15_000, status: "REFUNDABLE" });
    expect(balance.body).toMatchObject({ available_balance: 15_000, transactions: [{ amount: 5_000 }] });
    expect(await history(payfast)).toEqual([expect.stringContaining("CREDIT"), expect.stringContaining("DEBIT")]);

    await ask(payfast, `/refunds/${id}`, refund({ amount: "15000" }));

    expect((await ask(payfast, `/refunds/query/${id}`)).body).toMatchObject({
      amount_available_for_refund: 0,
      status: "COMPLETED",
      refund_full: { method: "NOT_AVAILABLE" },
    });
    expect((await ask(payfast, `/refunds/${id}`, refund({ amount: "1" }))).status).toBe(400);
  });

  it("the PayFast simulator refuses a refund that PayFast would refuse, and any of an unknown payment", async () => {
    await everyRow(
      [
        ["an amount in rands", { amount: "200.00" }],
        ["more than was paid", { amount: "20001" }],
        ["too short a reason", { reason: "no" }],
        ["no word about the buyer", { notify_buyer: "" }],
      ],
      async ([_, fields]) => {
        const { payfast, id } = await paid();
        const body = Object.fromEntries(Object.entries(refund(fields).body).filter(([, value]) => value));

        expect((await ask(payfast, `/refunds/${id}`, { body })).status).toBe(400);
        expect(payfast.account.refundsOf(id)).toEqual([]);
      },
    );

    expect((await ask(simulator(), "/refunds/query/77")).status).toBe(404);
    expect((await ask(simulator(), "/refunds/77", refund())).status).toBe(404);
  });

  it("the PayFast simulator requires the bank account for a bank payout, and can refuse all refunds", async () => {
    const { payfast, id } = await paid();
    const bank = {
      acc_holder: "T N",
      bank_name: "ABSA",
      bank_branch_code: "632005",
      bank_account_number: "1",
      acc_type: "current",
    };

    payfast.account.refundMethod = "NOT_AVAILABLE";
    expect((await ask(payfast, `/refunds/query/${id}`)).body.status).toBe("NOT_AVAILABLE");
    expect((await ask(payfast, `/refunds/${id}`, refund())).status).toBe(400);
    payfast.account.refundMethod = "BANK_PAYOUT";
    expect((await ask(payfast, `/refunds/${id}`, refund())).status).toBe(400);
    expect((await ask(payfast, `/refunds/${id}`, refund(bank))).status).toBe(200);
  });
});

it("the API modes of the PayFast simulator answer every call with their status", async () => {
  await everyRow(
    [
      ["busy", 429],
      ["down", 503],
      ["refuses", 401],
    ] as const,
    async ([mode, status]) => {
      const payfast = simulator();
      payfast.api.mode = mode;

      expect((await ask(payfast, "/ping")).status).toBe(status);
    },
  );
});
