import { pictureOf } from "../gift.ts";
import type { CopyPictures, Refusal, UpdateBoard, VisibilityChange } from "./commands.ts";
import { isDeadlineInRange } from "./deadline.ts";
import type { Rules, Ruling } from "./decide.ts";
import { cancelBoard, expireBoard } from "./decide-closing.ts";
import type { UpdatedField, Visibility } from "./events.ts";
import { acceptsContributions, isOpenStatus } from "./lifecycle.ts";
import { totalsAfter } from "./pot.ts";
import { type BoardProfile, copiedProfile, updatedProfile } from "./profile.ts";

/**
 * What the board shows may change until it is anonymised, the deadline while guests may contribute. A value that is set
 * already changes nothing.
 */
export function updateBoard(rules: Rules, command: UpdateBoard): Ruling {
  const { state, profile, now, at } = rules;
  const { deadline, end } = command;
  const contributors = visibilityAfter(rules, command.contributors ?? []);
  if ("refused" in contributors) return contributors;
  const fields: UpdatedField[] = profile ? changedFields(profile, updatedProfile(profile, command)) : [];
  if (contributors.length > 0) fields.push("contributors");
  if (fields.length > 0 && state.anonymised) return { refused: "anonymised" };
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
  const after = { ...totalsAfter(moved, at), updatedAt };
  return [{ type: "board_updated", fields, contributors, announced, after }, ...ending];
}

/**
 * The board shows our copy of a picture from now on. Its owners changed nothing: nothing is announced, and `updatedAt` stays.
 * That a picture could not be copied is noted beside the log.
 */
export function copyPictures({ state, profile, at }: Rules, command: CopyPictures): Ruling {
  if (state.anonymised) return { refused: "anonymised" };
  const fields = profile ? changedFields(profile, copiedProfile(profile, command)) : NOTHING;
  if (fields.length === 0) return NOTHING;
  const after = { ...totalsAfter(state, at), updatedAt: state.updatedAt };
  return [{ type: "board_updated", fields: [...fields], contributors: [], announced: false, after }];
}

function changedFields(before: BoardProfile, after: BoardProfile): UpdatedField[] {
  const fields: UpdatedField[] = [];
  if (after.message !== before.message) fields.push("message");
  if (after.childPhotoUrl !== before.childPhotoUrl) fields.push("photo");
  if (pictureOf(after.gift) !== pictureOf(before.gift)) fields.push("gift_picture");
  return fields;
}

/** What is hidden afterwards of each contribution that changes. The last change of one contribution counts. */
function visibilityAfter({ state }: Rules, changes: readonly VisibilityChange[]): Visibility[] | Refusal {
  const before = (id: string) => state.hidden.get(id) ?? { name: false, message: false };
  const changed = new Map<string, ReturnType<typeof before>>();
  for (const { contributionId: id, name, message } of changes) {
    if (!state.contributions.has(id)) return { refused: "unknown_payment" };
    const hidden = changed.get(id) ?? before(id);
    changed.set(id, {
      name: name === undefined ? hidden.name : name === "hidden",
      message: message === undefined ? hidden.message : message === "hidden",
    });
  }
  return [...changed]
    .filter(([id, after]) => after.name !== before(id).name || after.message !== before(id).message)
    .map(([contributionId, { name, message }]) => ({ contributionId, nameHidden: name, messageHidden: message }));
}

function endOf(rules: Rules, end: UpdateBoard["end"]): Ruling {
  if (end === undefined) return NOTHING;
  return end === "cancelled" ? cancelBoard(rules) : expireBoard(rules);
}

const NOTHING: readonly never[] = [];
