import type { Context } from "hono";
import type { z } from "zod";
import { ChipInError, type ErrorDetail } from "#platform/errors";
import type { PartnerEnv } from "./create-router.ts";

type Target = "json" | "query" | "param" | "header" | "form" | "cookie";
type Validated = { target: Target } & ({ success: true } | { success: false; error: z.core.$ZodError });

/** Rules that need the clock or the settings, which a schema has not. They read the body as it came, which may be malformed. */
export type FurtherRules = (body: unknown, c: Context<PartnerEnv>) => ErrorDetail[] | Promise<ErrorDetail[]>;

/** Refuses invalid input and names every wrong field. */
export function refuseInvalid(result: Validated): void {
  if (!result.success) throw invalid(detailsOf(result.error, TARGET_NAMES[result.target]));
}

/**
 * As `refuseInvalid`, with further rules for a body that the schema refuses, so that one response names every wrong field. A body
 * that fits the schema is judged by `idempotent`: an answer that is replayed was right when it was given.
 */
export function refuseInvalidWith(rules: FurtherRules) {
  const hook = async (result: Validated, c: Context<PartnerEnv>): Promise<void> => {
    if (result.success || result.target !== "json") return refuseInvalid(result);
    const details = detailsOf(result.error, TARGET_NAMES.json);
    const known = new Set(details.map(({ field }) => field));
    for (const detail of await rules(await c.req.json(), c)) if (!known.has(detail.field)) details.push(detail);
    throw invalid(details);
  };
  // The library's type excludes an asynchronous hook that returns nothing, though the library supports it.
  return hook as (result: Validated, c: Context<PartnerEnv>) => Promise<never>;
}

/** A response must not be many times as long as the request. */
const MAX_DETAILS = 50;

export function invalid(details: readonly ErrorDetail[], options: ErrorOptions = {}): ChipInError {
  const sentence = "Some fields are invalid; see details.";
  return new ChipInError("validation_error", sentence, details.slice(0, MAX_DETAILS), options);
}

const TARGET_NAMES: Record<Target, string> = {
  json: "body",
  form: "body",
  query: "query",
  param: "path",
  header: "headers",
  cookie: "headers",
};

/** What is wrong with each field; `whole` names the input itself. */
export function detailsOf(error: z.core.$ZodError, whole: string = TARGET_NAMES.json): ErrorDetail[] {
  const details = new Map<string, ErrorDetail>();
  for (const issue of error.issues) {
    const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    for (const path of paths) {
      const field = path.join(".") || whole;
      // The first issue is kept: a field of the wrong type breaks later rules too.
      if (!details.has(field)) details.set(field, { field, reason: reasonOf(issue) });
    }
  }
  return [...details.values()];
}

const TYPE_NAMES: Record<string, string> = { object: "an object", array: "a list", int: "a whole number" };

/** The end of a sentence that begins with the field. Messages of our schemas have this form; zod's own are replaced. */
function reasonOf(issue: z.core.$ZodIssue): string {
  if (!issue.message.startsWith("Invalid ")) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      if (issue.message.endsWith("received undefined")) return "is required";
      return `must be ${TYPE_NAMES[issue.expected] ?? `a ${issue.expected}`}`;
    case "invalid_value":
      return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.join(", ")}`;
    default:
      return issue.message;
  }
}
