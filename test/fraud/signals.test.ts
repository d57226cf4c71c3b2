import { expect, it } from "vitest";
import { signalsOf } from "#fraud/signals";

it("an unexpected country and Tor are signals of a contribution, and an unknown country is not", () => {
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
