import { describe, expect, it } from "vitest";
import { CreateDreamBoard } from "../../../src/http/partner-api/schemas/create-dream-board.ts";
import { createDreamBoardRules } from "../../../src/http/partner-api/schemas/create-dream-board-rules.ts";
import { NOW, philanthropyBoard, takealotBoard, withField } from "./bodies.ts";

/** The fields that are wrong with a body, by schema and by rules. */
function wrongFields(body: unknown, { now = NOW, localOrigin = null as string | null } = {}): string[] {
  const issues = CreateDreamBoard.safeParse(body).error?.issues ?? [];
  const rules = createDreamBoardRules(body, now, localOrigin);
  return [...new Set([...issues.map(({ path }) => path.join(".")), ...rules.map(({ field }) => field)])].sort();
}

const withKarri = { ...takealotBoard, payout_method: "karri_card_topup", karri_card_number: "5234 0000-0000 0000" };

describe("CreateDreamBoard", () => {
  it.each<[string, unknown]>([
    ["a Takealot board", takealotBoard],
    ["a philanthropy board", philanthropyBoard],
    ["a Karri board", withKarri],
    ["fields nobody knows", { ...takealotBoard, favourite_colour: "green" }],
    [
      "a philanthropy board with an overflow charity, which it does not need",
      { ...takealotBoard, ...philanthropyBoard },
    ],
    ["no message", withField(takealotBoard, "message", undefined)],
    ["a null message", withField(takealotBoard, "message", null)],
    ["a null card number", withField(takealotBoard, "karri_card_number", null)],
  ])("accepts %s", (_, body) => {
    expect(wrongFields(body)).toEqual([]);
  });

  it.each<[field: string, value: unknown]>([
    ["child_name", "Zoë"],
    ["child_name", "Anne-Marie O'Neil"],
    ["child_name", "D’Angelo"],
    ["child_name", "李小龙"],
    ["child_name", "नेहा"],
    ["child_name", "x".repeat(50)],
    ["child_name", "𠮷𠮷"],
    ["birthday_date", "2026-12-01"],
    ["birthday_date", "2027-03-01"],
    ["deadline", "2026-12-02T08:00:00Z"],
    ["deadline", "2026-12-02T07:59:00Z"],
    ["deadline", "2027-03-01T08:00:00Z"],
    ["deadline", "2026-12-20T23:59:59+02:00"],
    ["deadline", "2026-12-20T21:59:59.123Z"],
    ["goal_cents", 2_000],
    ["goal_cents", 2_147_483_647],
    ["payout_email", "  Parent@Example.COM "],
    ["message", "🎂".repeat(280)],
    ["message", "two\nlines"],
    ["gift_data.product_url", "https://takealot.com/x"],
    ["gift_data.product_url", "https://shop.takealot.com:443/x"],
    ["gift_data.product_price", 1],
  ])("accepts %s = %j", (field, value) => {
    expect(wrongFields(withField(takealotBoard, field, value))).toEqual([]);
  });

  it.each<[field: string, value: unknown, why?: string]>([
    ["child_name", undefined],
    ["child_name", null],
    ["child_name", 7],
    ["child_name", "M"],
    ["child_name", " M "],
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
    ["birthday_date", "2026-11-30", "yesterday"],
    ["birthday_date", "2027-03-02", "91 days ahead"],
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
    ["goal_cents", 1e21],
    ["payout_email", "parent"],
    ["payout_email", "a@b"],
    ["payout_email", `${"x".repeat(250)}@example.com`],
    ["message", ""],
    ["message", "x".repeat(281)],
    ["message", "nul\u0000byte"],
    ["deadline", "2026-12-02T07:54:00Z", "under a day ahead"],
    ["deadline", "2027-03-01T08:06:00Z", "over 90 days ahead"],
    ["deadline", "2026-11-01T00:00:00Z", "past"],
    ["deadline", "2026-12-20"],
    ["deadline", "2026-12-20T21:59:59"],
    ["deadline", 1_797_000_000],
    ["karri_card_number", "5234000000000000", "not a Karri board"],
  ])("refuses %s = %j", (field, value) => {
    expect(wrongFields(withField(takealotBoard, field, value))).toEqual([field]);
  });

  it.each<[string, unknown]>([
    ["none", undefined],
    ["null", null],
    ["11 digits", "52340000000"],
    ["20 digits", "5".repeat(20)],
    ["letters", "5234x00000000000"],
    ["a number", 5_234_000_000_000_000],
  ])("refuses a Karri board whose card number is %s", (_, number) => {
    expect(wrongFields(withField(withKarri, "karri_card_number", number))).toEqual(["karri_card_number"]);
  });

  it.each<[field: string, value: unknown]>([
    ["gift_data.cause_id", "unknown-cause"],
    ["gift_data.amount_cents", 0],
    ["gift_data.amount_cents", undefined],
    ["gift_data.cause_image", "http://images.example.com/x.jpg"],
    ["payout_method", "takealot_gift_card"],
    ["karri_card_number", "5234000000000000"],
  ])("refuses a philanthropy board with %s = %j", (field, value) => {
    expect(wrongFields(withField(philanthropyBoard, field, value))).toEqual([field]);
  });

  it.each([null, [], "a board", 7, true])("refuses %j, which is no object", (body) => {
    expect(CreateDreamBoard.safeParse(body).success).toBe(false);
    expect(createDreamBoardRules(body, NOW, null)).toEqual([]);
  });

  it("names every wrong field at once", () => {
    expect(
      wrongFields({ gift_type: "takealot_product", payout_method: "karri_card_topup", birthday_date: "x" }),
    ).toEqual([
      ...["birthday_date", "child_name", "child_photo_url", "deadline", "gift_data", "goal_cents"],
      ...["karri_card_number", "overflow_gift_data", "payout_email"],
    ]);
  });

  it("takes the product's id from its address", () => {
    const idOf = (url: string) => {
      const body = CreateDreamBoard.parse(withField(takealotBoard, "gift_data.product_url", url));
      return body.gift_type === "takealot_product" ? body.gift_data.product_url.productId : undefined;
    };

    expect(idOf("https://www.takealot.com/lego/PLID90000001?x=PLID5")).toBe("PLID90000001");
    expect(idOf("https://www.takealot.com/lego/plid90000001")).toBe("PLID90000001");
    expect(idOf("https://www.takealot.com/lego?sku=PLID5")).toBeNull();
  });

  it("keeps names composed, addresses in lower case and card numbers as digits", () => {
    const body = { ...withKarri, child_name: " Zoe\u0308 ", payout_email: " Parent@Example.com" };
    expect(CreateDreamBoard.parse(body)).toMatchObject({
      ...{ child_name: "Zoë", payout_email: "parent@example.com", karri_card_number: "5234000000000000" },
    });
  });
});

describe("createDreamBoardRules", () => {
  it("counts birthdays by the South African calendar", () => {
    // 23:00 UTC on 30 November is 01:00 on 1 December in Johannesburg.
    const now = new Date("2026-11-30T23:00:00Z");
    const fields = (birthday_date: string) => createDreamBoardRules({ birthday_date }, now, null);

    expect(fields("2026-11-30")).toEqual([{ field: "birthday_date", reason: "must be from 2026-12-01 to 2027-03-01" }]);
    expect(fields("2026-12-01")).toEqual([]);
  });

  it("accepts the local platform's own pictures over http, and nobody else's", () => {
    const localOrigin = "http://127.0.0.1:8787";
    const photo = (child_photo_url: string) => createDreamBoardRules({ child_photo_url }, NOW, localOrigin);

    expect(photo("http://127.0.0.1:8787/images/maya.jpg")).toEqual([]);
    expect(photo("http://127.0.0.1:9999/images/maya.jpg")).toHaveLength(1);
    expect(createDreamBoardRules({ child_photo_url: "http://127.0.0.1:8787/x.jpg" }, NOW, null)).toHaveLength(1);
  });
});
