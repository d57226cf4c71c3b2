import type { Context } from "hono";
import type { z } from "zod";
import { ChipInError, type ErrorDetail } from "#platform/errors";
import type { PartnerEnv } from "./router.ts";

type Target = "json" | "query" | "param" | "header" | "form" | "cookie";
type Validated = { target: Target } & ({ success: true } | { success: false; error: z.core.$ZodError });

/** Rules a schema cannot hold because they need the clock or the settings; they read input that may be malformed. */
export type FurtherRules = (body: unknown, c: Context<PartnerEnv>) => ErrorDetail[];

/** Refuses malformed input, naming every wrong field. */
export function refuseInvalid(result: Validated): void {
  if (!result.success) throw invalid(detailsOf(result));
}

/** As `refuseInvalid`, with further rules for the body, so that one answer names all that is wrong. */
export function refuseInvalidWith(rules: FurtherRules) {
  const hook = async (result: Validated, c: Context<PartnerEnv>): Promise<void> => {
    if (result.target !== "json") return refuseInvalid(result);
    const details = result.success ? [] : detailsOf(result);
    const known = new Set(details.map(({ field }) => field));
    for (const detail of rules(await c.req.json(), c)) if (!known.has(detail.field)) details.push(detail);
    if (details.length > 0) throw invalid(details);
  };
  // The library's type has no room for a hook that waits and then has nothing to answer, though it allows for one.
  return hook as (result: Validated, c: Context<PartnerEnv>) => Promise<never>;
}

/** Nobody mends more at once, and an answer must not be many times as long as what was asked. */
const MAX_DETAILS = 50;

export function invalid(details: readonly ErrorDetail[]): ChipInError {
  return new ChipInError(
    "validation_error",
    "Some of what you sent is not usable; see details",
    details.slice(0, MAX_DETAILS),
  );
}

const WHOLE: Record<Target, string> = {
  json: "body",
  form: "body",
  query: "query",
  param: "path",
  header: "headers",
  cookie: "headers",
};

function detailsOf({ target, error }: Extract<Validated, { success: false }>): ErrorDetail[] {
  const details = new Map<string, ErrorDetail>();
  for (const issue of error.issues) {
    const field = issue.path.join(".") || WHOLE[target];
    // The first is the plainest: a field of the wrong type breaks later rules as well.
    if (!details.has(field)) details.set(field, { field, reason: reasonOf(issue) });
  }
  return [...details.values()];
}

const NAMES: Record<string, string> = { object: "an object", array: "a list", int: "a whole number" };

/** Zod's own sentences, as ends of "`field` …". Those our schemas give are such ends already. */
function reasonOf(issue: z.core.$ZodIssue): string {
  if (!issue.message.startsWith("Invalid ")) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      if (issue.message.endsWith("received undefined")) return "is required";
      return `must be ${NAMES[issue.expected] ?? `a ${issue.expected}`}`;
    case "invalid_value":
      return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.join(", ")}`;
    default:
      return issue.message;
  }
}
