import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { BoardObject } from "#boards/board-object";
import type { Refusal, ReportPayment } from "#domain/board/commands";
import { cents } from "#domain/money";
import {
  formEncode,
  MERCHANT_ID,
  notice,
  noticePairs,
  PASSPHRASE,
  REFERENCE,
  signText,
} from "../../payments/payfast-notices.ts";
import { listen } from "../../support/database.ts";
import { NO_DATABASE, type TestSite, testSite } from "../support.ts";

const FORGED = signText(formEncode(noticePairs()), "not the passphrase");

let payfast: Awaited<ReturnType<typeof listen>>;
let site: TestSite;
let word: string;
let asked: number;
let reported: { code: string; command: ReportPayment }[];
let said: () => Awaited<ReturnType<BoardObject["reportPayment"]>>;

beforeAll(async () => {
  payfast = await listen(() => {
    asked += 1;
    return new Response(word);
  });
  const settings = {
    ...{ PAYFAST_MERCHANT_ID: MERCHANT_ID, PAYFAST_MERCHANT_KEY: "46f0cd694581a", PAYFAST_PASSPHRASE: PASSPHRASE },
    ...{ PAYFAST_SOURCE_CHECK: "log", PAYFAST_BASE_URL: `http://127.0.0.1:${payfast.port}` },
  };
  const board = (code: string): Partial<BoardObject> => ({
    reportPayment: (command) => {
      reported.push({ code, command });
      return said();
    },
  });
  // Whatever happens here happens without Postgres.
  site = testSite(NO_DATABASE, { settings, board });
});
afterAll(() => payfast.close());
beforeEach(() => {
  word = "VALID";
  asked = 0;
  reported = [];
  said = () => ({ outcome: "recorded" });
  site.logged.length = 0;
});

const send = (body: BodyInit) => site.request("/api/webhooks/payfast", { method: "POST", body });

describe("POST /api/webhooks/{provider}", () => {
  it("takes a payment to its board and says thank you", async () => {
    const response = await send(notice());

    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(reported).toMatchObject([
      {
        code: REFERENCE.slice(0, 10),
        command: { reference: REFERENCE, provider: "payfast", status: "completed", amount: 25_750 },
      },
    ]);
    expect(site.logged).toMatchObject([
      {
        ...{ event: "callback", provider: "payfast", outcome: "recorded", status: 200, board: REFERENCE.slice(0, 10) },
        ...{ provider_payment_id: "2577001", notes: expect.stringMatching(/not a listed PayFast address/) },
      },
    ]);
  });

  it("answers old news the same", async () => {
    said = () => ({ outcome: "old_news" });
    expect((await send(notice())).status).toBe(200);
    expect(site.logged).toMatchObject([{ outcome: "old_news" }]);
  });

  it.each<[Refusal, Record<string, unknown>]>([
    [{ refused: "unknown_payment", reference: REFERENCE }, {}],
    [{ refused: "unknown_board" }, {}],
    [{ refused: "provider_mismatch", expected: "ozow" }, {}],
    [
      { refused: "amount_mismatch", expected: cents(9), received: cents(8) },
      { expected_cents: 9, received_cents: 8 },
    ],
  ])("thanks the provider and alerts a person when the board says %j", async (refusal, more) => {
    said = () => refusal;

    expect((await send(notice())).status).toBe(200);
    expect(site.logged).toMatchObject([{ alert: true, outcome: "refused", reason: refusal.refused, ...more }]);
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
    expect([reported, asked]).toEqual([[], 0]);
    expect(site.logged).toMatchObject([{ event: "callback", outcome: "refused", reason, status }]);
    expect(site.logged[0]?.alert ?? false).toBe(alert);
  });

  it("changes nothing when PayFast denies having sent it", async () => {
    word = "INVALID";

    expect((await send(notice())).status).toBe(400);
    expect(reported).toEqual([]);
    expect(site.logged).toMatchObject([{ alert: true, reason: "not_confirmed" }]);
  });

  it("asks the provider to come again when the board cannot be reached", async () => {
    said = () => {
      throw Object.assign(new Error("overloaded"), { overloaded: true });
    };
    expect((await send(notice())).status).toBe(503);
    expect(site.logged.at(-1)).toMatchObject({ event: "callback", outcome: "unavailable", status: 503 });
  });

  it("answers 500 to our own mistakes, with an alert and without a word", async () => {
    said = () => {
      throw new Error("a bug");
    };
    const response = await send(notice());

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
    await send(notice());
    await send(FORGED);

    const log = JSON.stringify(site.logged);
    for (const secret of [PASSPHRASE, REFERENCE, "jose@example.com", "José", "signature="]) {
      expect(log).not.toContain(secret);
    }
  });
});
