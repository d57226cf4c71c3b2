import { expect, it } from "vitest";
import { CreateDreamBoard, problemsOfAnyGift } from "../../../src/http/partner-api/schemas/create-dream-board.ts";
import { createDreamBoardRules } from "../../../src/http/partner-api/schemas/create-dream-board-rules.ts";
import { karriBoard, NOW, philanthropyBoard, takealotBoard, withField } from "./bodies.ts";

const CAUSE_IDS = ["food-forward", "greenpop"];

/** The fields of a body that the schema or the rules refuse. */
function wrongFields(body: unknown): string[] {
  const errors = [CreateDreamBoard.safeParse(body).error, problemsOfAnyGift(body)];
  const issues = errors.flatMap((error) => error?.issues ?? []);
  const rules = createDreamBoardRules(body, NOW, CAUSE_IDS, null);
  return [...new Set([...issues.map(({ path }) => path.join(".")), ...rules.map(({ field }) => field)])].sort();
}

type Row = [field: string, value: unknown];

/** Each row with the fields that are refused when `body` has its value. */
const judged = (body: object, rows: readonly Row[]) =>
  rows.map(([field, value]) => [field, value, wrongFields(withField(body, field, value))]);

it("complete bodies of every kind of board are accepted", () => {
  const bodies = {
    takealot: takealotBoard,
    philanthropy: philanthropyBoard,
    karri: karriBoard,
    "unknown fields": { ...takealotBoard, favourite_colour: "green" },
    "philanthropy with an overflow cause, which it does not need": { ...takealotBoard, ...philanthropyBoard },
    "no message": withField(takealotBoard, "message", undefined),
    "a null message": withField(takealotBoard, "message", null),
    "a null card number": withField(takealotBoard, "karri_card_number", null),
    "a null cardholder": withField(philanthropyBoard, "karri_cardholder_name", null),
  };
  const refused = Object.entries(bodies).filter(([, body]) => wrongFields(body).length > 0);
  expect(refused).toEqual([]);
});

it("values at the edge of each rule are accepted", () => {
  const rows: Row[] = [
    ["child_name", "Zoë"],
    ["child_name", "Anne-Marie O'Neil"],
    ["child_name", "D’Angelo"],
    ["child_name", "李小龙"],
    ["child_name", "नेहा"],
    ["child_name", "Al"],
    ["child_name", "明"],
    ["child_name", "علی\u200cرضا"],
    ["child_name", "x".repeat(50)],
    ["child_name", "𠮷𠮷"],
    ["birthday_date", "2026-12-01"],
    ["birthday_date", "2027-03-01"],
    ["deadline", "2026-12-02T08:00:00Z"],
    ["deadline", "2026-12-02T07:55:00Z"],
    ["deadline", "2027-03-01T08:05:00Z"],
    ["deadline", "2026-12-20T23:59:59+02:00"],
    ["deadline", "2026-12-20T21:59:59.123Z"],
    ["goal_cents", 2_000],
    ["goal_cents", 2_147_483_647],
    ["goal_cents", 2.499e5],
    ["payout_email", "  Parent@Example.COM "],
    ["message", "x"],
    ["message", "🎂".repeat(280)],
    ["message", "two\nlines"],
    ["gift_data.product_name", "x"],
    ["gift_data.product_name", "x".repeat(200)],
    ["gift_data.product_url", "https://takealot.com/x"],
    ["gift_data.product_url", "https://shop.takealot.com:443/x"],
    ["gift_data.product_price", 1],
    ["overflow_gift_data.cause_name", "x"],
    ["overflow_gift_data.impact_description", "x".repeat(200)],
  ];
  expect(judged(takealotBoard, rows)).toEqual(rows.map(([field, value]) => [field, value, []]));
  const others: Row[] = [
    ["gift_data.cause_description", "x"],
    ["gift_data.cause_description", "x".repeat(1_000)],
    ["gift_data.amount_cents", 1],
  ];
  expect(judged(philanthropyBoard, others)).toEqual(others.map(([field, value]) => [field, value, []]));
  const cards: Row[] = [
    ["karri_card_number", "5".repeat(12)],
    ["karri_card_number", "5".repeat(19)],
    ["karri_cardholder_name", "x"],
    ["karri_cardholder_name", "𠮷".repeat(100)],
    ["karri_cardholder_name", ` ${"x".repeat(100)}\n`],
    ["karri_cardholder_name", "Mrs T. D'Angelo-Nkosi"],
  ];
  expect(judged(karriBoard, cards)).toEqual(cards.map(([field, value]) => [field, value, []]));
});

it("a wrong value is refused with the name of its field and no other", () => {
  const rows: Row[] = [
    ["child_name", undefined],
    ["child_name", null],
    ["child_name", 7],
    ["child_name", "  "],
    ["child_name", "\u3164\u115f"],
    ["child_name", "Ma\u3164ya"],
    ["child_name", "\u200cMaya"],
    ["child_name", "Ma\u200c ya"],
    ["child_name", "x".repeat(51)],
    ["child_name", "Maya2"],
    ["child_name", "Maya_M"],
    ["child_name", "<b>Maya</b>"],
    ["child_name", "--"],
    ["child_name", "Ma\u0000ya"],
    ["child_photo_url", undefined],
    ["child_photo_url", "maya.jpg"],
    ["child_photo_url", "http://images.example.com/maya.jpg"],
    ["child_photo_url", "https://user:pass@images.example.com/maya.jpg"],
    ["child_photo_url", "javascript:alert(1)"],
    ["child_photo_url", "data:image/png;base64,AAAA"],
    ["child_photo_url", `https://a.example/${"x".repeat(2_048)}`],
    ["birthday_date", "2026-11-30"],
    ["birthday_date", "2027-03-02"],
    ["birthday_date", "2026-02-30"],
    ["birthday_date", "31-12-2026"],
    ["birthday_date", "2026-12-31T00:00:00Z"],
    ["gift_type", undefined],
    ["gift_type", "voucher"],
    ["gift_type", ["takealot_product"]],
    ["gift_data", undefined],
    ["gift_data", "a bicycle"],
    ["gift_data.product_url", "http://www.takealot.com/x"],
    ["gift_data.product_url", "https://takealot.com.evil.example/x"],
    ["gift_data.product_url", "https://eviltakealot.com/x"],
    ["gift_data.product_url", "https://evil.example/www.takealot.com/PLID1"],
    ["gift_data.product_url", "https://me@www.takealot.com/x"],
    ["gift_data.product_url", "https://www.takealot.com:8443/x"],
    ["gift_data.product_url", "https://www.takealot.com./x"],
    ["gift_data.product_url", 5],
    ["gift_data.product_name", ""],
    ["gift_data.product_name", "   "],
    ["gift_data.product_name", "x".repeat(201)],
    ["gift_data.product_name", "\ud800"],
    ["gift_data.product_image", "ftp://media.takealot.com/x.jpg"],
    ["gift_data.product_price", 0],
    ["gift_data.product_price", 10.5],
    ["gift_data.product_price", "249900"],
    ["payout_method", undefined],
    ["payout_method", "philanthropy_donation"],
    ["payout_method", "bank_transfer"],
    ["overflow_gift_data", undefined],
    ["overflow_gift_data", null],
    ["overflow_gift_data.cause_id", "my-own-pocket"],
    ["overflow_gift_data.cause_name", undefined],
    ["overflow_gift_data.impact_description", ""],
    ["goal_cents", 1_999],
    ["goal_cents", 2_147_483_648],
    ["goal_cents", 2_000.5],
    ["goal_cents", "2000"],
    ["goal_cents", -5_000],
    ["goal_cents", -0],
    ["goal_cents", Number.POSITIVE_INFINITY],
    ["payout_email", "parent"],
    ["payout_email", "a@b"],
    ["payout_email", `${"x".repeat(250)}@example.com`],
    ["message", ""],
    ["message", "x".repeat(281)],
    ["message", "nul\u0000byte"],
    ["deadline", "2026-12-02T07:54:59Z"],
    ["deadline", "2027-03-01T08:05:01Z"],
    ["deadline", "2026-11-01T00:00:00Z"],
    ["deadline", "9999-12-31T23:59:59Z"],
    ["deadline", "-000001-01-01T00:00:00Z"],
    ["deadline", "2027-02-30T00:00:00Z"],
    ["deadline", "2026-12-31T23:59:60Z"],
    ["deadline", "2026-12-31T12:00:00+99:99"],
    ["deadline", "2026-12-20T21:59:59"],
    ["deadline", "2026-12-20"],
    ["deadline", 1_797_000_000],
    ["karri_card_number", "5234000000000000"], // this board pays out a gift card
    ["karri_cardholder_name", "Lindiwe Mokoena"],
  ];
  expect(judged(takealotBoard, rows)).toEqual(rows.map(([field, value]) => [field, value, [field]]));
});

it("a Karri board needs a card number of 12 to 19 digits and a cardholder's name of one line", () => {
  const numbers = [undefined, null, "52340000000", "5".repeat(20), "5234x00000000000", 5_234_000_000_000_000];
  const names = [
    undefined,
    null,
    "",
    " \n ",
    "x".repeat(101),
    "Lindiwe\nMokoena",
    "a\tb",
    "nul\u0000",
    "Maya\ud83d",
    7,
  ];
  const rows = [
    ...numbers.map((value): Row => ["karri_card_number", value]),
    ...names.map((value): Row => ["karri_cardholder_name", value]),
  ];
  expect(judged(karriBoard, rows)).toEqual(rows.map(([field, value]) => [field, value, [field]]));
});

it("a philanthropy board needs a listed cause and an amount, and cannot use a Takealot payout method", () => {
  const rows: Row[] = [
    ["gift_data.cause_id", "unknown-cause"],
    ["gift_data.amount_cents", 0],
    ["gift_data.amount_cents", undefined],
    ["gift_data.cause_image", "http://images.example.com/x.jpg"],
    ["gift_data.cause_description", "x".repeat(1_001)],
    ["payout_method", "takealot_gift_card"],
    ["payout_method", "karri_card_topup"],
    ["karri_card_number", "5234000000000000"],
    ["karri_cardholder_name", "Lindiwe Mokoena"],
  ];
  expect(judged(philanthropyBoard, rows)).toEqual(rows.map(([field, value]) => [field, value, [field]]));
});

it("unusual text in any field is accepted or refused with the name of that field", () => {
  const texts = [
    "Maya\u0000",
    "Maya\ud83d",
    "Maya\r\nBcc: everyone@example.com",
    "\u001b[31mMaya",
    "\u202eayaM",
    "'; DROP TABLE dream_boards; --",
    "<script>alert(1)</script>",
    "👨‍👩‍👧‍👦",
    "x".repeat(30_000),
    " \t\n ",
    "__proto__",
  ];
  const fields = [
    "child_name",
    "message",
    "payout_email",
    "birthday_date",
    "deadline",
    "gift_type",
    "payout_method",
    "gift_data.product_url",
    "gift_data.product_name",
  ];
  const rows = fields.flatMap((field) => texts.map((text): Row => [field, text]));
  const others = judged(takealotBoard, rows).filter(([field, , wrong]) =>
    (wrong as string[]).some((it) => it !== field),
  );
  expect(others).toEqual([]);
  const accepted = judged(takealotBoard, rows).filter(([, , wrong]) => (wrong as string[]).length === 0);
  expect(new Set(accepted.map(([field]) => field))).toEqual(new Set(["message", "gift_data.product_name"]));
});

it("a body that is not an object is refused by the schema and ignored by the rules", () => {
  for (const body of [null, [], "a board", 7, true]) {
    expect(CreateDreamBoard.safeParse(body).success).toBe(false);
    expect(createDreamBoardRules(body, NOW, CAUSE_IDS, null)).toEqual([]);
  }
});

it("an almost empty body is refused with every missing field at once", () => {
  expect(wrongFields({ gift_type: "takealot_product", payout_method: "karri_card_topup", birthday_date: "x" })).toEqual(
    [
      "birthday_date",
      "child_name",
      "child_photo_url",
      "deadline",
      "gift_data",
      "goal_cents",
      "karri_card_number",
      "karri_cardholder_name",
      "overflow_gift_data",
      "payout_email",
    ],
  );
});

it("the product id is read from the path of a Takealot URL", () => {
  const idOf = (url: string) => {
    const body = CreateDreamBoard.parse(withField(takealotBoard, "gift_data.product_url", url));
    return body.gift_type === "takealot_product" ? body.gift_data.product_url.productId : undefined;
  };

  expect(idOf("https://www.takealot.com/lego/PLID90000001?x=PLID5")).toBe("PLID90000001");
  expect(idOf("https://www.takealot.com/lego/plid90000001")).toBe("PLID90000001");
  expect(idOf("https://www.takealot.com/lego?sku=PLID5")).toBeNull();
});

it("the refusal of a Karri field says whether it is missing or does not belong", () => {
  const reasonsOf = (body: unknown) =>
    CreateDreamBoard.safeParse(body).error?.issues.map(({ path, message }) => [path.join("."), message]);
  const { karri_card_number: number, karri_cardholder_name: name, ...bare } = karriBoard;

  expect(reasonsOf(bare)).toEqual([
    ["karri_card_number", "is required for karri_card_topup"],
    ["karri_cardholder_name", "is required for karri_card_topup"],
  ]);
  for (const board of [takealotBoard, philanthropyBoard]) {
    expect(reasonsOf({ ...board, karri_card_number: number, karri_cardholder_name: name })).toEqual([
      ["karri_card_number", "goes with karri_card_topup only"],
      ["karri_cardholder_name", "goes with karri_card_topup only"],
    ]);
  }
});

it("names are normalised to NFC, e-mail addresses to lower case and card numbers to digits", () => {
  const given = {
    child_name: " Zoe\u0308 ",
    payout_email: " Parent@Example.com",
    karri_cardholder_name: " Lindiwe M ",
  };
  const body = { ...karriBoard, ...given };
  expect(CreateDreamBoard.parse(body)).toMatchObject({
    child_name: "Zoë",
    payout_email: "parent@example.com",
    karri_card_number: "5234000000000007",
    karri_cardholder_name: "Lindiwe M",
  });
});

it.each([
  ["O‘Neil", "O’Neil"],
  ["Oʼneil", "O’neil"],
  ["Anne\u2010Marie", "Anne-Marie"],
  ["Anne\u00a0Marie", "Anne Marie"],
  ["Anne  Marie", "Anne Marie"],
])("the child's name %j is stored as %j, one spelling of the same marks", (given, stored) => {
  expect(CreateDreamBoard.parse({ ...takealotBoard, child_name: given })).toMatchObject({ child_name: stored });
});

it("birthdays are compared with the date in South Africa", () => {
  // 23:00 UTC on 30 November is 01:00 on 1 December in Johannesburg.
  const now = new Date("2026-11-30T23:00:00Z");
  const fields = (birthday_date: string) => createDreamBoardRules({ birthday_date }, now, CAUSE_IDS, null);

  expect(fields("2026-11-30")).toEqual([{ field: "birthday_date", reason: "must be from 2026-12-01 to 2027-03-01" }]);
  expect(fields("2026-12-01")).toEqual([]);
});

it("only pictures of the local platform's own origin may use http", () => {
  const localOrigin = "http://127.0.0.1:8787";
  const photo = (child_photo_url: string) => createDreamBoardRules({ child_photo_url }, NOW, CAUSE_IDS, localOrigin);

  expect(photo("http://127.0.0.1:8787/images/maya.jpg")).toEqual([]);
  expect(photo("http://127.0.0.1:9999/images/maya.jpg")).toHaveLength(1);
  expect(createDreamBoardRules({ child_photo_url: "http://127.0.0.1:8787/x.jpg" }, NOW, CAUSE_IDS, null)).toHaveLength(
    1,
  );
});
