import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import type { ExecutionOutcome, PayoutExecutor, PayoutToExecute } from "#payouts/executor";
import { givengainDonation } from "#payouts/givengain-donation";
import { karriTopUp } from "#payouts/karri-top-up";
import { takealotGiftCard } from "#payouts/takealot-gift-card";
import { everyRow } from "../support/every-row.ts";
import { ACCOUNT, type Answer, CARD_NUMBER, farSide, PAYOUTS, REFERENCE } from "./far-side.ts";

const CODE = "TAKE-1234-ABCD-9876";
const LONG = "x".repeat(70_000);

/** Each counterparty: its address, what it is sent, and a complete answer with what we make of it. */
const COUNTERPARTIES = [
  {
    name: "Takealot",
    executor: takealotGiftCard,
    payout: PAYOUTS.takealot_gift_card,
    address: `${ACCOUNT.baseUrl}/gift-cards`,
    body: {
      amountCents: 249_900,
      recipientEmail: "parent@example.com",
      reference: REFERENCE,
      message: expect.any(String),
    },
    numbered: { orderId: "TA-1" },
    completed: { orderId: "TA-1", giftCardCode: CODE, giftCardUrl: "https://takealot.example/card" },
    gives: { ref: "TA-1", giftCard: { code: CODE, url: "https://takealot.example/card" } },
    unsendable: { recipient: { email: "" } },
    why: "no_recipient",
  },
  {
    name: "Karri",
    executor: karriTopUp,
    payout: PAYOUTS.karri_card_topup,
    address: `${ACCOUNT.baseUrl}/top-ups`,
    body: { cardNumber: CARD_NUMBER, amountCents: 249_900, reference: REFERENCE, description: expect.any(String) },
    numbered: { transactionId: "KT-1" },
    completed: { transactionId: "KT-1" },
    gives: { ref: "KT-1" },
    unsendable: { recipient: { cardNumber: "", cardholderName: null } },
    why: "no_card_number",
  },
  {
    name: "GivenGain",
    executor: givengainDonation,
    payout: PAYOUTS.philanthropy_donation,
    address: `${ACCOUNT.baseUrl}/donations`,
    body: {
      causeId: "food-forward",
      amountCents: 249_900,
      donorName: "Maya",
      donorEmail: "parent@example.com",
      reference: REFERENCE,
      message: expect.any(String),
    },
    numbered: { donationId: 4711 },
    completed: { donationId: 4711, receiptUrl: "https://g.example/r.pdf", certificateUrl: "https://g.example/c.pdf" },
    gives: {
      ref: "4711",
      documents: { receiptUrl: "https://g.example/r.pdf", certificateUrl: "https://g.example/c.pdf" },
    },
    unsendable: { recipient: { causeId: "", donorName: "Maya", donorEmail: "parent@example.com" } },
    why: "no_cause",
  },
] as const;

const notFound: Answer = { status: 404, json: { errorCode: "unknown_reference" } };

async function run(
  { executor, payout }: Pick<(typeof COUNTERPARTIES)[number], "executor" | "payout">,
  answers: readonly Answer[],
  change: object = {},
  call: keyof PayoutExecutor = "execute",
) {
  const far = farSide(...answers);
  // A change keeps the shape of the payout it is made to.
  const asked = { ...payout, ...change } as PayoutToExecute;
  const outcome = await executor(ACCOUNT, far)[call](asked);
  return { outcome, methods: far.requests.map(({ line }) => line.slice(0, line.indexOf(" "))), ...far };
}

describe.each(COUNTERPARTIES)("$name", (counterparty) => {
  const { payout, numbered, completed, gives, address } = counterparty;
  const ref = String(Object.values(numbered)[0]);
  const done = { outcome: "completed", ...gives };

  it("a payout is sent once, with the reference in the body and as idempotency key", async () => {
    const { outcome, requests } = await run(counterparty, [{ json: { status: "completed", ...completed } }]);

    expect(outcome).toEqual(done);
    expect(requests.map(({ line, body }) => [line, body])).toEqual([[`POST ${address}`, counterparty.body]]);
    expect(Object.fromEntries(requests[0]?.headers ?? [])).toMatchObject({
      authorization: `Bearer ${ACCOUNT.apiKey}`,
      "idempotency-key": REFERENCE,
      "content-type": "application/json",
    });
  });

  it("every answer to a payout has one outcome", async () => {
    const status = (word: string, more: object = {}) => ({ json: { status: word, ...completed, ...more } });
    const rows: [answer: Answer, outcome: ExecutionOutcome][] = [
      [status("completed", { reference: REFERENCE, amountCents: 249_900 }), done as ExecutionOutcome],
      [{ ...status("completed"), status: 201 }, done as ExecutionOutcome],
      [status("pending"), { outcome: "processing", ref }],
      [
        { status: 202, json: { status: "pending" } },
        { outcome: "processing", ref: null },
      ],
      [status("failed"), { outcome: "refused", reason: "failed" }],
      [status("failed", { errorCode: "INSUFFICIENT_FUNDS" }), { outcome: "refused", reason: "insufficient_funds" }],
      // A code must not carry data of a person or of a card into our log.
      [status("failed", { errorCode: "no card 5234123412341234" }), { outcome: "refused", reason: "failed" }],
      [status("failed", { errorCode: CARD_NUMBER }), { outcome: "refused", reason: "failed" }],
      [status("completed", { amountCents: 249_800 }), { outcome: "unknown", reason: "wrong_amount" }],
      [status("completed", { amountCents: "249900" }), { outcome: "unknown", reason: "wrong_amount" }],
      [status("pending", { amountCents: 1 }), { outcome: "unknown", reason: "wrong_amount" }],
      [status("failed", { amountCents: null }), { outcome: "unknown", reason: "wrong_amount" }],
      [status("completed", { reference: "po_other" }), { outcome: "unknown", reason: "wrong_reference" }],
      [status("COMPLETED"), { outcome: "unknown", reason: "unknown_status" }],
      [{ json: completed }, { outcome: "unknown", reason: "unknown_status" }],
      [{ text: "" }, { outcome: "unknown", reason: "unreadable_answer" }],
      [{ text: "<html>thank you</html>" }, { outcome: "unknown", reason: "unreadable_answer" }],
      [{ json: [status("completed").json] }, { outcome: "unknown", reason: "unreadable_answer" }],
      [status("completed", { padding: LONG }), { outcome: "unknown", reason: "unreadable_answer" }],
      ["lost", { outcome: "unknown", reason: "no_answer" }],
      ["cut", { outcome: "unknown", reason: "no_answer" }],
      [{ status: 302 }, { outcome: "unknown", reason: "answered_302" }],
      [{ status: 400 }, { outcome: "refused", reason: "answered_400" }],
      [
        { status: 422, json: { errorCode: "amount_too_large" } },
        { outcome: "refused", reason: "amount_too_large" },
      ],
      [
        { status: 404, text: "no such page" },
        { outcome: "refused", reason: "answered_404" },
      ],
      [{ status: 401 }, { outcome: "refused", reason: "credentials_refused" }],
      [{ status: 403 }, { outcome: "refused", reason: "credentials_refused" }],
      [{ status: 408 }, { outcome: "unknown", reason: "answered_408" }],
      [{ status: 425 }, { outcome: "unknown", reason: "answered_425" }],
      [{ status: 429 }, { outcome: "unknown", reason: "answered_429" }],
      [{ status: 500 }, { outcome: "unknown", reason: "answered_500" }],
      [
        { status: 503, json: { status: "failed" } },
        { outcome: "unknown", reason: "answered_503" },
      ],
    ];
    await everyRow(rows, async ([answer, expected]) => {
      const { outcome, methods } = await run(counterparty, [answer]);
      expect([outcome, methods]).toEqual([expected, ["POST"]]);
    });
  });

  it("a look-up sends nothing, and only the counterparty's own code proves that the reference is not known", async () => {
    const rows: [answer: Answer, outcome: object][] = [
      [notFound, { outcome: "not_found" }],
      [{ json: { status: "completed", ...completed, reference: REFERENCE } }, done],
      [{ json: { status: "pending", ...numbered } }, { outcome: "processing", ref }],
      [{ json: { status: "failed" } }, { outcome: "refused", reason: "failed" }],
      [{ json: { status: "completed", ...completed, amountCents: 1 } }, { outcome: "unknown", reason: "wrong_amount" }],
      [{ status: 404 }, { outcome: "unknown", reason: "look_up_answered_404" }],
      [
        { status: 404, json: { errorCode: "no_route" } },
        { outcome: "unknown", reason: "look_up_answered_404" },
      ],
      [
        { status: 400, json: { errorCode: "unknown_reference" } },
        { outcome: "unknown", reason: "look_up_answered_400" },
      ],
      [{ json: { errorCode: "unknown_reference" } }, { outcome: "unknown", reason: "unknown_status" }],
      [{ status: 401 }, { outcome: "unknown", reason: "look_up_answered_401" }],
      [{ status: 503 }, { outcome: "unknown", reason: "look_up_answered_503" }],
      [{ text: "[]" }, { outcome: "unknown", reason: "unreadable_answer" }],
      ["lost", { outcome: "unknown", reason: "no_answer" }],
    ];
    await everyRow(rows, async ([answer, expected]) => {
      const { outcome, requests } = await run(counterparty, [answer], {}, "lookUp");
      expect([outcome, requests.map(({ line }) => line)]).toEqual([expected, [`GET ${address}/${REFERENCE}`]]);
    });
  });

  it("a payout that may have been sent is sent only when the counterparty does not know it", async () => {
    const completedAnswer = { json: { status: "completed", ...completed } };
    const rows: [answers: Answer[], outcome: object, methods: string[]][] = [
      [[completedAnswer], done, ["GET"]],
      [[{ json: { status: "pending" } }], { outcome: "processing", ref: null }, ["GET"]],
      [[{ json: { status: "failed" } }], { outcome: "refused", reason: "failed" }, ["GET"]],
      [[notFound, completedAnswer], done, ["GET", "POST"]],
      [[{ status: 404 }], { outcome: "unknown", reason: "look_up_answered_404" }, ["GET"]],
      [[{ status: 500 }], { outcome: "unknown", reason: "look_up_answered_500" }, ["GET"]],
      [["lost"], { outcome: "unknown", reason: "no_answer" }, ["GET"]],
      [[{ text: "{" }], { outcome: "unknown", reason: "unreadable_answer" }, ["GET"]],
    ];
    await everyRow(rows, async ([answers, expected, sent]) => {
      const { outcome, methods, waiting } = await run(counterparty, answers, { mayHaveBeenSent: true });
      expect([outcome, methods, waiting]).toEqual([expected, sent, []]);
    });
  });

  it("a reference that the counterparty has already is looked up and not taken for a refusal", async () => {
    const conflict = { status: 409, json: { errorCode: "duplicate" } };
    const rows: [lookUp: Answer, outcome: object][] = [
      [{ json: { status: "completed", ...completed } }, done],
      [notFound, { outcome: "unknown", reason: "answered_409" }],
      [{ status: 500 }, { outcome: "unknown", reason: "look_up_answered_500" }],
    ];
    await everyRow(rows, async ([lookUp, expected]) => {
      const { outcome, methods } = await run(counterparty, [conflict, lookUp]);
      expect([outcome, methods]).toEqual([expected, ["POST", "GET"]]);
    });
  });

  it("a payout that cannot be sent is refused without a request", async () => {
    const other = payout.type === "karri_card_topup" ? PAYOUTS.takealot_gift_card : PAYOUTS.karri_card_topup;
    const rows: [change: object, reason: string][] = [
      [{ amount: cents(0) }, "no_amount"],
      [counterparty.unsendable, counterparty.why],
      [other, "wrong_type"],
    ];
    await everyRow(rows, async ([change, reason]) => {
      const { outcome, methods } = await run(counterparty, [], change);
      expect([outcome, methods]).toEqual([{ outcome: "refused", reason }, []]);
    });
  });
});

it("a completed payout whose number or code cannot be read is unknown, and a page that is not https is left out", async () => {
  const [takealot, karri, givengain] = COUNTERPARTIES;
  const unreadable = { outcome: "unknown", reason: "unreadable_answer" };
  const card = { orderId: "TA-1", giftCardCode: CODE };
  const rows: [counterparty: (typeof COUNTERPARTIES)[number], answer: object, outcome: object][] = [
    [takealot, { giftCardCode: CODE }, { outcome: "completed", ref: REFERENCE, giftCard: { code: CODE, url: null } }],
    [takealot, { orderId: "TA-1" }, { outcome: "completed", ref: "TA-1" }],
    [takealot, { orderId: "TA-1", giftCardCode: null }, { outcome: "completed", ref: "TA-1" }],
    [
      takealot,
      { ...card, giftCardCode: "12 34" },
      { outcome: "completed", ref: "TA-1", giftCard: { code: "12 34", url: null } },
    ],
    [takealot, { ...card, giftCardCode: 1234 }, unreadable],
    [takealot, { ...card, giftCardCode: "" }, unreadable],
    [takealot, { ...card, giftCardCode: "é" }, unreadable],
    [
      takealot,
      { ...card, giftCardUrl: "http://t.example" },
      { outcome: "completed", ref: "TA-1", giftCard: { code: CODE, url: null } },
    ],
    [
      takealot,
      { ...card, giftCardUrl: "javascript:x" },
      { outcome: "completed", ref: "TA-1", giftCard: { code: CODE, url: null } },
    ],
    [karri, {}, unreadable],
    [karri, { transactionId: "" }, unreadable],
    [karri, { transactionId: 1.5 }, unreadable],
    [karri, { transactionId: "x".repeat(256) }, unreadable],
    [karri, { transactionId: "x".repeat(255) }, { outcome: "completed", ref: "x".repeat(255) }],
    [karri, { transactionId: "two words" }, unreadable],
    [givengain, { receiptUrl: "https://g.example/r.pdf" }, unreadable],
    [givengain, { donationId: "G-1" }, { outcome: "completed", ref: "G-1" }],
    [
      givengain,
      { donationId: "G-1", receiptUrl: "http://g.example/r.pdf", certificateUrl: "https://g.example/c.pdf" },
      { outcome: "completed", ref: "G-1", documents: { certificateUrl: "https://g.example/c.pdf" } },
    ],
  ];
  await everyRow(rows, async ([counterparty, answer, expected]) => {
    const { outcome } = await run(counterparty, [{ json: { status: "completed", ...answer } }]);
    expect(outcome).toEqual(expected);
  });
});

it("a gift-card code and a card number are in no reason", async () => {
  const [takealot, karri] = COUNTERPARTIES;
  const answers: Answer[] = [
    { json: { status: "failed", giftCardCode: CODE, errorCode: CODE } },
    { json: { status: "odd", giftCardCode: CODE, cardNumber: CARD_NUMBER } },
    { json: { status: "completed", giftCardCode: CODE, amountCents: 1 } },
    { status: 422, json: { errorCode: CARD_NUMBER, message: `${CODE} ${CARD_NUMBER}` } },
    { status: 500, text: `${CODE} ${CARD_NUMBER}` },
  ];
  for (const counterparty of [takealot, karri]) {
    await everyRow(answers, async (answer) => {
      const { outcome } = await run(counterparty, [answer]);
      expect(JSON.stringify(outcome)).not.toMatch(/TAKE|1234|5234/);
    });
  }
});
