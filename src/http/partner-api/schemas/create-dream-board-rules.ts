import { DEADLINE_RANGE, isDeadlineInRange } from "#domain/board/deadline";
import { birthdayRange } from "#domain/board/field-rules";
import { httpsUrlProblem } from "#domain/urls";
import type { ErrorDetail } from "#platform/errors";

const CAUSE_IDS = ["gift_data.cause_id", "overflow_gift_data.cause_id"];
const IMAGES = ["child_photo_url", "gift_data.product_image", "gift_data.cause_image"];

/**
 * The rules that need today's date in South Africa, the time, the list of causes, or the origin of the local platform. They read the body as it
 * came. Fields that are missing or malformed are left to the schema.
 * @param causeIds of the causes that a board may choose
 * @param localOrigin the local platform's origin, which may serve pictures over http, else null
 */
export function createDreamBoardRules(
  body: unknown,
  now: Date,
  causeIds: readonly string[],
  localOrigin: string | null,
): ErrorDetail[] {
  const details: ErrorDetail[] = [];
  const refuse = (field: string, reason: string | null) => reason && details.push({ field, reason });
  const birthday = fieldOf(body, "birthday_date");
  if (birthday !== null) refuse("birthday_date", birthdayProblem(birthday, now));
  const deadline = fieldOf(body, "deadline");
  if (deadline !== null) refuse("deadline", deadlineProblem(deadline, now));
  for (const field of CAUSE_IDS) {
    const id = fieldOf(body, field);
    if (id !== null && !causeIds.includes(id)) refuse(field, `must be one of ${causeIds.join(", ")}`);
  }
  for (const field of IMAGES) {
    const url = fieldOf(body, field);
    if (url !== null) refuse(field, httpsUrlProblem(url, localOrigin));
  }
  return details;
}

function birthdayProblem(date: string, now: Date): string | null {
  const { first, last } = birthdayRange(now);
  return date < first || date > last ? `must be from ${first} to ${last}` : null;
}

function deadlineProblem(deadline: string, now: Date): string | null {
  return isDeadlineInRange(new Date(deadline), now) ? null : DEADLINE_RANGE;
}

/** The text at a dotted path, or null. */
function fieldOf(body: unknown, path: string): string | null {
  let value = body;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null) return null;
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === "string" ? value : null;
}
