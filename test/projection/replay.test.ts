import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SYSTEM } from "#domain/board/actor";
import type { BoardCommand, ReportPayment, ReportRefund } from "#domain/board/commands";
import { openFlags } from "#domain/board/flags";
import { newId } from "#domain/ids";
import { cents } from "#domain/money";
import { addDays } from "#domain/time";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { differenceIn, ledgerOf } from "../support/ledger.ts";
import { aPlayedBoard, forget, type PlayedBoard, rowsOf, THANDI } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const WEIGHTS = {
  contribute: 6,
  paid: 10,
  second_payment: 2,
  wrong_amount: 3,
  processing: 2,
  failed: 3,
  sent_back: 1,
  retry: 2,
  note_request: 2,
  expire: 2,
  request_refund: 4,
  refund_wrong_amount: 2,
  refund_report: 9,
  withdraw_refund: 4,
  clear_flag: 4,
  update: 3,
  hold: 1,
  lift_hold: 1,
  start_payout: 2,
  complete_payout: 3,
  fail_payout: 3,
  retry_payout: 3,
  supplement: 2,
  anonymise: 1,
} as const;
/** A board has no row in `board_pots` until money moves. */
const EMPTY_POT = { countedCents: 0, returningCents: 0, contributionCount: 0 };
const ENDS = ["close", "cancel", "deadline"] as const;
const kind = fc.constantFrom(
  ...(Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[]).flatMap((name) => Array(WEIGHTS[name]).fill(name)),
) as fc.Arbitrary<keyof typeof WEIGHTS>;

const REFUND_REPORTS = ["processing", "failed", "needs_manual_action", "completed", "requested", "returned"] as const;

const values = {
  n: fc.nat(3),
  news: fc.constantFrom(...REFUND_REPORTS),
  amount: fc.constantFrom(2_000, 20_000, 300_000),
  hours: fc.constantFrom(0, 0, 1, 5, 25),
};
const step = fc.record({ kind, ...values });
const end = fc.record({ kind: fc.constantFrom(...ENDS), ...values });
const history = fc
  .tuple(fc.array(step, { minLength: 20, maxLength: 40 }), end, fc.array(step, { minLength: 10, maxLength: 30 }))
  .map(([before, ending, after]) => [...before, ending, ...after]);

type Step = Readonly<{
  kind: keyof typeof WEIGHTS | (typeof ENDS)[number];
  n: number;
  news: (typeof REFUND_REPORTS)[number];
  amount: number;
  hours: number;
}>;

/** Plays one step on a board. The rules may refuse it. */
function act(board: PlayedBoard, step: Step): void {
  board.pass(step.hours);
  const command = commandOf(board, step);
  if (!command) return;
  const isNew = command.type === "open_contribution";
  const profiles = isNew ? { contributor: { id: command.contributionId, profile: THANDI } } : {};
  board.play(command, board.now, { by: SYSTEM, profiles });
}

function commandOf(board: PlayedBoard, { kind, n, news, amount }: Step): BoardCommand | null {
  switch (kind) {
    case "contribute": {
      const contributionId = newId(board.now);
      return {
        type: "open_contribution",
        contributionId,
        submission: contributionId,
        provider: n % 2 === 0 ? "payfast" : "ozow",
        amount: cents(amount),
        signals: n === 0 ? ["unexpected_country"] : [],
        challengePassed: true,
      };
    }
    case "update": {
      const deadline = addDays(board.state.deadline, 1);
      const contributionId = [...board.state.contributions.keys()][n];
      return {
        type: "update_board",
        message: n === 0 ? null : `Message ${n}`,
        photo: `/photo-${n}`,
        giftPicture: `/picture-${amount}`,
        ...(n > 1 && { deadline }),
        ...(contributionId !== undefined && {
          contributors: [{ contributionId, name: amount > 2_000 ? "hidden" : "shown", message: "hidden" }],
        }),
      };
    }
    case "close":
      return { type: "close_board", reason: "manual" };
    case "cancel":
      return { type: "cancel_board" };
    case "deadline":
      return { type: "pass_deadline", providersLookedUp: true };
    case "clear_flag": {
      const [flag] = openFlags(board.state);
      if (!flag) return null;
      const { flag: kindOfFlag, contributionId, providerPaymentId } = flag;
      return { type: "clear_flag", flag: kindOfFlag, contributionId, providerPaymentId };
    }
    case "anonymise":
      return { type: "anonymise_board" };
    case "hold":
      return { type: "place_hold" };
    case "lift_hold":
      return { type: "lift_hold" };
    case "start_payout":
    case "complete_payout":
    case "fail_payout":
    case "retry_payout": {
      const payout = board.payouts[n % 2];
      return payout ? payoutCommand(kind, payout.id) : null;
    }
  }
  const reference = referencesOf(board)[n];
  if (reference === undefined) return null;
  const wrong = `wrong-${reference}`;
  const report = (overrides: Partial<ReportPayment> = {}) => ({ ...board.paymentReport(reference), ...overrides });
  const id = board.state.references.get(reference);
  const known = board.state.contributions.get(id ?? "");
  switch (kind) {
    case "paid":
      return report();
    case "second_payment":
      return report({ providerPaymentId: `second-${reference}` });
    case "wrong_amount":
      return report({ providerPaymentId: wrong, amount: cents(1_999) });
    case "processing":
    case "failed":
      return report({ status: kind, amount: null });
    case "sent_back":
      return report({ status: "refunded" });
    case "retry":
      return { type: "retry_payment", reference };
    case "expire":
      board.pass(24);
      return { type: "expire_payment", reference };
  }
  if (!known) return null;
  const { id: contributionId, attempt, refunds } = known;
  const providerPaymentId = [...refunds.keys()].at(-1);
  switch (kind) {
    case "note_request":
      return { type: "note_payment_request", reference, attempt, requestId: `request-${attempt}` };
    case "request_refund":
      return { type: "request_refund", contributionId, providerPaymentId: null };
    case "refund_wrong_amount":
      return { type: "request_refund", contributionId, providerPaymentId: wrong };
    case "refund_report":
      return providerPaymentId === undefined ? null : refundReport(reference, providerPaymentId, news);
    case "supplement":
      return { type: "supplement_payout", contributionId };
    case "withdraw_refund":
      return providerPaymentId === undefined ? null : { type: "withdraw_refund", contributionId, providerPaymentId };
  }
}

type PayoutStep = "start_payout" | "complete_payout" | "fail_payout" | "retry_payout";

function payoutCommand(type: PayoutStep, payoutId: string): BoardCommand {
  const method = "hand";
  switch (type) {
    case "start_payout":
      return { type, payoutId, method, execution: payoutId };
    case "complete_payout":
      return { type, payoutId, method, externalRef: `order of ${payoutId}`, completedAt: null };
    case "fail_payout":
      return { type, payoutId, method, errorCode: "refused", errorMessage: "No such card" };
    case "retry_payout":
      return { type, payoutId };
    default:
      return type satisfies never;
  }
}

function refundReport(
  reference: string,
  providerPaymentId: string,
  status: (typeof REFUND_REPORTS)[number],
): ReportRefund {
  return {
    type: "report_refund",
    contribution: { reference },
    providerPaymentId,
    status,
    providerRefundId: status === "processing" || status === "completed" ? `refund of ${providerPaymentId}` : null,
    reason: status === "failed" ? "account closed" : null,
  };
}

/** The references of all contributions, including those that have left the state. */
function referencesOf({ log }: PlayedBoard): string[] {
  return log.flatMap(({ type, data }) => (type === "contribution_opened" ? [String(data.reference)] : []));
}

/** The contributions of which something is hidden, by their ids. */
function hiddenOf({ state }: PlayedBoard) {
  return [...state.hidden]
    .map(([contributionId, { name, message }]) => ({ contributionId, nameHidden: name, messageHidden: message }))
    .toSorted((a, b) => (a.contributionId < b.contributionId ? -1 : 1));
}

/** How a log is written: `length` events, then `back` events again. */
const flushes = fc.array(fc.record({ length: fc.integer({ min: 1, max: 12 }), back: fc.constantFrom(0, 0, 0, 1, 4) }), {
  maxLength: 8,
});

async function writeInPieces(
  board: PlayedBoard,
  pieces: readonly { length: number; back: number }[],
  start = 0,
): Promise<void> {
  let from = start;
  for (const { length, back } of pieces) {
    const batch = board.log.slice(from, from + length);
    if (batch.length === 0) break;
    await board.write(batch);
    from = Math.max(start, from + batch.length - back);
  }
  if (from < board.log.length) await board.write(board.log.slice(from));
}

it("a log gives the same rows when it is projected in pieces or again from an earlier event", async () => {
  await fc.assert(
    fc.asyncProperty(history, flushes, flushes, fc.nat(), async (steps, pieces, piecesAgain, start) => {
      const board = await aPlayedBoard(database, { goal: cents(60_000) });
      for (const each of steps) act(board, each);

      const outbox = await board.write();
      const whole = await rowsOf(database, board);

      expect(outbox.mailIds.toSorted()).toEqual(whole.mails.map(({ id }) => id).toSorted());
      expect(outbox.deliveryIds.toSorted()).toEqual(whole.deliveries.map(({ id }) => id).toSorted());
      const { counted, returning, contributionCount, status } = board.state;
      expect(whole.totals).toEqual([{ raised: counted, count: contributionCount }]);
      const [pot = EMPTY_POT] = whole.pots;
      expect(pot).toMatchObject({ countedCents: counted, returningCents: returning, contributionCount });
      const { message = null, childPhotoUrl, gift: giftData } = board.board.profile ?? {};
      const { deadline } = board.state;
      expect(whole.boards).toMatchObject([{ status, message, childPhotoUrl, giftData, deadline }]);
      const hidden = whole.visibility.filter(({ nameHidden, messageHidden }) => nameHidden || messageHidden);
      expect(hidden).toMatchObject(hiddenOf(board));
      expect(whole.log).toHaveLength(board.log.length);
      const stands = ({ id, status, gross }: { id: string; status: string; gross: number }) =>
        `${id} ${status} ${gross}`;
      expect(whole.payouts.map(({ grossCents: gross, ...payout }) => stands({ ...payout, gross })).toSorted()).toEqual(
        board.payouts.map(stands).toSorted(),
      );
      expect(whole.holds.some(({ liftedAt }) => liftedAt === null)).toBe(board.holds.length > 0);

      expect(differenceIn(await ledgerOf(database, board.boardId, board))).toBeNull();

      // An operator projects the log again, from the beginning or from any event.
      expect(await board.write()).toEqual({ deliveryIds: [], mailIds: [] });
      await writeInPieces(board, piecesAgain, start % board.log.length);
      expect(await rowsOf(database, board)).toEqual(whole);

      // A Postgres that lost the board, or was unavailable, is written in pieces.
      await forget(database, board);
      await writeInPieces(board, pieces);
      expect(await rowsOf(database, board)).toEqual(whole);
    }),
    // Shrinking takes minutes, so it is off. The seed of a failure is printed.
    { numRuns: 24, endOnFailure: true },
  );
}, 60_000);
