import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Refusal } from "#domain/board/commands";
import {
  formEncode,
  MERCHANT_ID,
  notice,
  noticePairs,
  PASSPHRASE,
  REFERENCE,
  signText,
} from "../../payments/payfast-notices.ts";
import { BEFORE_DEADLINE, MemoryBoardObject } from "../../support/board.ts";
import { listen } from "../../support/database.ts";
import { SiteBoard } from "../site-board.ts";
import { NO_DATABASE, type TestSite, testSite } from "../support.ts";

const FORGED = signText(formEncode(noticePairs()), "not the passphrase");

let payfast: Awaited<ReturnType<typeof listen>>;
let site: TestSite;
let confirmation: string;
let confirmationRequests: number;
let board: SiteBoard;

beforeAll(async () => {
  payfast = await listen(() => {
    confirmationRequests += 1;
    return new Response(confirmation);
  });
  const settings = {
    PAYFAST_MERCHANT_ID: MERCHANT_ID,
    PAYFAST_MERCHANT_KEY: "46f0cd694581a",
    PAYFAST_PASSPHRASE: PASSPHRASE,
    PAYFAST_SOURCE_CHECK: "log",
    PAYFAST_BASE_URL: `http://127.0.0.1:${payfast.port}`,
  };
  const unknownBoard = new MemoryBoardObject({ now: () => site.clock.now });
  // Callbacks need no Postgres.
  site = testSite(NO_DATABASE, { settings, board: (code) => (code === board.code ? board.object : unknownBoard) });
});
afterAll(() => payfast.close());
beforeEach(() => {
  confirmation = "VALID";
  confirmationRequests = 0;
  board = new SiteBoard(() => BEFORE_DEADLINE);
  site.logged.length = 0;
});

const send = (body: BodyInit) => site.request("/api/webhooks/payfast", { method: "POST", body });
/** A genuine notice of R257.50 for this payment, by default for a new contribution of that amount. */
const noticeOf = (reference = board.begin("payfast", 25_750)) => notice({ m_payment_id: reference });

describe("POST /api/webhooks/{provider}", () => {
  it("a genuine PayFast callback completes its contribution and is answered 200 without a body", async () => {
    const reference = board.begin("payfast", 25_750);

    const response = await send(noticeOf(reference));

    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(board.of(reference)).toMatchObject({ status: "completed", amount: 25_750, providerPaymentId: "2577001" });
    expect(board.object.commands).toMatchObject([{ type: "report_payment", by: { kind: "system" } }]);
    expect(site.logged).toMatchObject([
      {
        event: "callback",
        provider: "payfast",
        outcome: "recorded",
        status: 200,
        board: board.code,
        provider_payment_id: "2577001",
        notes: expect.stringMatching(/not a listed PayFast address/),
      },
    ]);
  });

  it("a duplicate or another report about a completed payment is answered 200 and records nothing", async () => {
    const reference = board.begin("payfast", 25_750);
    await send(noticeOf(reference));
    const { length } = board.log;

    for (const payment_status of ["COMPLETE", "CANCELLED", "FAILED", "PENDING"]) {
      expect((await send(notice({ m_payment_id: reference, payment_status }))).status).toBe(200);
      expect(site.logged.at(-1)).toMatchObject({ outcome: "no_change" });
    }
    expect(board.log).toHaveLength(length);
    expect(board.of(reference).status).toBe("completed");
  });

  it("a repeated callback with a wrong amount is recorded once and counts no money", async () => {
    const body = noticeOf(board.begin("payfast", 20_000));
    const { length } = board.log;

    for (let delivery = 0; delivery < 3; delivery += 1) expect((await send(body)).status).toBe(200);

    expect(board.log.slice(length).map(({ type }) => type)).toEqual(["flag_opened", "payout_hold_placed"]);
    expect(board.standing()).toMatchObject({ counted: 0, paid: 0 });
  });

  it.each<[reason: Refusal["refused"], reference: () => string, more: Record<string, unknown>]>([
    ["unknown_payment", () => `${board.code}0v5x7yz1ab`, {}],
    ["unknown_board", () => REFERENCE, {}],
    ["provider_mismatch", () => board.begin("ozow", 25_750), {}],
    ["amount_mismatch", () => board.begin("payfast", 20_000), { expected_cents: 20_000, received_cents: 25_750 }],
  ])(
    "a callback that the board refuses with %s is answered 200 and logged as an alert",
    async (reason, reference, more) => {
      expect((await send(noticeOf(reference()))).status).toBe(200);

      expect(board.standing()).toMatchObject({ counted: 0, paid: 0 });
      expect(site.logged).toMatchObject([{ alert: true, outcome: "refused", reason, ...more }]);
    },
  );

  it.each<[why: string, body: BodyInit, status: number, reason: string, alert: boolean]>([
    ["a wrong signature", FORGED, 400, "signature_mismatch", false],
    ["another merchant's id", notice({ merchant_id: "99999999" }), 200, "foreign_merchant", true],
    ["a zero byte in its status", notice({ payment_status: "COMPLETE\0" }), 400, "malformed", true],
    ["a zero byte in its payment id", notice({ pf_payment_id: "1\0" }), 400, "malformed", true],
    ["no fields", "", 400, "malformed", false],
    ["reordered fields", notice().split("&").reverse().join("&"), 400, "signature_mismatch", false],
    ["no signature", formEncode(noticePairs()), 400, "unsigned", false],
    ["bytes that are not a form", new Uint8Array([0xff, 0xfe, 0x00, 0x80]), 400, "unsigned", false],
  ])("a callback with %s changes nothing and causes no request to PayFast", async (_, body, status, reason, alert) => {
    const response = await send(body);

    expect([response.status, await response.text()]).toEqual([status, ""]);
    expect([board.object.commands, confirmationRequests]).toEqual([[], 0]);
    expect(site.logged).toMatchObject([{ event: "callback", outcome: "refused", reason, status }]);
    expect(site.logged[0]?.alert ?? false).toBe(alert);
  });

  it("a callback that PayFast does not confirm is answered 400 and changes nothing", async () => {
    confirmation = "INVALID";

    expect((await send(noticeOf())).status).toBe(400);
    expect(board.object.commands).toEqual([]);
    expect(site.logged).toMatchObject([{ alert: true, reason: "not_confirmed" }]);
  });

  it("a callback is answered 503 when its board cannot be reached", async () => {
    board.object.outage = Object.assign(new Error("overloaded"), { overloaded: true });

    expect((await send(noticeOf())).status).toBe(503);
    expect(site.logged.at(-1)).toMatchObject({ event: "callback", outcome: "unavailable", status: 503 });
  });

  it("an unexpected error is answered 500 without a body and logged as an alert", async () => {
    board.object.outage = new Error("a bug");

    const response = await send(noticeOf());

    expect([response.status, await response.text()]).toEqual([500, ""]);
    expect(site.logged).toMatchObject([{ alert: true, outcome: "internal_error" }]);
  });

  it("a callback for a provider that is unknown or not configured is answered 404 without a body", async () => {
    const unknown = ["unknown", "OZOW", "PAYFAST", "payfast%00", "__proto__", "constructor", "x".repeat(1_000)];
    for (const provider of ["ozow", "snapscan", ...unknown]) {
      const response = await site.request(`/api/webhooks/${provider}`, { method: "POST", body: notice() });
      expect([response.status, await response.text()]).toEqual([404, ""]);
    }
    expect(site.logged.map(({ provider }) => provider)).toEqual(["ozow", "snapscan", ...unknown.map(() => null)]);
    expect(board.object.commands).toEqual([]);
  });
});
