import type { Actor, Owner } from "./actor.ts";
import { owns } from "./actor.ts";
import { anonymiseBoard } from "./anonymise.ts";
import type { BoardCommand, ClearFlag, OpenBoard, Refusal } from "./commands.ts";
import { cancelBoard, closeBoard, passDeadline } from "./decide-closing.ts";
import { expirePayment, notePaymentRequest, openContribution, reportPayment, retryPayment } from "./decide-payments.ts";
import {
  completePayout,
  failPayout,
  liftHold,
  payoutConsequences,
  placeHold,
  retryPayout,
  startPayout,
  supplementPayout,
} from "./decide-payouts.ts";
import { reportRefund, requestRefund, withdrawRefund } from "./decide-refunds.ts";
import { sandboxConsequences, tendSandbox } from "./decide-sandbox.ts";
import { copyPictures, updateBoard } from "./decide-updates.ts";
import type { BoardEvent } from "./events.ts";
import { flagKey } from "./flags.ts";
import type { BoardProfile } from "./profile.ts";
import type { BoardState, BoardTerms, Contribution } from "./state.ts";

export type DecisionContext = Readonly<{
  /** The instant the rules judge by. */
  now: Date;
  /** The instant what follows is recorded at. */
  at: Date;
  by: Actor;
  /** As whom the actor acts, where the board is not their own: a second parent. */
  owner?: Owner | undefined;
  /** A contribution the command names that has left the state, as the log has it. */
  dormant?: Contribution | null;
  /** What the board says about a family now. */
  profile?: BoardProfile | null;
}>;

/** What the rules of one command work with, once the board is open. */
export type Rules = Readonly<{
  state: BoardState;
  terms: BoardTerms;
  profile: BoardProfile | null;
  now: Date;
  at: Date;
  by: Actor;
  find(contribution: Readonly<{ id: string } | { reference: string }>): Contribution | undefined;
}>;

/** What a rule answers: events to record (none for a repeated command), a refusal, or a refusal that is recorded. */
export type Ruling = readonly BoardEvent[] | Refusal | Readonly<{ refusal: Refusal; events: readonly BoardEvent[] }>;

/** A refusal may carry events too: a wrong amount records a flag and is refused. */
export type Decision = Readonly<{ events: readonly BoardEvent[]; refusal: Refusal | null }>;

/** What follows from `command`. Pure: it reads neither clock nor storage and changes nothing. */
export function decide(state: BoardState, command: BoardCommand, context: DecisionContext): Decision {
  const { now, at, by, owner, dormant, profile = null } = context;
  if (command.type === "open_board") return decision(openBoard(state, command, now));
  const { terms } = state;
  if (!terms || (by.kind !== "system" && !owns(owner ?? by, terms))) return decision({ refused: "unknown_board" });
  const find: Rules["find"] = (named) => {
    const id = "id" in named ? named.id : state.references.get(named.reference);
    const isDormant = "id" in named ? named.id === dormant?.id : named.reference === dormant?.reference;
    return state.contributions.get(id ?? "") ?? (dormant && isDormant ? dormant : undefined);
  };
  const rules: Rules = { state, terms, profile, now, at, by, find };
  const { events, refusal } = decision(rule(rules, command));
  const following = payoutConsequences(state, at, events);
  const decided = withRevival(state, dormant, [...events, ...following]);
  return { events: [...decided, ...sandboxConsequences(rules, decided)], refusal };
}

function rule(rules: Rules, command: Exclude<BoardCommand, OpenBoard>): Ruling {
  switch (command.type) {
    case "open_contribution":
      return openContribution(rules, command);
    case "retry_payment":
      return retryPayment(rules, command);
    case "note_payment_request":
      return notePaymentRequest(rules, command);
    case "report_payment":
      return reportPayment(rules, command);
    case "expire_payment":
      return expirePayment(rules, command);
    case "request_refund":
      return requestRefund(rules, command);
    case "report_refund":
      return reportRefund(rules, command);
    case "withdraw_refund":
      return withdrawRefund(rules, command);
    case "clear_flag":
      return clearFlag(rules, command);
    case "close_board":
      return closeBoard(rules, command);
    case "cancel_board":
      return cancelBoard(rules);
    case "update_board":
      return updateBoard(rules, command);
    case "copy_pictures":
      return copyPictures(rules, command);
    case "anonymise_board":
      return anonymiseBoard(rules);
    case "pass_deadline":
      return passDeadline(rules, command);
    case "tend_sandbox":
      return tendSandbox(rules, command);
    case "place_hold":
      return placeHold(rules);
    case "lift_hold":
      return liftHold(rules);
    case "start_payout":
      return startPayout(rules, command);
    case "complete_payout":
      return completePayout(rules, command);
    case "fail_payout":
      return failPayout(rules, command);
    case "retry_payout":
      return retryPayout(rules, command);
    case "supplement_payout":
      return supplementPayout(rules, command);
    default:
      command satisfies never;
      throw new RangeError("unknown command");
  }
}

function decision(ruling: Ruling): Decision {
  if ("refused" in ruling) return { events: [], refusal: ruling };
  if ("refusal" in ruling) return ruling;
  return { events: ruling, refusal: null };
}

/** A contribution that left the state comes back with the first event that names it. */
function withRevival(
  state: BoardState,
  dormant: Contribution | null | undefined,
  events: readonly BoardEvent[],
): readonly BoardEvent[] {
  const isNamed = events.some((event) => "contributionId" in event && event.contributionId === dormant?.id);
  if (!dormant || !isNamed || state.contributions.has(dormant.id)) return events;
  const { id: contributionId, reference, submission, provider, amount, fee } = dormant;
  const { openedAt, attempt, requestId, signals, failedPaymentIds } = dormant;
  const revived: BoardEvent = {
    type: "contribution_revived",
    contributionId,
    reference,
    submission,
    provider,
    amount,
    fee,
    openedAt,
    attempt,
    requestId,
    signals: [...signals],
    failedPaymentIds: [...failedPaymentIds],
  };
  return [revived, ...events];
}

function openBoard(state: BoardState, command: OpenBoard, now: Date): Ruling {
  const { boardId, partnerId, hostId, hostSince, giftType, payoutMethod, goal, deadline, sandbox } = command;
  if (state.terms) return state.terms.boardId === boardId ? [] : { refused: "code_taken" };
  if (deadline <= now) return { refused: "deadline_not_ahead" };
  return [
    {
      type: "board_opened",
      boardId,
      partnerId,
      hostId,
      hostSince: hostSince?.toISOString() ?? null,
      giftType,
      payoutMethod,
      goal,
      deadline: deadline.toISOString(),
      sandbox,
    },
  ];
}

function clearFlag({ state }: Rules, { flag, contributionId, providerPaymentId }: ClearFlag): Ruling {
  const named = { flag, contributionId, providerPaymentId };
  const known = state.flags.get(flagKey(named));
  if (!known) return { refused: "unknown_flag" };
  if (known.cleared) return [];
  return [{ type: "flag_cleared", ...named }];
}
