import type { BoardObject } from "#boards/board-object";
import type { ContributorAbout } from "#domain/board/about";
import type { BoardCommand, Refusal } from "#domain/board/commands";
import { isRefusal } from "#domain/board/decide";
import type { PaymentProviderName } from "#domain/board/lifecycle";
import { publicView, receiptOf } from "#domain/board/public-view";
import { boardSnapshot } from "#domain/board/snapshot";
import { boardCode, newId } from "#domain/ids";
import { cents } from "#domain/money";
import { aboutBoard, History } from "../domain/board/history.ts";

const PARTNER = newId(new Date("2026-06-01T08:00:00Z"));

/**
 * One board by its real rules, without the runtime's storage around them. `test/workers/dream-board.test.ts` has the
 * object itself. `commands` names what was asked of it that could change something.
 */
export function boardInMemory(now: () => Date, { deadline }: { deadline?: Date } = {}) {
  const history = new History({ partnerId: PARTNER, ...(deadline && { deadline }) });
  const code = boardCode(history.boardId);
  const about = aboutBoard(history.boardId);
  const contributors = new Map<string, ContributorAbout>();
  const commands: BoardCommand["type"][] = [];
  const nameOf = (id: string) => contributors.get(id)?.name ?? null;
  const viewNow = () => publicView({ state: history.state, about, nameOf }, now());

  function play(command: BoardCommand) {
    commands.push(command.type);
    return history.play(command, now());
  }
  function settled(command: BoardCommand): Refusal | { events: number; projected: true } {
    const outcome = play(command);
    return isRefusal(outcome) ? outcome : { events: outcome.length, projected: true };
  }
  function handingOver(reference: string) {
    const [receipt, view] = [receiptOf(history.state, reference, nameOf), viewNow()];
    if (!receipt || !view) throw new Error("a recorded contribution has no receipt");
    return { receipt, view };
  }

  const object: Partial<BoardObject> = {
    view: viewNow,
    receipt: (reference) => receiptOf(history.state, reference, nameOf),
    openContribution: (command, contributor) => {
      const contributionId = newId(now());
      const outcome = play({ type: "open_contribution", contributionId, ...command });
      if (isRefusal(outcome)) return outcome;
      if (history.state.references.has(contributionId)) contributors.set(contributionId, contributor);
      return handingOver(history.state.submissions.get(command.submission) ?? "");
    },
    retryPayment: (reference) => {
      const outcome = play({ type: "retry_payment", reference });
      return isRefusal(outcome) ? outcome : handingOver(reference);
    },
    reportPayment: (report) => {
      const outcome = play(report);
      if (isRefusal(outcome)) return outcome;
      const { id, amount } = history.state.contributions.get(report.reference)!;
      for (const event of outcome) {
        if (event.type === "flag_raised" && event.flag === "amount_mismatch") {
          return { refused: "amount_mismatch", expected: amount, received: report.amount };
        }
        if (event.type !== "payment_progressed" || event.status !== "failed") continue;
        const ipAddress = contributors.get(id)?.ipAddress ?? null;
        return { outcome: "recorded", failure: { ipAddress, amount } };
      }
      return { outcome: outcome.length > 0 ? "recorded" : "old_news" };
    },
    settle: settled,
    notePaymentRequest: settled,
    reportRefund: ({ reference, ...news }) => {
      const contributionId = history.state.contributions.get(reference)?.id;
      if (contributionId === undefined) return { refused: "unknown_payment", reference };
      return settled({ type: "report_refund", contributionId, ...news, by: { kind: "system" } });
    },
    standingOffer: (reference) => {
      const contribution = history.state.contributions.get(reference);
      if (!contribution || contribution.status === "completed" || contribution.status === "refunded") return null;
      const { provider, amount, attempt, openedAt, offerExpiresAt, requestId } = contribution;
      return { slug: about.slug, reference, provider, amount, attempt, openedAt, offerExpiresAt, requestId };
    },
    cancel: (partnerId, command) => {
      if (partnerId !== null && partnerId !== PARTNER) return { refused: "unknown_board" };
      const outcome = settled(command);
      const board = boardSnapshot(history.state, about)!;
      return "refused" in outcome ? outcome : { ...outcome, board };
    },
  };

  return {
    ...{ code, slug: about.slug, boardId: history.boardId, object, commands, play },
    get events() {
      return history.events;
    },
    get state() {
      return history.state;
    },
    contribution: (reference: string) => history.state.contributions.get(reference)!,
    /** A contribution as a guest begins it, without a page; its payment reference. */
    begin(provider: PaymentProviderName, amount: number, contributor: Partial<ContributorAbout> = {}): string {
      const about = { name: "Thandi", message: null, ipAddress: null, userAgent: null, ...contributor };
      const command = { submission: newId(now()), amount: cents(amount), provider, signals: [] };
      const outcome = object.openContribution!(command, about, "req_test");
      if ("refused" in outcome || outcome instanceof Promise) throw new Error("the contribution was not taken");
      return outcome.receipt.reference;
    },
    /** Where its money stands: what nobody may move who has no proof. */
    standing: () => ({
      status: history.state.status,
      raised: history.state.raised,
      paid: [...history.state.contributions.values()].filter(({ status }) => status === "completed").length,
    }),
  };
}

export type BoardInMemory = ReturnType<typeof boardInMemory>;
