import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FIRST_CAUSES, firstCause } from "#domain/causes";

it("the impact levels of every cause rise in steps of whole R50", () => {
  for (const { id, impacts } of FIRST_CAUSES) {
    const goals = impacts.map(({ goal }) => goal);
    expect([id, goals]).toEqual([id, goals.toSorted((a, b) => a - b)]);
    expect([id, new Set(goals).size, goals.filter((goal) => goal % 5_000 !== 0)]).toEqual([id, goals.length, []]);
  }
});

it("every cause is found by its id and has its picture among the Worker's assets", () => {
  for (const cause of FIRST_CAUSES) {
    expect(firstCause(cause.id)).toBe(cause);
    expect([cause.image, existsSync(join("public", cause.image))]).toEqual([cause.image, true]);
  }
  expect(firstCause("unknown")).toBeNull();
});
