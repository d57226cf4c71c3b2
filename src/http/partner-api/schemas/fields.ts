import { z } from "@hono/zod-openapi";
import {
  holdsLetter,
  holdsOnlyNameMarks,
  isCleanText,
  isKarriNumber,
  karriDigits,
  lengthOf,
  MAX_CENTS,
  MAX_CHILD_NAME,
  MAX_EMAIL,
  MAX_MESSAGE,
  MAX_URL,
  withPlainMarks,
} from "#domain/board/field-rules";
import { takealotProduct } from "#domain/takealot";

/** Text that a person typed. Characters are counted as Postgres counts them. Postgres and pages can hold all of them. */
export function text({ min = 1, max }: { min?: number; max: number }) {
  const length = min === 1 ? `must be 1 to ${max} characters long` : `must be ${min} to ${max} characters long`;
  return z
    .string()
    .trim()
    .refine(isCleanText, "must not contain control characters")
    .refine((value) => lengthOf(value) >= min && lengthOf(value) <= max, length)
    .openapi({ minLength: min, maxLength: max });
}

/** What a board says to its guests. */
export const Message = text({ max: MAX_MESSAGE });

export function amount(minimum: number) {
  const error = `must be a whole number of cents from ${minimum} to ${MAX_CENTS}`;
  return z
    .int({ error: (issue) => (issue.input === undefined ? "is required" : error) })
    .min(minimum, error)
    .max(MAX_CENTS, error);
}

/** Letters of any script with spaces, hyphens and apostrophes. In many scripts one letter is a name. */
export const ChildName = z
  .string()
  .transform(withPlainMarks)
  .pipe(
    z
      .string()
      .refine(holdsOnlyNameMarks, "may hold letters, spaces, hyphens and apostrophes only")
      .refine(holdsLetter, "must hold at least one letter")
      .refine((name) => lengthOf(name) <= MAX_CHILD_NAME, `must be 1 to ${MAX_CHILD_NAME} characters long`),
  )
  .openapi({ type: "string", minLength: 1, maxLength: MAX_CHILD_NAME, example: "Maya" });

export const Email = z
  .string()
  .trim()
  .toLowerCase()
  .max(MAX_EMAIL, `must be at most ${MAX_EMAIL} characters long`)
  .pipe(z.email("must be an e-mail address"))
  .openapi({ type: "string", format: "email", example: "parent@example.com" });

/** The URL of a picture. `create-dream-board-rules.ts` checks for https, which the local platform's own pictures lack. */
export const ImageUrl = z
  .string()
  .max(MAX_URL, `must be at most ${MAX_URL} characters long`)
  .openapi({ format: "uri", description: "https", example: "https://images.example.com/maya.jpg" });

/** Parsed to the URL and the product id in it, if any. (product-facts 21.3) */
export const TakealotUrl = z
  .string()
  .max(MAX_URL, `must be at most ${MAX_URL} characters long`)
  .transform((value, context) => {
    const product = takealotProduct(value);
    if ("reason" in product) context.addIssue({ code: "custom", message: product.reason });
    return "reason" in product ? { url: value, productId: null } : product;
  })
  .openapi({ type: "string", format: "uri", example: "https://www.takealot.com/lego-friends-treehouse/PLID90000001" });

export const CalendarDate = z.iso
  .date({ error: (issue) => (issue.input === undefined ? "is required" : "must be a date like 2026-12-31") })
  .openapi({ example: "2026-12-31" });

const FIRST_INSTANT = Date.parse("1970-01-01T00:00:00Z");
const LAST_INSTANT = Date.parse("9999-12-31T00:00:00Z");

/** An instant with its offset, of the years that Postgres and programs agree on: it has no year 0, and JavaScript writes 10000 with a sign. */
export const Instant = z.iso
  .datetime({
    offset: true,
    // One reason a field.
    abort: true,
    error: (issue) => (issue.input === undefined ? "is required" : "must be an instant like 2026-12-31T21:59:59Z"),
  })
  .refine((text) => {
    const at = Date.parse(text);
    return at >= FIRST_INSTANT && at <= LAST_INSTANT;
  }, "must lie between 1970 and 9999");

/** Digits; spaces and hyphens are removed. No source states a length or a checksum. (product-facts 21.4) */
export const KarriCardNumber = z
  .string()
  .transform(karriDigits)
  .refine(isKarriNumber, "must be 12 to 19 digits")
  .openapi({
    type: "string",
    description: "12 to 19 digits; spaces and hyphens are left out. Never shown again",
    example: "5234000000000007",
  });

/** The name on the card, one line. It is asked for, because it need not be the child's. */
export const KarriCardholderName = text({ max: 100 })
  .refine((name) => !/\p{Cc}/u.test(name), "must not contain control characters")
  .openapi({ description: "The name on the card; never shown to guests", example: "Lindiwe Mokoena" });
