import { afterAll, beforeAll, expect, it } from "vitest";
import { settlementDifferences } from "#database/payment-tables";
import { newId, publicId } from "#domain/ids";
import { clearFlag } from "#operations/flags";
import { withdrawRefund } from "#operations/refunds";
import { reviewQueue } from "#operations/review-queue";
import { resolveDifference } from "#operations/settlement-differences";
import { aLiveBoard, aReport, HOUR, MINUTE } from "../reconciliation/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { anOperator } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

it("reviewQueue lists refunds and flags that wait for a person, by public ids, and none that are done", async () => {
  const { house, live, services, returning, wrongAmount } = await anOperator(database);
  const waiting = await returning("needs_manual_action", "EFT");
  const failed = await returning("failed", "account closed");
  const completed = await returning("completed");
  const withdrawn = await returning("failed");
  await withdrawRefund(services, withdrawn.id, "a mistake");
  house.pass(MINUTE);
  const open = await wrongAmount("pf-open");
  const openedAt = house.clock.now;
  const cleared = await wrongAmount("pf-cleared");
  await clearFlag(services, {
    boardId: live.boardId,
    flag: "amount_mismatch",
    contributionId: cleared.contributionId,
    providerPaymentId: "pf-cleared",
    note: "sent back",
  });

  const { refunds, flags } = await reviewQueue(services);

  const board = publicId("board", live.boardId);
  expect(refunds.filter((refund) => refund.board === board)).toMatchObject([
    {
      id: waiting.id,
      contribution: publicId("contribution", waiting.contributionId),
      reference: waiting.reference,
      provider: "payfast",
      amount_cents: 20_000,
      status: "needs_manual_action",
      reason: "EFT",
      cause: "operator",
    },
    { id: failed.id, status: "failed", reason: "account closed" },
  ]);
  expect(refunds.map(({ id }) => id)).not.toContain(completed.id);
  expect(flags.filter((flag) => flag.board === board)).toMatchObject([
    {
      flag: "amount_mismatch",
      contribution: publicId("contribution", open.contributionId),
      provider_payment_id: "pf-open",
      received_cents: 19_999,
      opened_at: openedAt,
    },
  ]);
});

it("reviewQueue lists open settlement differences, and none that is resolved", async () => {
  const { house, services } = await anOperator(database);
  const difference = { paymentProvider: "payfast", kind: "missing_here", day: "2026-11-20" } as const;
  const [open, resolved] = await database.db
    .insert(settlementDifferences)
    .values([
      { ...difference, providerPaymentId: "pf-open", theirCents: 5_000, foundAt: house.clock.now },
      { ...difference, providerPaymentId: "pf-resolved", foundAt: house.clock.now },
    ])
    .returning();
  await resolveDifference(services, resolved!.id, "a test of theirs");

  const { differences } = await reviewQueue(services);

  expect(differences).toMatchObject([{ id: open!.id, provider_payment_id: "pf-open", their_cents: 5_000 }]);
});

it("reviewQueue lists payouts that failed or are processing for a day, and what was lost after a payout", async () => {
  const { house, services } = await anOperator(database);
  async function aPayout() {
    const live = await aLiveBoard(house);
    const reference = await live.paid();
    await live.close();
    const [payout] = [...live.state.payouts.values()];
    const named = { payoutId: payout!.id, method: "hand" } as const;
    const start = () => live.execute({ type: "start_payout", ...named, execution: newId(house.clock.now) });
    return {
      live,
      reference,
      named,
      start,
      id: publicId("payout", named.payoutId),
      board: publicId("board", live.boardId),
    };
  }
  const [slow, failed, quick, paid] = [await aPayout(), await aPayout(), await aPayout(), await aPayout()];
  await slow.start();
  const startedAt = house.clock.now;
  await failed.live.execute({
    type: "fail_payout",
    ...failed.named,
    errorCode: "declined",
    errorMessage: "No such card",
  });
  await paid.live.execute({ type: "complete_payout", ...paid.named, externalRef: "order-1", completedAt: null });
  house.pass(24 * HOUR - 1);
  await quick.start();
  await paid.live.report(aReport(paid.reference, { status: "refunded", amount: null }));
  const boards = [slow, failed, quick, paid].map(({ board }) => board);
  const queue = async () => {
    const { payouts, losses } = await reviewQueue(services);
    return { payouts: payouts.filter(({ board }) => boards.includes(board)), losses };
  };

  expect((await queue()).payouts.map(({ id }) => id)).toEqual([failed.id]);
  house.pass(1);
  const { payouts, losses } = await queue();

  const common = { type: "takealot_gift_card", net_cents: 19_400, attempt: 1 };
  expect(payouts).toMatchObject([
    { ...common, id: slow.id, board: slow.board, status: "processing", method: "hand", started_at: startedAt },
    { ...common, id: failed.id, board: failed.board, status: "failed", error_code: "declined" },
  ]);
  expect(JSON.stringify(payouts)).not.toContain("No such card");
  expect(losses).toEqual([
    {
      board: paid.board,
      contribution: publicId("contribution", paid.live.of(paid.reference).id),
      provider: "payfast",
      provider_payment_id: `pf-${paid.reference}`,
      lost_cents: 19_400,
      recorded_at: new Date(startedAt.getTime() + 24 * HOUR - 1),
    },
  ]);
});
