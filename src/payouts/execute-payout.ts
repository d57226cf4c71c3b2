import { executeOnBoard } from "#boards/call-board";
import type { CompletePayout, FailPayout } from "#domain/board/commands";
import { UNKNOWN_OUTCOME_HOURS } from "#domain/board/decide-payouts";
import { boardCode, newId } from "#domain/ids";
import type { Cents } from "#domain/money";
import type { PayoutRecipient } from "#domain/payout-recipient";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { openJson } from "#privacy/sealed";
import type { PayoutExecutors } from "./configure.ts";
import type { ExecutionOutcome, PayoutExecutor, PayoutToExecute } from "./executor.ts";
import { keepGiftCard } from "./gift-cards.ts";
import { payoutReference } from "./payout-reference.ts";
import { type ClaimedPayout, claimPayout, releasePayout } from "./payout-rows.ts";
import { type CardVerification, verifyKarriCard } from "./verify-karri-card.ts";

const UNKNOWN_AFTER_MS = UNKNOWN_OUTCOME_HOURS * 3_600_000;

/**
 * What became of one step of one payout.
 * - `completed`, `failed`: recorded at the board.
 * - `processing`: the counterparty works on it. `unknown`: it may have been sent; it is looked up later, not sent again.
 * - `waits`: it is still pending, because its card could not be verified.
 * - `not_started`: the board refused, as it is held, emptied, or started by somebody else. Nothing was sent.
 * - `not_claimed`: another worker has it, or it is not for automation. `not_automated`: its type has no executor.
 * - `not_recorded`: the board refused the outcome, and money may be out.
 *
 * `reason` is a short code.
 */
export type PayoutStep = Readonly<{
  step:
    | "completed"
    | "failed"
    | "processing"
    | "unknown"
    | "waits"
    | "not_started"
    | "not_claimed"
    | "not_automated"
    | "not_recorded";
  reason: string | null;
}>;

/** The attempt that is being paid, as the board has it. */
type Attempt = Readonly<{ execution: string; attempt: number; amount: Cents }>;
type Found = ExecutionOutcome | Readonly<{ outcome: "not_found" }>;

/**
 * Brings one payout forward by one step, and takes what became of it to its board. A pending payout is started and sent
 * once, by the caller whose start the board has recorded, after everything that earlier attempts may have sent was looked
 * up. A payout that was started is only looked up, so whatever happened in between, no attempt is sent twice.
 * (product-facts 7)
 * @param options.onlyDue leaves it alone while it rests after a try
 * @throws what Postgres or the board throws; the row's lease then runs out and the payout is looked at again.
 */
export async function executePayout(
  services: Services,
  executors: PayoutExecutors,
  { id, now, onlyDue = false }: { id: string; now: Date; onlyDue?: boolean },
): Promise<PayoutStep> {
  const claimed = await claimPayout(services, { id, now, onlyDue });
  if (!claimed) return { step: "not_claimed", reason: null };
  const { type, boardId } = claimed;
  const executor = executors.get(type);
  const { done, tries, attempt } = executor
    ? await takeStep(services, executor, claimed)
    : { ...claimed, done: { step: "not_automated", reason: null } as const };
  await releasePayout(services, { ...claimed, tries }, { now, error: done.reason });
  services.log({ event: "payout_step", board: boardCode(boardId), payout_id: id, type, attempt, ...done });
  if (isUnderWay(done) && isNewlyOverdue(claimed, now)) {
    services.alert({ event: "payout_outcome_unknown", board: boardCode(boardId), payout_id: id, type, attempt });
  }
  return done;
}

/** `tries` counts anew from the start of an attempt. */
type Taken = Readonly<{ done: PayoutStep; tries: number; attempt: number }>;

async function takeStep(services: Services, executor: PayoutExecutor, claimed: ClaimedPayout): Promise<Taken> {
  const { tries, status } = claimed;
  const recipient = await recipientOf(services, claimed);
  const work = { services, executor, claimed, recipient };
  if (status === "processing") {
    const { executionId: execution, attempt, amount } = claimed;
    if (execution === null) throw new Error(`payout ${claimed.id} is processing without an execution`);
    const found = await lookUp(work, { amount, attempts: attempt });
    return {
      done: await record(services, claimed, { underWay: { execution, attempt, amount }, found }),
      tries,
      attempt,
    };
  }
  const card = await verifyCard(services, recipient);
  if (card.result === "unreachable") {
    return { done: { step: "waits", reason: card.reason }, tries, attempt: claimed.attempt };
  }
  const started = await start(services, claimed);
  if ("refused" in started) {
    return { done: { step: "not_started", reason: started.refused }, tries, attempt: claimed.attempt };
  }
  const { attempt, amount } = started;
  const earlier = await lookUp(work, { amount, attempts: attempt - 1 });
  let found: Found;
  if (earlier.outcome !== "not_found" && earlier.outcome !== "refused") found = earlier;
  else if (card.result === "invalid") found = { outcome: "refused", reason: "card_invalid" };
  else found = await executor.execute(payoutAt(work, amount, attempt));
  return { done: await record(services, claimed, { underWay: started, found }), tries: 1, attempt };
}

type Work = Readonly<{
  services: Services;
  executor: PayoutExecutor;
  claimed: ClaimedPayout;
  recipient: PayoutRecipient;
}>;

function payoutAt({ claimed: { id }, recipient }: Work, amount: Cents, attempt: number): PayoutToExecute {
  return { ...recipient, payoutId: id, reference: payoutReference(id, attempt), amount, mayHaveBeenSent: false };
}

/**
 * What the counterparty knows of the first `attempts` attempts: one that is paid pays the payout; while one may still be
 * paid, nothing is certain; then the latest counts.
 */
async function lookUp(work: Work, { amount, attempts }: { amount: Cents; attempts: number }): Promise<Found> {
  const found: Found[] = [];
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    found.push(await work.executor.lookUp({ ...payoutAt(work, amount, attempt), mayHaveBeenSent: true }));
  }
  const [paid, underWay, unclear] = (["completed", "processing", "unknown"] as const).map((outcome) =>
    found.filter((one) => one.outcome === outcome),
  );
  const { services, claimed } = work;
  if (paid?.length && paid.length + (underWay?.length ?? 0) > 1) {
    const { id, boardId, type } = claimed;
    services.alert({ event: "payout_paid_twice", board: boardCode(boardId), payout_id: id, type });
  }
  return paid?.[0] ?? underWay?.[0] ?? unclear?.[0] ?? found.at(-1) ?? { outcome: "not_found" };
}

async function recipientOf({ settings }: Services, { type, recipientData }: ClaimedPayout): Promise<PayoutRecipient> {
  const recipient = await openJson(keyringOf(settings), recipientData);
  // The projection has written it in the shape of its type.
  return { type, recipient } as PayoutRecipient;
}

/** Before a top-up its card is verified once more, where Karri's API is configured. (product-facts 21.4) */
async function verifyCard(services: Services, payout: PayoutRecipient): Promise<CardVerification> {
  if (payout.type !== "karri_card_topup" || !payout.recipient.cardNumber) return { result: "not_configured" };
  return await verifyKarriCard(services, payout.recipient.cardNumber);
}

/** Claims the payout at its board, which knows best what there is to pay: Postgres may be behind it. */
async function start(
  services: Services,
  { id: payoutId, boardId }: ClaimedPayout,
): Promise<Attempt | Readonly<{ refused: string }>> {
  const execution = newId(services.now());
  const command = { type: "start_payout", payoutId, execution, method: "automation" } as const;
  const context = { boardId, waitForProjection: true };
  const outcome = await executeOnBoard(services, boardCode(boardId), command, context);
  if ("refused" in outcome) return { refused: outcome.refused };
  const payout = outcome.board?.payouts.find(({ id }) => id === payoutId);
  // Somebody may have ended it while the board waited for Postgres.
  if (payout?.status !== "processing" || payout.execution?.id !== execution) return { refused: "cannot_start_payout" };
  return { execution, attempt: payout.attempt, amount: payout.net };
}

async function record(
  services: Services,
  { id: payoutId, boardId, type }: ClaimedPayout,
  { underWay: { execution, attempt }, found }: { underWay: Attempt; found: Found },
): Promise<PayoutStep> {
  const ours = { payoutId, method: "automation", execution } as const;
  const tell = async (command: CompletePayout | FailPayout, done: PayoutStep): Promise<PayoutStep> => {
    const outcome = await executeOnBoard(services, boardCode(boardId), command, { boardId, waitForProjection: true });
    if (!("refused" in outcome)) return done;
    const { refused } = outcome;
    const ids = { board: boardCode(boardId), payout_id: payoutId, type, attempt };
    services.alert({ event: "payout_not_recorded", ...ids, outcome: found.outcome, refused });
    return { step: "not_recorded", reason: refused };
  };
  switch (found.outcome) {
    case "completed": {
      const { ref: externalRef, giftCard } = found;
      if (giftCard) await keepGiftCard(services, { payoutId, externalRef }, giftCard);
      const command = { type: "complete_payout", ...ours, externalRef, completedAt: null } as const;
      return await tell(command, { step: "completed", reason: null });
    }
    case "refused": {
      const errorCode = errorCodeOf(found.reason);
      const command = { type: "fail_payout", ...ours, errorCode, errorMessage: null } as const;
      return await tell(command, { step: "failed", reason: errorCode });
    }
    case "processing":
      return { step: "processing", reason: null };
    case "unknown":
      return { step: "unknown", reason: errorCodeOf(found.reason) };
    case "not_found":
      return { step: "unknown", reason: "not_found" };
    default:
      return found satisfies never;
  }
}

/** At most 50 of `a-z0-9_.-`. */
function errorCodeOf(reason: string): string {
  return (
    reason
      .toLowerCase()
      .replace(/[^a-z0-9_.-]+/g, "_")
      .slice(0, 50) || "refused"
  );
}

function isUnderWay({ step }: PayoutStep): boolean {
  return step === "processing" || step === "unknown" || step === "not_automated";
}

/** Once a day from the day on which a person may decide, counted from the start. */
function isNewlyOverdue({ startedAt, triedAt }: ClaimedPayout, now: Date): boolean {
  if (!startedAt) return false;
  const days = (at: Date) => Math.floor((at.getTime() - startedAt.getTime()) / UNKNOWN_AFTER_MS);
  return days(now) >= 1 && (triedAt === null || days(triedAt) < days(now));
}

/** Why the counterparty is left alone for now: it `refuses_us`, or cannot be reached. Null when there is no reason to. */
export function troubleOf({ step, reason }: PayoutStep): "refuses_us" | "away" | null {
  if (step === "failed") return reason === "credentials_refused" ? "refuses_us" : null;
  if ((step !== "unknown" && step !== "waits") || reason === null) return null;
  if (/answered_40[13]$/.test(reason)) return "refuses_us";
  return reason === "no_answer" || /answered_(408|425|429|5\d\d)$/.test(reason) ? "away" : null;
}
