import { expect, it } from "vitest";
import { newId } from "#domain/ids";
import { openBoard } from "./support.ts";

it("the object shows its host who chipped in, the statement and what closing does, and no other host", async () => {
  const { board, boardId, command } = await openBoard();
  const owner = { kind: "host", hostId: command.hostId } as const;
  await board.paid(20_000, { name: "Thandi Mokoena", message: "Happy birthday!" });
  const own = { owner, boardId };

  expect(await board.object.readForHost("overview", own)).toMatchObject({
    board: { id: boardId, payable: 19_400 },
    view: { contributors: ["Thandi"] },
    holds: [],
  });
  expect(await board.object.readForHost("contributions", { ...own, after: null, limit: 10 })).toMatchObject({
    contributions: [{ name: "Thandi Mokoena", message: "Happy birthday!", amount: 20_000, state: "in_pot" }],
    next: null,
  });
  expect(await board.object.readForHost("statement", { ...own, after: null, limit: 10 })).toMatchObject({
    contributions: [{ name: "Thandi Mokoena" }],
    totals: { payable: 19_400 },
  });
  expect(await board.object.readForHost("ledger", own)).toMatchObject({ totals: { payable: 19_400 } });
  expect(await board.object.readForHost("ending", { ...own, how: "close" })).toMatchObject({
    payouts: [{ type: "takealot_gift_card", net: 19_400 }],
  });
  const others = [
    { owner: { kind: "host", hostId: newId(new Date()) } as const, boardId },
    { owner, boardId: newId(new Date()) },
  ];
  for (const other of others) expect(await board.object.readForHost("ledger", other)).toBeNull();
});
