import { describe, expect, it } from "vitest";
import { ADMIN_EMAIL } from "../../local/environment.ts";
import { contributeAsGuest } from "../../local/guest.ts";
import { eventually } from "../support/eventually.ts";
import { setStage } from "./stage.ts";
import { aBoard, type Board, inParallel } from "./stream.ts";

const PROVIDERS = ["payfast", "ozow", "snapscan"] as const;
const PAID = 60;

const stage = setStage();

/** A board with `PAID` contributions, paid at each provider in turn. */
async function paidBoard(): Promise<Board> {
  const board = await aBoard(stage.platform);
  await inParallel(Array.from({ length: PAID }), async (_, n) => {
    const provider = PROVIDERS[n % 3] ?? "payfast";
    const { reference } = await contributeAsGuest(stage.platform.worker, board.slug, {
      amount: String(50 + n),
      provider,
    });
    await stage.platform.simulate({ provider, reference, outcome: "pay" });
  });
  return board;
}

async function cancel({ id, slug }: Board): Promise<void> {
  const answer = await fetch(`${stage.platform.worker}/internal/boards/${id}/cancel`, {
    method: "POST",
    headers: { Authorization: `Bearer ${stage.platform.secrets.jobSecret}`, "ChipIn-Operator": ADMIN_EMAIL },
    body: JSON.stringify({ note: "refunds under fire", confirm: slug }),
  });
  expect(answer.status).toBe(200);
}

type Refund = { status: string; provider: string; contribution: string };

async function refundsOf({ id }: Board): Promise<Refund[]> {
  const { rows } = await stage.platform.postgres.query({
    text: "SELECT status, payment_provider, contribution_id FROM refunds WHERE dream_board_id = $1",
    params: [id],
  });
  return rows.map(([status, provider, contribution]) => ({
    status: status ?? "",
    provider: provider ?? "",
    contribution: contribution ?? "",
  }));
}

/** The number of refunds that each provider made for each payment. */
async function sentBack({ id }: Board): Promise<{ payfast: number[]; ozow: number[] }> {
  const { rows } = await stage.platform.postgres.query({
    text: "SELECT payment_provider, provider_payment_id FROM provider_payments WHERE dream_board_id = $1",
    params: [id],
  });
  const paymentsAt = (name: string) =>
    rows.flatMap(([provider, payment]) => (provider === name ? [payment ?? ""] : []));
  return {
    payfast: paymentsAt("payfast").map((payment) => stage.platform.payfast.account.refundsOf(payment).length),
    ozow: paymentsAt("ozow").map((payment) => stage.platform.ozow.books.refundsOf(payment).length),
  };
}

/** Runs the refund job as of later and later instants, until every refund is completed or needs a person. */
async function sendAll(board: Board, disturb: (run: number) => Promise<void> = async () => {}): Promise<void> {
  let run = 0;
  await eventually(async () => {
    run += 1;
    const at = new Date(Date.now() + run * 8 * 3_600_000);
    await Promise.all([stage.platform.runJob("send-refunds", at).catch(() => null), disturb(run)]);
    const refunds = await refundsOf(board);
    return (
      refunds.length === PAID &&
      refunds.every(({ status }) => status === "completed" || status === "needs_manual_action")
    );
  }, 120_000);
}

describe("refunds of a cancelled board", () => {
  it("each refund is sent once when the Worker and Postgres are killed while refunds are sent", async () => {
    const board = await paidBoard();
    await cancel(board);

    await sendAll(board, async (run) => {
      if (run === 1 || run === 3) await stage.platform.restartWorker({ signal: "SIGKILL" });
      if (run !== 2) return;
      stage.cluster.stop();
      stage.cluster.start();
    });

    const refunds = await refundsOf(board);
    expect(new Set(refunds.map(({ contribution }) => contribution)).size).toBe(PAID);
    const manual = refunds.filter(({ status }) => status === "needs_manual_action");
    expect(manual.every(({ provider }) => provider === "snapscan")).toBe(true);
    expect(refunds.filter(({ status }) => status === "completed")).toHaveLength((PAID / 3) * 2);
    const { payfast, ozow } = await sentBack(board);
    expect(payfast).toEqual(Array(PAID / 3).fill(1));
    expect(ozow).toEqual(Array(PAID / 3).fill(1));
    const inspection = await stage.platform.inspectBoard(board.code);
    expect(inspection).toMatchObject({ status: "cancelled", contributionCount: PAID / 3 });
    expect(inspection.pot).toEqual(inspection.recounted);
    const { result } = (await stage.platform.runJob("compare-boards")) as { result: { differences: unknown[] } };
    expect(result.differences).toEqual([]);
  });
});
