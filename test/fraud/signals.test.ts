import { expect, it } from "vitest";
import { signalsOf } from "#fraud/signals";

const expectedCountries = ["ZA", "NA", "GB"];

it.each([
  ["ZA", []],
  ["za", []],
  ["GB", []],
  ["BR", ["unexpected_country"]],
  ["T1", ["unexpected_country"]],
  ["XX", []],
  ["", []],
  [null, []],
])("from %j the signals are %j", (country, signals) => {
  expect(signalsOf({ country, expectedCountries })).toEqual(signals);
});
