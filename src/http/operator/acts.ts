import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { matchedRoutes } from "hono/route";
import { z } from "zod";
import { findOrCreateHost } from "#accounts/hosts";
import { writeAudit } from "#audit/write-audit";
import { getBoard } from "#boards/read-board";
import { keepBoardNote } from "#database/board-notes";
import { isUnavailable } from "#database/errors";
import { type Actor, ADMIN, SYSTEM } from "#domain/board/actor";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { parsePublicId, publicId } from "#domain/ids";
import { codeOfSlug } from "#domain/slug";
import { ChipInError, type ErrorCode } from "#platform/errors";
import type { Services } from "#platform/services";
import { adminEmails } from "#platform/settings";
import type { AppEnv } from "../app-env.ts";
import { refusalOf } from "../errors.ts";

/** What the acts of operators have in common: who acts, why, the confirmation of what cannot be undone, and refusals. */

/**
 * Names the acting person by e-mail. It must be the one who signed in. Access needs it for writes, because a browser sends
 * Access's identity by itself, but no such header for another site's page. In development the job secret takes it at its word.
 */
export const OPERATOR_HEADER = "ChipIn-Operator";

/** Why a person decided so. Kept in Postgres, never in a log. */
export const Note = z
  .string("must be a text")
  .trim()
  .min(4, "must say why, in 4 characters or more")
  .max(500, "must be at most 500 characters long")
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must not hold control characters");

/** The body of an act that only needs a reason. */
export const Noted = z.object({ note: Note });

/** The body of an act that cannot be undone. `confirmBoard` or `requireConfirmation` checks `confirm`. */
export const Confirmed = z.object({ note: Note, confirm: z.string("must name what the act is about") });

const READS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** The job secret is nobody's. Outside development it opens nothing that comes after this. @throws ChipInError `forbidden`. */
export const requirePerson = createMiddleware<AppEnv>(async (c, next) => {
  if (c.get("operator")?.kind !== "person" && !isDevelopment(c)) {
    throw new ChipInError("forbidden", "INTERNAL_JOB_SECRET runs jobs only: sign in with a secret of your own");
  }
  await next();
});

/** A write is done by a person on `ADMIN_EMAIL_ALLOWLIST`. Reads need none. @throws ChipInError `validation_error`, `forbidden`. */
export const requireOperator = createMiddleware<AppEnv>(async (c, next) => {
  if (!READS.has(c.req.method)) await nameOperator(c);
  await next();
});

/** For reads that name the person too. @throws ChipInError as `requireOperator`. */
export const requireNamedOperator = createMiddleware<AppEnv>(async (c, next) => {
  await nameOperator(c);
  await next();
});

async function nameOperator(c: Context<AppEnv>): Promise<void> {
  const services = c.get("services");
  const email = operatorOf(c);
  if (email === null) {
    const reason = "must be your e-mail address, one of ADMIN_EMAIL_ALLOWLIST";
    throw new ChipInError("validation_error", "Say who acts", [{ field: OPERATOR_HEADER, reason }]);
  }
  if (!adminEmails(services.settings).includes(email)) {
    throw new ChipInError("forbidden", `The address in ${OPERATOR_HEADER} is not on ADMIN_EMAIL_ALLOWLIST`);
  }
  c.set("services", await actingAs(services, email));
}

/** For what machines do too: a person is named as for any write, a machine acts as the system. */
export const noteOperator = createMiddleware<AppEnv>(async (c, next) => {
  const services = c.get("services");
  const isMachine = c.get("operator")?.kind === "machine";
  const claimed = isMachine ? operatorOf(c) : null;
  if (!isMachine || (claimed !== null && adminEmails(services.settings).includes(claimed))) await nameOperator(c);
  else c.set("services", { ...services, actor: SYSTEM });
  await next();
});

/** @throws ChipInError `forbidden` when the header names somebody else. */
function operatorOf(c: Context<AppEnv>): string | null {
  const named = c.req.header(OPERATOR_HEADER)?.trim().toLowerCase() || null;
  const operator = c.get("operator");
  if (operator?.kind !== "person") return isDevelopment(c) ? named : null;
  if (named !== null && named !== operator.email) {
    throw new ChipInError("forbidden", `${OPERATOR_HEADER} names another person than the one who signed in`);
  }
  return operator.by === "access" ? named : operator.email;
}

function isDevelopment(c: Context<AppEnv>): boolean {
  return c.get("services").settings.ENVIRONMENT === "development";
}

/** Without Postgres the person has no id: pausing a provider goes on, and the e-mail says who it was. */
async function actingAs(services: Services, email: string): Promise<Services> {
  const adminId = await findOrCreateHost(services.database, email).then(
    ({ id }) => id,
    (error: unknown) => {
      if (isUnavailable(error)) return null;
      throw error;
    },
  );
  const actor: Actor = adminId === null ? ADMIN : { kind: "admin", adminId };
  return { ...services, actor, origin: { ...services.origin, email } };
}

/** @throws ChipInError `validation_error` on `confirm` unless it is exactly `expected`, saying what to send. */
export function requireConfirmation(confirm: string, expected: string, what: string): void {
  if (confirm === expected) return;
  const details = [{ field: "confirm", reason: `must be ${what}: ${expected}` }];
  throw new ChipInError("validation_error", "The act is not confirmed, and nothing was changed", details);
}

/** The board of an act that is confirmed with the board's slug. @throws ChipInError `not_found`, `validation_error`. */
export async function confirmBoard(services: Services, idOrSlug: string, confirm: string): Promise<BoardSnapshot> {
  const board = await getBoard(services, ADMIN, idOrSlug);
  requireConfirmation(confirm, board.slug, "the board's slug");
  return board;
}

/** Keeps the note of an act that is done. While Postgres is away the act stands, and repeating it keeps the note. */
export async function noteAct({ database, actor, now }: Services, boardId: string, action: string, note: string) {
  await keepBoardNote(database, { boardId, action, note, by: actor, at: now() });
}

/** Whether something has changed is not known, so these are no refusals. */
const NOT_REFUSED: ReadonlySet<ErrorCode> = new Set(["unavailable", "internal_error"]);

/** Every refused write leaves an audit row: `board.cancel.refused`, with the refusal's code. */
export const auditRefusals = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  const act = c.error && !READS.has(c.req.method) ? actOf(c) : null;
  if (!act || !c.error) return;
  const { code } = refusalOf(c.error);
  if (NOT_REFUSED.has(code)) return;
  const { name, target } = act;
  await writeAudit(c.get("services"), { action: `${name}.refused`, target, metadata: { code } });
});

/** Where the audit log's word differs from the route's. */
const TARGET_TYPES: Readonly<Record<string, string>> = { board: "dream_board", provider: "payment_provider" };

/** The act a request asks for, by its route: `/internal/boards/:id/flags/clear` is `board.flags.clear`. Null without a route. */
function actOf(c: Context<AppEnv>): { name: string; target: { type: string; id: string } } | null {
  const { method, path } = c.req;
  const route = matchedRoutes(c).find((matched) => matched.method === method && !matched.path.endsWith("*"));
  if (!route) return null;
  const [, , collection = "", parameter, ...words] = route.path.split("/");
  const noun = collection.replace(/s$/, "").replaceAll("-", "_");
  const verbs = words.filter((word) => !word.startsWith(":")).map((word) => word.replaceAll("-", "_"));
  if (verbs.length === 0) verbs.push(method === "PATCH" ? "update" : parameter ? "run" : "create");
  const id = parameter ? namedId(noun, path.split("/")[3] ?? "") : "-";
  return { name: [noun, ...verbs].join("."), target: { type: TARGET_TYPES[noun] ?? noun, id } };
}

/** An id as audit rows have it. A slug holds a child's name, so a board that was named by one is its code. */
function namedId(noun: string, text: string): string {
  if (noun === "board") {
    const id = parsePublicId("board", text);
    return id ? publicId("board", id) : (codeOfSlug(text) ?? "-");
  }
  const contributionId = noun === "contribution" ? parsePublicId("contribution", text) : null;
  if (contributionId) return publicId("contribution", contributionId);
  return /^[\w-]{1,100}$/.test(text) ? text : "-";
}
