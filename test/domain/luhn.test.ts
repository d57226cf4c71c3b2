import { expect, it } from "vitest";
import { passesLuhn } from "#domain/luhn";

it("passesLuhn accepts numbers with a correct checksum and refuses every changed digit and swapped pair", () => {
  // The example of ISO/IEC 7812-1, and card numbers that payment networks publish for tests.
  const valid = ["79927398713", "4111111111111111", "378282246310005", "5234000000000007", "0"];
  expect(valid.filter((number) => !passesLuhn(number))).toEqual([]);

  const number = "4539578763621486";
  expect(passesLuhn(number)).toBe(true);
  const changed = [...number].flatMap((digit, index) =>
    Array.from(
      { length: 9 },
      (_, step) => number.slice(0, index) + ((Number(digit) + step + 1) % 10) + number.slice(index + 1),
    ),
  );
  expect(changed).toHaveLength(144);
  expect(changed.filter(passesLuhn)).toEqual([]);
  expect(passesLuhn("4539578763624186")).toBe(false);
});
