import { paragraph } from "#checkout/contribution-form";
import { isDeadlineInRange } from "#domain/board/deadline";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { endOfDay } from "#domain/time";
import { MAX_MESSAGE_LENGTH, type SettingsErrors } from "./settings-tab.tsx";

type Typed = Readonly<{ message?: string; deadline?: string }>;
type Read = Readonly<
  | { typed: Typed; errors: SettingsErrors }
  | { typed: Typed; changes: { message?: string | null; deadline?: Date }; what: "message" | "deadline" }
>;

/** What one form of the settings asks for: the message, or a later deadline. */
export function readSettings(
  fields: Readonly<Record<string, unknown>>,
  board: Pick<BoardSnapshot, "deadline">,
  now: Date,
): Read {
  if (typeof fields.deadline === "string") return readDeadline(fields.deadline.trim(), board, now);
  const typed = typeof fields.message === "string" ? paragraph(fields.message) : "";
  if ([...typed].length > MAX_MESSAGE_LENGTH) {
    const over = [...typed].length - MAX_MESSAGE_LENGTH;
    const errors = { message: `This is ${over} too many. Please shorten it to ${MAX_MESSAGE_LENGTH} characters.` };
    return { typed: { message: typed }, errors };
  }
  return { typed: { message: typed }, changes: { message: typed === "" ? null : typed }, what: "message" };
}

function readDeadline(day: string, board: Pick<BoardSnapshot, "deadline">, now: Date): Read {
  const typed = { deadline: day };
  const wrong = (deadline: string): Read => ({ typed, errors: { deadline } });
  const deadline = endOfDay(day);
  if (!deadline) return wrong("Please choose a day.");
  if (deadline.toISOString() === board.deadline) return { typed, changes: { deadline }, what: "deadline" };
  if (deadline < new Date(board.deadline))
    return wrong("Guests know the present date, so only a later one is possible.");
  if (!isDeadlineInRange(deadline, now)) return wrong("Please choose a day within the next 90 days.");
  return { typed, changes: { deadline }, what: "deadline" };
}
