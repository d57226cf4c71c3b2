import { expect, it } from "vitest";
import { ADMIN } from "#domain/board/actor";
import { TestBoard } from "../../support/board.ts";

it("a board says whether it is of a sandbox to its owner and to guests", () => {
  const facts = [true, false].map((sandbox) => {
    const { board } = new TestBoard({ sandbox });
    return [board.state.terms?.sandbox, board.snapshot(ADMIN)?.sandbox, board.view(new Date())?.sandbox];
  });

  expect(facts).toEqual([
    [true, true, true],
    [false, false, false],
  ]);
});
