import { expect, it } from "vitest";
import { signalsOf } from "#fraud/signals";

it("a contribution from a country that is not expected, or from Tor, is a signal, and an unknown country is none", () => {
  const rows: [country: string | null, signals: string[]][] = [
    ["ZA", []],
    ["za", []],
    ["GB", []],
    ["BR", ["unexpected_country"]],
    ["T1", ["unexpected_country"]],
    ["XX", []],
    ["", []],
    [null, []],
  ];
  const found = rows.map(([country]) => [country, signalsOf({ country, expectedCountries: ["ZA", "NA", "GB"] })]);
  expect(found).toEqual(rows);
});
