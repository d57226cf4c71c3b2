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
  ])("keeps %i -> %i and credits %i", (amount, fee, net) => {
    expect(platformFee(cents(amount))).toBe(fee);
    expect(netOf(cents(amount))).toBe(net);
  });

  it("never exceeds R500, whatever the policy's maximum contribution becomes", () => {
    expect(platformFee(cents(5_000_000))).toBe(50_000);
  });

  it("equals the integer form of the rule for every possible contribution", () => {
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
  ])("charges for a gift of %i exactly %i", (gift, amount) => {
    expect(amountCovering(cents(gift))).toBe(amount);
  });

  it("leaves the gift to the cent for every gift from R20 to R9,700, and is the smallest charge that does", () => {
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
  ])("reads %j as %i cents", (typed, expected) => {
    expect(parseRand(typed)).toBe(expected);
  });

  it.each([
    "",
    "R",
    "abc",
    "-20",
    "12,50",
    "1.234",
    "1e3",
    "0x10",
    "20 rand",
    "２００",
    "1,25,000",
    "99999999999",
    "NaN",
  ])("refuses %j", (typed) => {
    expect(parseRand(typed)).toBeNull();
  });

  it("reads back whatever formatRand writes", () => {
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
  ])("writes %i as %s", (amount, expected) => {
    expect(formatRand(cents(amount))).toBe(expected);
  });
});

describe("cents", () => {
  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("refuses %d", (value) => {
    expect(() => cents(value)).toThrow(RangeError);
  });
});
