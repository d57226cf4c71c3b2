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
let word: string;
let asked: number;
let board: SiteBoard;

beforeAll(async () => {
  payfast = await listen(() => {
    asked += 1;
    return new Response(word);
  });
  const settings = {
    PAYFAST_MERCHANT_ID: MERCHANT_ID,
    PAYFAST_MERCHANT_KEY: "46f0cd694581a",
    PAYFAST_PASSPHRASE: PASSPHRASE,
    PAYFAST_SOURCE_CHECK: "log",
    PAYFAST_BASE_URL: `http://127.0.0.1:${payfast.port}`,
  };
  const nobody = new MemoryBoardObject({ now: () => site.clock.now });
  // Whatever happens here happens without Postgres.
  site = testSite(NO_DATABASE, { settings, board: (code) => (code === board.code ? board.object : nobody) });
});
afterAll(() => payfast.close());
beforeEach(() => {
  word = "VALID";
  asked = 0;
  board = new SiteBoard(() => BEFORE_DEADLINE);
  site.logged.length = 0;
});

const send = (body: BodyInit) => site.request("/api/webhooks/payfast", { method: "POST", body });
/** A genuine notice of R257.50 paid for a contribution of that amount, or of what is given. */
const noticeOf = (reference = board.begin("payfast", 25_750)) => notice({ m_payment_id: reference });

describe("POST /api/webhooks/{provider}", () => {
  it("takes a payment to its board and answers 200 without a body", async () => {
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

  it("answers a duplicate the same, and records nothing", async () => {
    const body = noticeOf();
    await send(body);
    const { length } = board.log;

    expect((await send(body)).status).toBe(200);
    expect(board.log).toHaveLength(length);
    expect(site.logged[1]).toMatchObject({ outcome: "no_change" });
  });

  it.each<[reason: Refusal["refused"], reference: () => string, more: Record<string, unknown>]>([
    ["unknown_payment", () => `${board.code}0v5x7yz1ab`, {}],
    ["unknown_board", () => REFERENCE, {}],
    ["provider_mismatch", () => board.begin("ozow", 25_750), {}],
    ["amount_mismatch", () => board.begin("payfast", 20_000), { expected_cents: 20_000, received_cents: 25_750 }],
  ])("answers 200 and alerts a person when the board refuses with %s", async (reason, reference, more) => {
    expect((await send(noticeOf(reference()))).status).toBe(200);

    expect(board.standing()).toMatchObject({ counted: 0, paid: 0 });
    expect(site.logged).toMatchObject([{ alert: true, outcome: "refused", reason, ...more }]);
  });

  it.each<[why: string, body: BodyInit, status: number, reason: string, alert: boolean]>([
    ["a wrong signature", FORGED, 400, "signature_mismatch", false],
    ["another merchant", notice({ merchant_id: "99999999" }), 200, "foreign_merchant", true],
    ["no fields", "", 400, "malformed", false],
    ["fields without a signature", formEncode(noticePairs()), 400, "unsigned", false],
    ["bytes that are no form", new Uint8Array([0xff, 0xfe, 0x00, 0x80]), 400, "unsigned", false],
  ])("changes nothing and asks nobody on %s", async (_, body, status, reason, alert) => {
    const response = await send(body);

    expect([response.status, await response.text()]).toEqual([status, ""]);
    expect([board.object.commands, asked]).toEqual([[], 0]);
    expect(site.logged).toMatchObject([{ event: "callback", outcome: "refused", reason, status }]);
    expect(site.logged[0]?.alert ?? false).toBe(alert);
  });

  it("changes nothing when PayFast denies having sent it", async () => {
    word = "INVALID";

    expect((await send(noticeOf())).status).toBe(400);
    expect(board.object.commands).toEqual([]);
    expect(site.logged).toMatchObject([{ alert: true, reason: "not_confirmed" }]);
  });

  it("answers 503 when the board cannot be reached, so that the provider calls again", async () => {
    board.object.outage = Object.assign(new Error("overloaded"), { overloaded: true });

    expect((await send(noticeOf())).status).toBe(503);
    expect(site.logged.at(-1)).toMatchObject({ event: "callback", outcome: "unavailable", status: 503 });
  });

  it("answers 500 to a bug of ours, with an alert and without a body", async () => {
    board.object.outage = new Error("a bug");

    const response = await send(noticeOf());

    expect([response.status, await response.text()]).toEqual([500, ""]);
    expect(site.logged).toMatchObject([{ alert: true, outcome: "internal_error" }]);
  });

  it("knows only providers that are configured", async () => {
    for (const provider of ["ozow", "snapscan", "nobody", "__proto__"]) {
      expect((await site.request(`/api/webhooks/${provider}`, { method: "POST" })).status).toBe(404);
    }
    expect(site.logged.map(({ provider }) => provider)).toEqual(["ozow", "snapscan", null, null]);
  });

  it("logs nothing that is secret or personal", async () => {
    await send(noticeOf());
    await send(noticeOf(board.begin("payfast", 20_000)));
    await send(FORGED);

    const log = JSON.stringify(site.logged);
    for (const secret of [
      PASSPHRASE,
      REFERENCE,
      ...board.state.references.keys(),
      "jose@example.com",
      "José",
      "signature=",
    ]) {
      expect(log).not.toContain(secret);
    }
  });
});
