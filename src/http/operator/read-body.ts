import type { z } from "zod";
import { parsePublicId } from "#domain/ids";
import { ChipInError } from "#platform/errors";

/** A JSON body judged by `schema`. @throws ChipInError `validation_error` naming each field and what it needs. */
export async function readBody<T>(schema: z.ZodType<T>, request: Request): Promise<T> {
  return read(schema, await request.json().catch(() => null));
}

/** `field` names what is read where it has no fields of its own. @throws ChipInError `validation_error`. */
export function read<T>(schema: z.ZodType<T>, value: unknown, field = "body"): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const details = result.error.issues.map(({ path, message }) => ({
    field: path.join(".") || field,
    reason: message,
  }));
  throw new ChipInError("validation_error", "The request could not be read", details);
}

const NOUNS: Readonly<Record<string, string>> = { board: "dream board", apiKey: "API key" };

/** The UUID behind an id of a path. @throws ChipInError `not_found`. */
export function idOf(kind: "board" | "contribution" | "payout" | "apiKey" | "webhookEndpoint", text: string): string {
  const id = parsePublicId(kind, text);
  if (!id) throw new ChipInError("not_found", `There is no such ${NOUNS[kind] ?? kind}.`);
  return id;
}
