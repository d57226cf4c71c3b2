import { expect, it } from "vitest";
import { everyRow } from "./every-row.ts";

it("everyRow reports every failing row with its number and content, and passes when none fails", async () => {
  const checked: number[] = [];
  const check = async ([left, right]: [number, number]) => {
    checked.push(left);
    expect(left).toBe(right);
  };

  await everyRow([[1, 1]], check);
  const failure: unknown = await everyRow(
    [
      [2, 3],
      [4, 4],
      [5, 6],
    ],
    check,
  ).catch((error: unknown) => error);

  expect(checked).toEqual([1, 2, 4, 5]);
  expect(failure).toMatchObject({
    actual: [expect.stringMatching(/^row 1, \[ 2, 3 \]: /), expect.stringMatching(/^row 3, \[ 5, 6 \]: /)],
  });
});

it("everyRow fails for an empty table", async () => {
  await expect(everyRow([], () => {})).rejects.toThrow("rows in the table");
});
