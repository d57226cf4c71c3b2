import { describe, expect, it } from "vitest";
import { splitLine, splitOf } from "#browser/shared/split-line";
import { FORM } from "#browser/words/form-en";
import { cents } from "#domain/money";

const LIMITS = "From R20 to R10,000 at a time.";

describe("splitLine", () => {
  it.each([
    { typed: "200", coverFee: false, line: "R200 today: R194 to the gift, R6 ChipIn fee." },
    { typed: "200", coverFee: true, line: "R206.19 today: R200 to the gift, R6.19 ChipIn fee." },
    { typed: "20", coverFee: false, line: "R20 today: R17 to the gift, R3 ChipIn fee." },
    { typed: "R 1,250.50", coverFee: false, line: "R1,250.50 today: R1,212.98 to the gift, R37.52 ChipIn fee." },
    { typed: "9700", coverFee: true, line: "R10,000 today: R9,700 to the gift, R300 ChipIn fee." },
    { typed: "10000", coverFee: false, line: "R10,000 today: R9,700 to the gift, R300 ChipIn fee." },
  ])("an amount of $typed is split into gift and fee with coverFee = $coverFee", ({ typed, coverFee, line }) => {
    expect(splitLine(FORM, typed, coverFee, "the gift")).toBe(line);
  });

  it.each([
    { typed: "19.99", coverFee: false, why: "it is below the minimum" },
    { typed: "19", coverFee: true, why: "the gift is below the minimum" },
    { typed: "10000.01", coverFee: false, why: "it is above the maximum" },
    { typed: "9700.01", coverFee: true, why: "the fee lifts it above the maximum" },
    { typed: "12,50", coverFee: false, why: "it is ambiguous" },
    { typed: "", coverFee: true, why: "nothing is typed" },
  ])("the limits are shown for “$typed” with coverFee = $coverFee because $why", ({ typed, coverFee }) => {
    expect(splitLine(FORM, typed, coverFee, "the gift")).toBe(LIMITS);
  });
});

describe("splitOf", () => {
  it("the split names the destination and adds up to the charge", () => {
    expect(splitOf(FORM, cents(50_000), "Plant Trees")).toBe("R500 today: R485 to Plant Trees, R15 ChipIn fee.");
  });
});
