import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { amountCovering, MAX_CONTRIBUTION_CENTS, MIN_CONTRIBUTION_CENTS, netOf, platformFee } from "#domain/fees";
import { cents, formatRand, parseRand } from "#domain/money";

describe("platformFee", () => {
  it.each([
    [2_000, 300, 1_700],
    [5_000, 300, 4_700],
    [10_000, 300, 9_700],
    [10_017, 301, 9_716],
    [20_000, 600, 19_400],
    [50_000, 1_500, 48_500],
    [1_000_000, 30_000, 970_000],
  ])("the fee of %i cents is %i and leaves a net of %i", (amount, fee, net) => {
    expect(platformFee(cents(amount))).toBe(fee);
    expect(netOf(cents(amount))).toBe(net);
  });

  it("platformFee is R500 for an amount far above the maximum contribution", () => {
    expect(platformFee(cents(5_000_000))).toBe(50_000);
  });

  it("platformFee equals the integer form of the rule for every possible contribution", () => {
    for (let amount = 2_000; amount <= 1_000_000; amount += 1) {
      const rule = Math.min(Math.max(Math.floor((3 * amount + 50) / 100), 300), 50_000);
      if (platformFee(cents(amount)) !== rule) expect.fail(`fee of ${amount}`);
    }
  });
});

describe("amountCovering", () => {
  it.each([
    [20_000, 20_619],
    [10_000, 10_309],
    [5_000, 5_300],
    [50_000, 51_546],
    [249_900, 257_629],
    [970_000, 1_000_000],
  ])("the amount that covers a gift of %i cents and its fee is %i", (gift, amount) => {
    expect(amountCovering(cents(gift))).toBe(amount);
  });

  it("amountCovering is the smallest amount that leaves the gift after the fee, from R20 to R9,700", () => {
    for (let gift = 2_000; gift <= 970_000; gift += 1) {
      const amount = amountCovering(cents(gift));
      if (netOf(amount) !== gift || netOf(cents(amount - 1)) >= gift) expect.fail(`gift of ${gift}`);
    }
  });
});

describe("parseRand", () => {
  it.each([
    ["200", 20_000],
    ["R200", 20_000],
    ["r 1 250", 125_000],
    ["1,250.50", 125_050],
    ["12.5", 1_250],
    [" 20.00 ", 2_000],
    ["R10\u00a0000", 1_000_000],
    ["150,50", 15_050],
    ["12,5", 1_250],
    ["200,00", 20_000],
    ["1 250,50", 125_050],
    ["R\u202f1\u00a0500,00", 150_000],
    ["1,250", 125_000],
    ["1,250,5", 125_050],
  ])("parseRand reads %j as %i cents", (typed, expected) => {
    expect(parseRand(typed)).toBe(expected);
  });

  it.each([
    "",
    "R",
    "abc",
    "-20",
    "1.234",
    "1.250,505",
    "12,5o",
    ",50",
    "200,",
    "1e3",
    "0x10",
    "20 rand",
    "２００",
    "1,25,000",
    "99999999999",
    "NaN",
  ])("parseRand returns null for %j", (typed) => {
    expect(parseRand(typed)).toBeNull();
  });

  it("parseRand reads what formatRand writes, for every possible contribution", () => {
    fc.assert(
      fc.property(fc.integer({ min: MIN_CONTRIBUTION_CENTS, max: MAX_CONTRIBUTION_CENTS }), (amount) => {
        expect(parseRand(formatRand(cents(amount)))).toBe(amount);
      }),
    );
  });
});

describe("formatRand", () => {
  it.each([
    [249_900, "R2,499"],
    [249_950, "R2,499.50"],
    [5, "R0.05"],
    [0, "R0"],
    [100_000_000, "R1,000,000"],
    [-1_250, "-R12.50"],
  ])("formatRand writes %i cents as %s", (amount, expected) => {
    expect(formatRand(cents(amount))).toBe(expected);
  });
});

describe("cents", () => {
  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("cents throws a RangeError for %d", (value) => {
    expect(() => cents(value)).toThrow(RangeError);
  });

  it("minus zero is zero, as in JSON", () => {
    expect(Object.is(cents(-0), 0)).toBe(true);
  });
});
