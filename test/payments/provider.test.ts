import { expect, it } from "vitest";
import { PAYMENT_PROVIDERS } from "#domain/board/lifecycle";
import { answerTo, type CallbackRefusal } from "#payments/provider";
import { sameSecret } from "#platform/same-secret";
import { everyRow } from "../support/every-row.ts";

const ANSWERS: [CallbackRefusal, payfast: number, ozow: number, snapscan: number, alert: boolean][] = [
  [{ reason: "unsigned", detail: "" }, 400, 401, 401, false],
  [{ reason: "signature_mismatch" }, 400, 401, 401, false],
  [{ reason: "outside_time_window", detail: "301 s old" }, 400, 401, 401, false],
  [{ reason: "malformed", detail: "", signed: false }, 400, 400, 400, false],
  [{ reason: "malformed", detail: "", signed: true }, 400, 400, 400, true],
  [{ reason: "source_refused", sourceAddress: null }, 403, 403, 403, true],
  [{ reason: "foreign_merchant" }, 200, 200, 200, true],
  [{ reason: "not_confirmed" }, 400, 400, 400, true],
  [{ reason: "provider_unavailable", detail: "" }, 503, 503, 503, false],
  [{ reason: "irrelevant_event", event: "payout.complete" }, 200, 204, 200, false],
  [{ reason: "unusable_event", detail: "" }, 200, 200, 200, true],
];

it("every refusal of a callback has its status for each provider and its alert", async () => {
  await everyRow(ANSWERS, ([refusal, payfast, ozow, snapscan, alert]) => {
    const statuses = PAYMENT_PROVIDERS.map((provider) => answerTo(refusal, provider));

    expect(statuses).toEqual([payfast, ozow, snapscan].map((status) => ({ status, alert })));
  });
});

it("sameSecret is true for equal texts only", async () => {
  await everyRow(
    [
      ["abc", "abc", true],
      ["", "", true],
      ["abc", "abd", false],
      ["abc", "ABC", false],
      ["abc", "ab", false],
      ["", "a", false],
      ["é", "e", false],
    ],
    ([given, expected, same]) => {
      expect(sameSecret(given, expected)).toBe(same);
    },
  );
});
