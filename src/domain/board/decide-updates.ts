import type { UpdateBoard } from "./commands.ts";
import { isDeadlineInRange } from "./deadline.ts";
import type { Rules, Ruling } from "./decide.ts";
import { cancelBoard, expireBoard } from "./decide-closing.ts";
import type { BoardEvent, UpdatedField } from "./events.ts";
import { acceptsContributions, isOpenStatus } from "./lifecycle.ts";
import { totalsAfter } from "./pot.ts";

/** The message may change at any time, the deadline while guests may contribute. A value that is set already changes nothing. */
export function updateBoard(rules: Rules, { message, deadline, end }: UpdateBoard): Ruling {
  const { state, profile, now, at } = rules;
  const fields: UpdatedField[] = [];
  if (message !== undefined && message !== (profile?.message ?? null)) fields.push("message");
  if (deadline !== undefined && deadline.getTime() !== state.deadline.getTime()) {
    if (!acceptsContributions(state.status, state.deadline, now)) {
      return { refused: "cannot_move_deadline", status: state.status };
    }
    if (deadline < state.deadline) return { refused: "deadline_not_later", deadline: state.deadline.toISOString() };
    if (!isDeadlineInRange(deadline, now)) return { refused: "deadline_out_of_range" };
    fields.push("deadline");
  }
  const moved = { ...state, deadline: fields.includes("deadline") && deadline ? deadline : state.deadline };
  const ending = endOf({ ...rules, state: moved }, end);
  if (!Array.isArray(ending)) return ending;
  if (fields.length === 0) return ending;
  // The retention of an ended board counts from its end, so a later edit does not move `updatedAt`.
  const updatedAt = isOpenStatus(state.status) ? at.toISOString() : state.updatedAt;
  // Ending the board is announced by its own event.
  const announced = ending.length === 0;
  return [{ type: "board_updated", fields, announced, after: { ...totalsAfter(moved, at), updatedAt } }, ...ending];
}

function endOf(rules: Rules, end: UpdateBoard["end"]): Ruling {
  if (end === undefined) return NOTHING;
  return end === "cancelled" ? cancelBoard(rules) : expireBoard(rules);
}

const NOTHING: readonly BoardEvent[] = [];
