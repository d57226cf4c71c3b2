import type { BoardAct } from "#boards/board-history";
import { isolated } from "#domain/isolate";
import { moment } from "../dashboard/words.ts";

/** Who did what with a board, in the words of families. `me`: the host who reads. */
export function BoardHistory({ acts, me }: { acts: readonly BoardAct[]; me: string }) {
  return (
    <section class="section" aria-labelledby="history-title">
      <h2 id="history-title">Who did what</h2>
      {acts.length === 0 ? (
        <p>Nothing was changed since the board was opened.</p>
      ) : (
        <ul class="lines">
          {acts.map((act) => (
            <li>
              <strong>{personOf(act, me)}</strong> {deedOf(act)}
              <p>{moment(act.at.toISOString())}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function personOf({ by }: BoardAct, me: string): string {
  if (by.kind === "admin") return "A person at ChipIn";
  if (by.hostId === me) return "You";
  return isolated(by.name ?? by.email ?? "") || "A parent";
}

const DEEDS: Readonly<Record<string, string>> = {
  "board.opened": "opened the board.",
  "board.closed": "closed the board.",
  "board.cancelled": "cancelled the board.",
  "board.anonymised": "had the names removed.",
  "board.second_parent_invited": "invited a second parent.",
  "board.second_parent_accepted": "accepted the invitation.",
  "board.second_parent_removed": "removed the second parent.",
  "board.second_parent_left": "left the board.",
  "board.invitation_withdrawn": "withdrew the invitation.",
  "flag.cleared": "looked at a payment and cleared it.",
  "payouts.held": "put the payout on hold.",
  "payouts.hold_lifted": "released the payout.",
};

const FIELDS: Readonly<Record<string, string>> = {
  message: "the message",
  photo: "the photo",
  gift_picture: "the picture of the gift",
  deadline: "the last day",
  contributors: "what guests see of a contributor",
};

function deedOf({ action, fields }: BoardAct): string {
  if (action !== "board.updated") return DEEDS[action] ?? "worked on the board.";
  const changed = fields.map((field) => FIELDS[field] ?? "a detail");
  return `changed ${changed.join(" and ") || "the board"}.`;
}
