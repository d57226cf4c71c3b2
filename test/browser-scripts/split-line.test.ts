import { describe, expect, it } from "vitest";
import { coverLine, splitTyped } from "#browser/shared/split-line";
import { FORM } from "#browser/words/form-en";

describe("splitTyped", () => {
  it.each([
    { typed: "200", coverFee: false, split: { charge: "R200", fee: "R6", net: "R194" } },
    { typed: "200", coverFee: true, split: { charge: "R206.19", fee: "R6.19", net: "R200" } },
    { typed: "20", coverFee: false, split: { charge: "R20", fee: "R3", net: "R17" } },
    { typed: "R 1,250.50", coverFee: false, split: { charge: "R1,250.50", fee: "R37.52", net: "R1,212.98" } },
    { typed: "9700", coverFee: true, split: { charge: "R10,000", fee: "R300", net: "R9,700" } },
    { typed: "10000", coverFee: false, split: { charge: "R10,000", fee: "R300", net: "R9,700" } },
  ])("an amount of $typed is split into fee and gift with coverFee = $coverFee", ({ typed, coverFee, split }) => {
    expect(splitTyped(typed, coverFee)).toEqual(split);
  });

  it.each([
    { typed: "19.99", coverFee: false, why: "it is below the minimum" },
    { typed: "19", coverFee: true, why: "the gift is below the minimum" },
    { typed: "10000.01", coverFee: false, why: "it is above the maximum" },
    { typed: "9700.01", coverFee: true, why: "the fee lifts it above the maximum" },
    { typed: "12,50,", coverFee: false, why: "it is no amount" },
    { typed: "", coverFee: true, why: "nothing is typed" },
  ])("there is no split of “$typed” with coverFee = $coverFee because $why", ({ typed, coverFee }) => {
    expect(splitTyped(typed, coverFee)).toEqual({ charge: "–", fee: "–", net: "–" });
  });
});

describe("coverLine", () => {
  it("the tick says what covering the fee costs, as soon as there is an amount it fits", () => {
    const rows = [
      ["200", "Add R6.19 so that the full R200 reaches the gift"],
      ["20", "Add R3 so that the full R20 reaches the gift"],
      ["9700", "Add R300 so that the full R9,700 reaches the gift"],
      ["", "Cover the fee too, so the full amount reaches the gift"],
      ["10000", "Cover the fee too, so the full amount reaches the gift"],
    ] as const;
    expect(rows.map(([typed]) => [typed, coverLine(FORM, typed, "the gift")])).toEqual(rows);
  });
});
