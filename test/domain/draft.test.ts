import fc from "fast-check";
import { expect, it } from "vitest";
import { FIRST_CAUSES } from "#domain/causes";
import {
  type ChildTyped,
  type DetailsTyped,
  type Draft,
  type GiftTyped,
  judgeChild,
  judgeDetails,
  judgeGift,
  type LastDayChoice,
  lastDayChoices,
  lastDayOf,
  readDraft,
  STEPS,
  stepBefore,
  usualLastDay,
} from "#domain/draft";
import { fuzzRuns } from "../support/fuzz-runs.ts";

/** 10:00 on 1 December in South Africa. */
const NOW = new Date("2026-12-01T08:00:00Z");
const AT = { now: NOW, causes: FIRST_CAUSES };

const CHILD: ChildTyped = { child_name: "Maya", birthday_date: "2026-12-20", photo: "/pictures/x/640.webp" };
const GIFT: GiftTyped = {
  gift_type: "takealot_product",
  product_url: "https://www.takealot.com/lego/PLID90000001",
  product_name: "LEGO Friends Treehouse",
  product_price: "2,499.00",
  product_image: "",
  overflow_cause_id: "food-forward",
  cause_id: "",
  impact: "",
};
const GIVING: GiftTyped = { ...GIFT, gift_type: "philanthropy", cause_id: "greenpop", impact: "50000" };
const DETAILS: DetailsTyped = {
  payout_email: "parent@example.co.za",
  payout_method: "takealot_gift_card",
  card: null,
  message: "",
  deadline: "2026-12-20",
};
const WHOLE: Draft = { child: CHILD, gift: GIFT, details: DETAILS };

const wrong = (judged: { ok: boolean; errors?: object }) => Object.keys(judged.errors ?? {});

it("a child's name of any script is taken, and what is no name is refused by its field", () => {
  const rows: [name: string, stored: string | null][] = [
    ["Zoë", "Zoë"],
    [" O`Brien-Ndlovu ", "O’Brien-Ndlovu"],
    ["O'Brien-Ndlovu", "O'Brien-Ndlovu"],
    ["Anne  Marie", "Anne Marie"],
    ["مريم", "مريم"],
    ["李", "李"],
    ["Al", "Al"],
    ["x".repeat(50), "x".repeat(50)],
    ["", null],
    ["   ", null],
    ["A", null],
    ["x".repeat(51), null],
    ["Maya 🎂", null],
    ["Maya2", null],
    ["<b>Maya</b>", null],
    ["\u202eayaM", null],
    ["--", null],
  ];
  const found = rows.map(([name]) => {
    const judged = judgeChild({ ...CHILD, child_name: name }, AT);
    if (!judged.ok) expect(wrong(judged)).toEqual(["child_name"]);
    return [name, judged.ok ? judged.value.name : null];
  });
  expect(found).toEqual(rows);
});

it("a birthday lies from today to 90 days ahead, by the day in South Africa", () => {
  const rows: [birthday: string, isRight: boolean][] = [
    ["2026-11-30", false],
    ["2026-12-01", true],
    ["2027-03-01", true],
    ["2027-03-02", false],
    ["2026-02-30", false],
    ["20 December", false],
    ["", false],
  ];
  expect(rows.map(([birthday_date]) => [birthday_date, judgeChild({ ...CHILD, birthday_date }, AT).ok])).toEqual(rows);
  const justAfterMidnight = { now: new Date("2026-11-30T22:30:00Z") };
  expect(judgeChild({ ...CHILD, birthday_date: "2026-11-30" }, justAfterMidnight).ok).toBe(false);
});

it("a gift names each field that is wrong", () => {
  const rows: [change: Partial<GiftTyped>, fields: string[]][] = [
    [{}, []],
    [{ product_url: "" }, []],
    [{ product_price: "20" }, []],
    [{ product_price: "19.99" }, ["product_price"]],
    [{ product_price: "21474836.48" }, ["product_price"]],
    [{ product_price: "lots" }, ["product_price"]],
    [{ product_price: "" }, ["product_price"]],
    [{ product_name: " " }, ["product_name"]],
    [{ product_name: "x".repeat(201) }, ["product_name"]],
    [{ product_name: "nul\u0000" }, ["product_name"]],
    [{ product_url: "https://takealot.com.evil.example/PLID1" }, ["product_url"]],
    [{ overflow_cause_id: "my-own-pocket" }, ["overflow_cause_id"]],
    [{ product_name: "", product_price: "" }, ["product_name", "product_price"]],
    [{ gift_type: "voucher" }, ["gift_type"]],
    [GIVING, []],
    [{ ...GIVING, cause_id: "" }, ["cause_id"]],
    [{ ...GIVING, impact: "25000" }, ["impact"]],
  ];
  const found = rows.map(([change]) => [change, wrong(judgeGift({ ...GIFT, ...change }, AT))]);
  expect(found).toEqual(rows);
});

it("the details name each field that is wrong, and the last day means its end in South Africa", () => {
  const rows: [change: Partial<DetailsTyped>, typedCard: string, fields: string[]][] = [
    [{}, "", []],
    [{ deadline: "2026-12-02" }, "", []],
    [{ deadline: "2027-03-01" }, "", []],
    [{ deadline: "2026-12-01" }, "", ["deadline"]],
    [{ deadline: "2027-03-02" }, "", ["deadline"]],
    [{ deadline: "" }, "", ["deadline"]],
    [{ payout_email: " Parent@Example.CO.ZA " }, "", []],
    [{ payout_email: "parent" }, "", ["payout_email"]],
    [{ payout_email: "" }, "", ["payout_email"]],
    [{ payout_method: "philanthropy_donation" }, "", ["payout_method"]],
    [{ payout_method: "karri_card_topup" }, "", ["karri_card_number"]],
    [{ payout_method: "karri_card_topup", card: { sealed: "x", last4: "0007" } }, "", []],
    [{ payout_method: "karri_card_topup", card: { sealed: "x", last4: "0007" } }, "5234", ["karri_card_number"]],
    [{ message: "🎂".repeat(280) }, "", []],
    [{ message: "🎂".repeat(281) }, "", ["message"]],
  ];
  const found = rows.map(([change, typedCard]) => {
    const judged = judgeDetails({ ...DETAILS, ...change }, "takealot_product", AT, typedCard);
    return [change, typedCard, wrong(judged)];
  });
  expect(found).toEqual(rows);
  expect(judgeDetails(DETAILS, "takealot_product", AT)).toMatchObject({
    value: { deadline: new Date("2026-12-20T21:59:59Z") },
  });
  expect(judgeDetails({ ...DETAILS, payout_method: "" }, "philanthropy", AT)).toMatchObject({
    value: { payoutMethod: "philanthropy_donation" },
  });
});

it("the last day is the birthday unless another is chosen, and tomorrow when the birthday is today", () => {
  const rows = [
    ["2026-12-20", "2026-12-20"],
    ["2026-12-01", "2026-12-02"],
    ["2027-03-01", "2027-03-01"],
  ] as const;
  expect(rows.map(([birthday]) => [birthday, usualLastDay(birthday, NOW)])).toEqual(rows);
});

it("the first incomplete step is found again when time has passed", () => {
  expect(readDraft(WHOLE, AT)).not.toHaveProperty("incomplete");
  expect(readDraft(WHOLE, { ...AT, now: new Date("2026-12-25T08:00:00Z") })).toEqual({ incomplete: "child" });
  expect(readDraft(WHOLE, { ...AT, causes: [] })).toEqual({ incomplete: "gift" });
});

it("a draft with any of its steps leads to a step that may be shown, and no complete step stands in the way", () => {
  const part = <Value>(value: Value) => fc.option(fc.constant(value), { nil: undefined });
  const drafts = fc.record({
    child: part(CHILD),
    gift: fc.oneof(part(GIFT), part(GIVING), part({ ...GIFT, product_price: "1" })),
    details: part(DETAILS),
  });
  fc.assert(
    fc.property(drafts, fc.constantFrom(...STEPS), (parts, step) => {
      const draft = JSON.parse(JSON.stringify(parts)) as Draft;
      const before = stepBefore(step, draft, AT);
      if (before === null) return;
      expect(STEPS.indexOf(before)).toBeLessThan(STEPS.indexOf(step));
      expect(stepBefore(before, draft, AT)).toBeNull();
    }),
    { numRuns: fuzzRuns(100) },
  );
});

it("whatever is typed is judged without an exception, and what is right fits the board", () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("2026-12-20", "takealot_product", "R 20"),
  );
  const gift = fc.record({
    gift_type: fc.constantFrom("takealot_product", "philanthropy", ""),
    product_url: text,
    product_name: text,
    product_price: text,
    product_image: fc.constant(""),
    overflow_cause_id: fc.constantFrom("greenpop", ""),
    cause_id: fc.constantFrom("greenpop", ""),
    impact: fc.constantFrom("15000", "1"),
  });
  fc.assert(
    fc.property(gift, text, text, (typed, name, day) => {
      const judged = judgeGift(typed, AT);
      if (judged.ok && judged.value.type === "takealot_product") {
        expect(judged.value.price).toBeGreaterThanOrEqual(2_000);
        expect(judged.value.price).toBeLessThanOrEqual(2_147_483_647);
      }
      judgeChild({ child_name: name, birthday_date: day, photo: "" }, AT);
      judgeDetails({ ...DETAILS, message: name, deadline: day, payout_email: name }, "takealot_product", AT, day);
    }),
    { numRuns: fuzzRuns(100) },
  );
});

it("days to take as the last one by a tap: the birthday, the day before, and 1 week, 2 weeks and 1 month from now", () => {
  const rows: [birthday: string, now: string, days: [LastDayChoice["what"], string][]][] = [
    [
      "2026-12-20",
      "2026-12-01T08:00:00Z",
      [
        ["birthday", "2026-12-20"],
        ["day_before", "2026-12-19"],
        ["week", "2026-12-08"],
        ["two_weeks", "2026-12-15"],
        ["month", "2027-01-01"],
      ],
    ],
    // A birthday in a week is named once; the day before one of tomorrow is today, which cannot be chosen.
    [
      "2026-12-08",
      "2026-12-01T08:00:00Z",
      [
        ["birthday", "2026-12-08"],
        ["day_before", "2026-12-07"],
        ["two_weeks", "2026-12-15"],
        ["month", "2027-01-01"],
      ],
    ],
    [
      "2027-02-01",
      "2027-01-31T08:00:00Z",
      [
        ["birthday", "2027-02-01"],
        ["week", "2027-02-07"],
        ["two_weeks", "2027-02-14"],
        ["month", "2027-02-28"],
      ],
    ],
    // Just after midnight in South Africa.
    [
      "2026-12-01",
      "2026-11-30T22:30:00Z",
      [
        ["week", "2026-12-08"],
        ["two_weeks", "2026-12-15"],
        ["month", "2027-01-01"],
      ],
    ],
  ];
  const found = rows.map(([birthday, now]) => [
    birthday,
    now,
    lastDayChoices(birthday, new Date(now)).map(({ what, day }) => [what, day]),
  ]);
  expect(found).toEqual(rows);
});

it("a last day that was typed counts before one that was tapped, and one that was tapped before the day shown", () => {
  const [shown, tapped, other] = ["2026-12-20", "2026-12-08", "2026-12-11"];
  const rows: [typed: string, chosen: string, lastDay: string][] = [
    [other, "", other],
    [shown, "", shown],
    [shown, shown, shown],
    [shown, tapped, tapped],
    [other, shown, other],
    [other, tapped, other],
    ["", tapped, tapped],
    ["", "", ""],
  ];
  expect(rows.map(([typed, chosen]) => [typed, chosen, lastDayOf({ typed, chosen, shown })])).toEqual(rows);
});
