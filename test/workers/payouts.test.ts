import { evictDurableObject } from "cloudflare:test";
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { payoutExecutions } from "#database/payout-tables";
import { ADMIN } from "#domain/board/actor";
import { newId } from "#domain/ids";
import { cents } from "#domain/money";
import { payoutsOf, projected, totals, WAIT } from "./board-support.ts";
import { database, openBoard } from "./support.ts";

/** A closed board with a payout of R200 for the gift and R285 for the charity. */
async function aClosedBoard() {
  const opened = await openBoard({ goal: cents(20_000) });
  await opened.board.paid(50_000);
  const closed = await opened.board.close();
  if ("refused" in closed || !closed.board) throw new Error("the board was not closed");
  const [gift, charity] = closed.board.payouts;
  if (!gift || !charity) throw new Error("the board has no two payouts");
  return { ...opened, gift, charity };
}

it("of ten callers who start one payout at once, exactly one is recorded, also in Postgres", async () => {
  const { board, gift } = await aClosedBoard();
  const executions = Array.from({ length: 10 }, () => newId(new Date()));
  const answers = await Promise.all(
    executions.map((execution) =>
      board.execute({ type: "start_payout", payoutId: gift.id, method: "hand", execution }, { by: ADMIN, ...WAIT }),
    ),
  );

  const won = executions.filter((_, n) => !("refused" in (answers[n] ?? {})));
  expect(won).toHaveLength(1);
  const [row] = await database.select().from(payoutExecutions).where(eq(payoutExecutions.payoutId, gift.id));
  expect(row).toMatchObject({ status: "processing", executionId: won[0], method: "hand", attempt: 1 });
  expect((await board.inspect()).payouts[0]).toMatchObject({ status: "processing" });
});

it("of ten callers who complete one payout at once, one is recorded, and the board is paid out with the last payout", async () => {
  const { board, boardId, gift, charity } = await aClosedBoard();
  const complete = (payoutId: string, externalRef: string) => {
    const said = { payoutId, externalRef, completedAt: null, method: "hand" } as const;
    return board.execute({ type: "complete_payout", ...said }, { by: ADMIN, ...WAIT });
  };
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => complete(gift.id, `order ${n}`)));
  await complete(charity.id, "donation 1");

  const refused = answers.filter((answer) => "refused" in answer);
  expect(refused).toHaveLength(9);
  expect(await totals(boardId)).toEqual({ status: "paid_out", raised: 48_500, count: 1 });
  expect((await payoutsOf(boardId)).map(({ status, grossCents }) => [status, grossCents])).toEqual([
    ["completed", 20_000],
    ["completed", 28_500],
  ]);
});

it("an object that was evicted between the start and the outcome knows who pays", async () => {
  const { board, gift } = await aClosedBoard();
  const claim = { payoutId: gift.id, method: "automation", execution: newId(new Date()) } as const;
  await board.execute({ type: "start_payout", ...claim });
  await projected(board);
  await evictDurableObject(board.stub);

  expect(await board.execute({ type: "start_payout", ...claim, execution: newId(new Date()) })).toMatchObject({
    refused: "cannot_start_payout",
    status: "processing",
  });
  const outcome = { ...claim, externalRef: "TAL-1", completedAt: null } as const;
  expect(await board.execute({ type: "complete_payout", ...outcome })).toMatchObject({ outcome: "recorded" });
  await projected(board);
});
