import { expect, it } from "vitest";
import { payoutExecutors } from "#payouts/configure";
import { payoutReference } from "#payouts/payout-reference";
import { verifyKarriCard } from "#payouts/verify-karri-card";
import { settingsOf } from "#platform/settings";
import { everyRow } from "../support/every-row.ts";
import { type Answer, CARD_NUMBER, farSide, PAYOUT_ID, PAYOUTS } from "./far-side.ts";

const ENVIRONMENT = {
  ENVIRONMENT: "production",
  PUBLIC_ORIGIN: "https://chipin.example",
  DATABASE_URL: "postgres://user:password@host/name",
  RESEND_API_KEY: "re_123",
  CARD_DATA_ENCRYPTION_KEY: `k1:${Buffer.alloc(32, 1).toString("base64")}`,
  API_KEY_PEPPER: "a pepper of some length, 1",
  INTERNAL_JOB_SECRET: "a secret of some length, 2",
  SESSION_SECRET: "a session secret for tests, 3",
  RECEIPT_SIGNING_KEYS: `r1:${Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString("base64")}`,
};
const ACCOUNTS = {
  TAKEALOT_GIFTCARD_API_URL: "https://takealot.example/v1/",
  TAKEALOT_GIFTCARD_API_KEY: "a Takealot key",
  KARRI_BASE_URL: "https://karri.example",
  KARRI_API_KEY: "a Karri key",
  GIVENGAIN_API_URL: "https://givengain.example",
  GIVENGAIN_API_KEY: "a GivenGain key",
};

const settings = (variables: Record<string, string> = {}) => settingsOf({ ...ENVIRONMENT, ...variables });

it("a payout is automated only where its setting says so, with the address and key of its counterparty", async () => {
  const rows = [
    [
      "TAKEALOT_GIFTCARD_AUTOMATION_ENABLED",
      "takealot_gift_card",
      "POST https://takealot.example/v1/gift-cards",
      "a Takealot key",
    ],
    ["KARRI_AUTOMATION_ENABLED", "karri_card_topup", "POST https://karri.example/top-ups", "a Karri key"],
    [
      "GIVENGAIN_AUTOMATION_ENABLED",
      "philanthropy_donation",
      "POST https://givengain.example/donations",
      "a GivenGain key",
    ],
  ] as const;
  expect([...payoutExecutors(settings(ACCOUNTS)).keys()]).toEqual([]);
  await everyRow(rows, async ([enabled, type, line, key]) => {
    const far = farSide({ json: { status: "pending" } });
    const executors = payoutExecutors(settings({ ...ACCOUNTS, [enabled]: "true" }), far);

    expect([...executors.keys()]).toEqual([type]);
    await executors.get(type)?.execute(PAYOUTS[type]);
    expect(far.requests.map((request) => [request.line, request.headers.get("authorization")])).toEqual([
      [line, `Bearer ${key}`],
    ]);
  });
});

it("an automation without its address or key, and an address without https, is refused by name", async () => {
  const rows: [variables: Record<string, string>, refusal: string | null][] = [
    [
      { TAKEALOT_GIFTCARD_AUTOMATION_ENABLED: "true" },
      "TAKEALOT_GIFTCARD_API_URL: needed beside TAKEALOT_GIFTCARD_AUTOMATION_ENABLED",
    ],
    [
      { ...ACCOUNTS, TAKEALOT_GIFTCARD_API_KEY: "", TAKEALOT_GIFTCARD_AUTOMATION_ENABLED: "true" },
      "TAKEALOT_GIFTCARD_API_KEY: needed beside",
    ],
    [{ KARRI_AUTOMATION_ENABLED: "true", KARRI_BASE_URL: "https://karri.example" }, "KARRI_API_KEY: needed beside"],
    [{ GIVENGAIN_AUTOMATION_ENABLED: "true", GIVENGAIN_API_KEY: "key" }, "GIVENGAIN_API_URL: needed beside"],
    [{ ENVIRONMENT: "development", GIVENGAIN_AUTOMATION_ENABLED: "true" }, "GIVENGAIN_API_URL: needed beside"],
    [{ KARRI_AUTOMATION_ENABLED: "yes" }, "KARRI_AUTOMATION_ENABLED"],
    [{ KARRI_API_KEY: "key" }, "KARRI_BASE_URL: needed beside KARRI_API_KEY"],
    [{ ENVIRONMENT: "development", KARRI_API_KEY: "key" }, null],
    [{ KARRI_BASE_URL: "http://karri.example" }, "KARRI_BASE_URL: must begin with https://"],
    [{ TAKEALOT_GIFTCARD_API_URL: "http://t.example" }, "TAKEALOT_GIFTCARD_API_URL: must begin with https://"],
    [{ GIVENGAIN_API_URL: "http://g.example" }, "GIVENGAIN_API_URL: must begin with https://"],
    [{ GIVENGAIN_API_URL: "http://127.0.0.1:8788", ENVIRONMENT: "development" }, null],
    [{ ...ACCOUNTS, KARRI_AUTOMATION_ENABLED: "true" }, null],
  ];
  await everyRow(rows, ([variables, refusal]) => {
    if (refusal === null) expect(() => settings(variables)).not.toThrow();
    else expect(() => settings(variables)).toThrow(refusal);
  });
});

it("the first attempt is known by the payout's public id, and later ones by it and their number", () => {
  const first = payoutReference(PAYOUT_ID, 1);
  expect(first).toMatch(/^po_[0-9a-z]{26}$/);
  expect([2, 13].map((attempt) => payoutReference(PAYOUT_ID, attempt))).toEqual([`${first}-2`, `${first}-13`]);
  for (const attempt of [0, -1, 1.5, Number.NaN]) expect(() => payoutReference(PAYOUT_ID, attempt)).toThrow(RangeError);
});

it("Karri's answer about a card has one result, and the number is in the body only", async () => {
  const rows: [answer: Answer, result: object][] = [
    [{ json: { valid: true, cardholderFirstName: " Thandi " } }, { result: "valid", cardholderFirstName: "Thandi" }],
    [{ json: { valid: true } }, { result: "valid", cardholderFirstName: null }],
    [{ json: { valid: true, cardholderFirstName: "x".repeat(101) } }, { result: "valid", cardholderFirstName: null }],
    [{ json: { valid: true, cardholderFirstName: "a\nb" } }, { result: "valid", cardholderFirstName: null }],
    [{ json: { valid: false, errorCode: "CARD_BLOCKED" } }, { result: "invalid", errorCode: "card_blocked" }],
    [{ json: { valid: false, errorCode: CARD_NUMBER } }, { result: "invalid", errorCode: null }],
    [{ json: { valid: "yes" } }, { result: "unreachable", reason: "unreadable_answer" }],
    [{ text: "valid" }, { result: "unreachable", reason: "unreadable_answer" }],
    [
      { status: 400, json: { valid: false } },
      { result: "unreachable", reason: "answered_400" },
    ],
    [{ status: 401 }, { result: "unreachable", reason: "answered_401" }],
    [{ status: 503 }, { result: "unreachable", reason: "answered_503" }],
    ["lost", { result: "unreachable", reason: "no_answer" }],
  ];
  await everyRow(rows, async ([answer, result]) => {
    const far = farSide(answer);
    expect(await verifyKarriCard({ settings: settings(ACCOUNTS) }, CARD_NUMBER, far)).toEqual(result);
    expect(far.requests.map(({ line, body }) => [line, body])).toEqual([
      ["POST https://karri.example/cards/verify", { cardNumber: CARD_NUMBER }],
    ]);
  });
});

it("a card is not verified without an account at Karri", async () => {
  const far = farSide();
  expect(await verifyKarriCard({ settings: settings() }, CARD_NUMBER, far)).toEqual({ result: "not_configured" });
  expect(far.requests).toEqual([]);
});
