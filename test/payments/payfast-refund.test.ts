import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { payfast } from "#payments/payfast/provider";
import type { PayfastSettings } from "#payments/payfast/settings";
import type { RefundOutcome } from "#payments/provider";
import { everyRow } from "../support/every-row.ts";
import { failure } from "./payfast-far-side.ts";
import { NOW, REFERENCE, SETTINGS } from "./payfast-notices.ts";

const PAYMENT = {
  reference: REFERENCE,
  amount: cents(25_750),
  providerPaymentId: "2577001",
  providerRefundId: null,
  mayHaveBeenSent: false,
  idempotencyKey: "refund-1",
};

type Answer = () => Response;
type Answers = { query?: Answer[]; list?: Answer; post?: Answer };

const refundStatus = (changes: Record<string, unknown> = {}) => ({
  token: "a3b3ae55-ab8b-b388-df23-4e6882b86ce0",
  funding_type: "Debit Card",
  amount_original: 25_750,
  amount_available_for_refund: 25_750,
  status: "REFUNDABLE",
  errors: [],
  refund_full: { method: "PAYMENT_SOURCE" },
  refund_partial: { method: "PAYMENT_SOURCE" },
  bank_names: [],
  ...changes,
});
const query = (changes: Record<string, unknown> = {}) => [() => Response.json(refundStatus(changes))];
const sent: Answer = () => Response.json({ code: 200, status: "success", data: { response: true } });
const listing = (...types: string[]) => {
  const transactions = types.map((type) => ({ amount: 25_750, date: "2026-03-01 12:00:00", type }));
  return () => Response.json({ available_balance: 0, transactions });
};
const LEFT_NOTHING = { amount_available_for_refund: 0, status: "COMPLETED" };
const NOT_AVAILABLE = {
  status: "NOT_AVAILABLE",
  errors: ["Sipho's card was closed"],
  refund_full: { method: "NOT_AVAILABLE" },
};

/** One step of a refund. The query returns its answers in order, then the last one again. */
async function step(
  { query: queries = query(), list = listing(), post = sent }: Answers,
  settings = {},
  { mayHaveBeenSent } = { mayHaveBeenSent: false },
) {
  const calls: string[] = [];
  const bodies: unknown[] = [];
  const logged: { event: string }[] = [];
  let queried = 0;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    calls.push(`${init?.method} ${pathname}`);
    if (init?.method === "POST") {
      bodies.push(JSON.parse(String(init.body)));
      return post();
    }
    if (!pathname.startsWith("/refunds/query/")) return list();
    queried += 1;
    return (queries[queried - 1] ?? queries.at(-1) ?? expect.fail("no query"))();
  };
  const merged: PayfastSettings = { ...SETTINGS, ...settings };
  const provider = payfast(merged, { fetch, now: () => NOW, log: (entry) => logged.push(entry) });
  const outcome = await provider.refund?.({ ...PAYMENT, mayHaveBeenSent }).catch((error: unknown) => error);
  return { outcome, calls, bodies, logged, posts: bodies.length };
}

it("a PayFast refund is queried, looked up in the list, sent for the whole amount, and queried again", async () => {
  const { outcome, calls, bodies } = await step({ query: [...query(), ...query(LEFT_NOTHING)] });

  expect(outcome).toEqual({ outcome: "completed", providerRefundId: null });
  expect(calls).toEqual([
    "GET /refunds/query/2577001",
    "GET /refunds/2577001",
    "POST /refunds/2577001",
    "GET /refunds/query/2577001",
  ]);
  expect(bodies).toEqual([{ amount: 25_750, reason: "ChipIn contribution refunded", notify_buyer: "1" }]);
});

it("PayFast's list of refunds is read at the configured path", async () => {
  const { calls } = await step({}, { refundRetrievePath: "/refunds/retrieve/{id}" });

  expect(calls[1]).toBe("GET /refunds/retrieve/2577001");
});

it("a PayFast refund that was sent is processing when the query afterwards does not complete it", async () => {
  await everyRow<[what: string, again: Answer[]]>(
    [
      ["still shows all of it", query()],
      ["turns it to not available", query(NOT_AVAILABLE)],
      ["fails", [() => failure(500)]],
      ["is refused for its number", [() => failure(429)]],
      ["is unreadable", [() => new Response("<html>")]],
    ],
    async ([_, again]) => {
      const { outcome, posts } = await step({ query: [...query(), ...again] });

      expect(outcome).toEqual({ outcome: "processing", providerRefundId: null });
      expect(posts).toBe(1);
    },
  );
});

it("a PayFast refund answered with a 4xx about the call is refused", async () => {
  await everyRow<[what: string, answer: Answer]>(
    [
      ["400", () => failure(400)],
      ["404", () => failure(404)],
      ["400 inside a 200", () => failure(400, 200)],
      ["a denial", () => Response.json({ code: 200, status: "success", data: { response: false, message: "Sipho" } })],
    ],
    async ([_, post]) => {
      const { outcome } = await step({ post });

      expect(outcome).toEqual({
        outcome: "refused",
        reason: expect.stringMatching(/^PayFast refused the refund \(4\d\d\)$/),
      });
    },
  );
});

it("a PayFast refund answered with any other error stays open", async () => {
  await everyRow<[what: string, trouble: string, answer: Answer]>(
    [
      ["401", "refuses_us", () => failure(401)],
      ["429", "busy", () => failure(429)],
      ["408", "unavailable", () => failure(408)],
      ["425", "unavailable", () => failure(425)],
      ["408 inside a 200", "unavailable", () => failure(408, 200)],
      ["500", "unavailable", () => failure(500)],
      ["no verdict", "unavailable", () => Response.json({ code: 200 })],
      ["a page", "unavailable", () => new Response("<html>")],
    ],
    async ([_, trouble, post]) => {
      expect((await step({ post })).outcome).toMatchObject({ name: "ProviderError", trouble });
    },
  );
});

it("a first PayFast refund is sent when the list cannot be read, which is logged", async () => {
  await everyRow<[what: string, list: Answer]>(
    [
      ["is answered 404", () => failure(404)],
      ["has another shape", () => Response.json({ refunds: [] })],
    ],
    async ([_, list]) => {
      const { posts, logged } = await step({ list });

      expect(posts).toBe(1);
      expect(logged).toMatchObject([{ event: "payfast_refunds_unlisted" }]);
    },
  );
});

it("a PayFast refund is sent when the list shows only the payment", async () => {
  expect((await step({ list: listing("FUNDS_RECEIVED") })).posts).toBe(1);
});

describe("PayFast refunds that the query or the list decides", () => {
  const completed: RefundOutcome = { outcome: "completed", providerRefundId: null };
  const processing: RefundOutcome = { outcome: "processing", providerRefundId: null };
  const refused = { outcome: "refused", reason: "PayFast offers no refund" };
  const unknown = {
    outcome: "refused",
    reason: expect.stringMatching(/^PayFast refuses to query the refund \(4\d\d\)$/),
  };
  const byHand = (reason: string): RefundOutcome => ({ outcome: "needs_manual_action", reason });
  const bank = { refund_full: { method: "BANK_PAYOUT", bank_account_holder: "" } };

  it("a PayFast refund is not sent when the query or the list decides its outcome", async () => {
    await everyRow<[what: string, outcome: unknown, answers: Answers]>(
      [
        ["nothing is left", completed, { query: query({ ...LEFT_NOTHING, refund_full: { method: "NOT_AVAILABLE" } }) }],
        ["nothing is left, still called refundable", completed, { query: query({ amount_available_for_refund: 0 }) }],
        [
          "it is completed, without an amount",
          completed,
          { query: query({ status: "COMPLETED", amount_available_for_refund: null }) },
        ],
        ["nothing is left, in text", completed, { query: query({ amount_available_for_refund: "0" }) }],
        [
          "nothing is left, wrapped",
          completed,
          {
            query: [
              () => Response.json({ code: 200, status: "success", data: { response: refundStatus(LEFT_NOTHING) } }),
            ],
          },
        ],
        [
          "nothing is available, and a refund is listed",
          completed,
          { query: query({ ...NOT_AVAILABLE, amount_available_for_refund: 0 }), list: listing("REFUND") },
        ],
        ["all seems left, but a refund is listed", processing, { list: listing("FUNDS_RECEIVED", "Refund") }],
        [
          "it is not available while a refund is listed",
          processing,
          { query: query(NOT_AVAILABLE), list: listing("REFUND") },
        ],
        ["it is not available", refused, { query: query(NOT_AVAILABLE) }],
        [
          "nothing is available, and no refund is listed",
          refused,
          { query: query({ ...NOT_AVAILABLE, amount_available_for_refund: 0 }) },
        ],
        ["the whole cannot go back", refused, { query: query({ refund_full: { method: "NOT_AVAILABLE" } }) }],
        ["the bank must pay it out", byHand("needs the guest's bank details"), { query: query(bank) }],
        [
          "a part went back",
          byHand("partly refunded already"),
          { query: query({ amount_available_for_refund: 25_749 }) },
        ],
        [
          "more is left than was paid to us",
          byHand("more was paid than is to be refunded"),
          { query: query({ amount_available_for_refund: 25_751 }) },
        ],
        ["it knows no such payment", unknown, { query: [() => failure(404)] }],
        ["it refuses the question", unknown, { query: [() => failure(400, 200)] }],
      ],
      async ([_, expected, answers]) => {
        const { outcome, posts } = await step(answers);

        expect(outcome).toEqual(expected);
        expect(posts).toBe(0);
      },
    );
  });

  it("a PayFast refund is not sent when the query or the list cannot be read", async () => {
    await everyRow<[what: string, trouble: string, answers: Answers]>(
      [
        ["the query is a page", "unavailable", { query: [() => new Response("<html>")] }],
        ["the query has an unknown status", "unavailable", { query: query({ status: "PARTIAL" }) }],
        ["the query has no amount", "unavailable", { query: query({ amount_available_for_refund: null }) }],
        ["the query has an amount in rand", "unavailable", { query: query({ amount_available_for_refund: 257.5 }) }],
        ["the query has an unknown method", "unavailable", { query: query({ refund_full: { method: "VOUCHER" } }) }],
        ["the query is late", "unavailable", { query: [() => failure(408)] }],
        ["the list is late", "unavailable", { list: () => failure(408) }],
        ["the list fails", "unavailable", { list: () => failure(500) }],
        ["the list is refused for its number", "busy", { list: () => failure(429) }],
      ],
      async ([_, trouble, answers]) => {
        const { outcome, posts } = await step(answers);

        expect(outcome).toMatchObject({ name: "ProviderError", trouble });
        expect(posts).toBe(0);
      },
    );
  });
});

describe("PayFast refunds that may have been sent", () => {
  const later = (answers: Answers) => step(answers, {}, { mayHaveBeenSent: true });
  const completed: RefundOutcome = { outcome: "completed", providerRefundId: null };
  const processing: RefundOutcome = { outcome: "processing", providerRefundId: null };
  const unclear: RefundOutcome = { outcome: "needs_manual_action", reason: "cannot tell whether it was sent" };
  const unlisted: [what: string, list: Answer][] = [
    ["refused", () => failure(400)],
    ["refused inside a 200", () => failure(400, 200)],
    ["answered 404", () => failure(404)],
    ["a page", () => new Response("<html>")],
    ["empty", () => new Response("")],
    ["of another shape", () => Response.json({ refunds: [] })],
    ["no array", () => Response.json({ transactions: {} })],
    ["of rows without a type", () => Response.json({ transactions: [{ type: "FUNDS_RECEIVED" }, { amount: 25_750 }] })],
  ];
  const lost: Answer = () => {
    throw new TypeError("connection reset");
  };

  it("a PayFast refund with an unreadable list is sent in its first step and not in the second", async () => {
    const answered: [what: string, post: Answer][] = [
      ["was lost", lost],
      ["came", sent],
    ];
    await everyRow(
      unlisted.flatMap(([list, read]) => answered.map(([answer, post]) => ({ list, answer, read, post }))),
      async ({ read: list, post }) => {
        const first = await step({ list, post });
        const second = await later({ list, post });

        expect([first.posts, second.posts]).toEqual([1, 0]);
        expect(second.outcome).toEqual(unclear);
        expect(second.logged).toMatchObject([{ event: "payfast_refunds_unlisted" }]);
      },
    );
  });

  it("a PayFast refund that may have been sent is not sent again while the list is unreadable", async () => {
    const queries: [what: string, outcome: RefundOutcome, changes: Record<string, unknown>][] = [
      ["the query is completed", completed, LEFT_NOTHING],
      ["nothing is left, still called refundable", completed, { amount_available_for_refund: 0 }],
      ["it is not available, as what never could be sent", unclear, NOT_AVAILABLE],
      ["it is not available and nothing is left", unclear, { ...NOT_AVAILABLE, amount_available_for_refund: 0 }],
      ["the whole cannot go back", unclear, { refund_full: { method: "NOT_AVAILABLE" } }],
      ["the bank must pay it out", unclear, { refund_full: { method: "BANK_PAYOUT" } }],
    ];
    await everyRow(
      unlisted.flatMap(([list, read]) =>
        queries.map(([what, expected, changes]) => ({ list, what, read, expected, changes })),
      ),
      async ({ read: list, expected, changes }) => {
        const { outcome, posts } = await later({ list, query: query(changes) });

        expect(outcome).toEqual(expected);
        expect(posts).toBe(0);
      },
    );
  });

  it("a PayFast refund that may have been sent is processing when it is listed", async () => {
    expect(await later({ list: listing("FUNDS_RECEIVED", "REFUND") })).toMatchObject({ outcome: processing, posts: 0 });
  });

  it("a PayFast refund that may have been sent is sent when a readable list has no refund", async () => {
    expect((await later({ list: listing("FUNDS_RECEIVED") })).posts).toBe(1);
  });
});
