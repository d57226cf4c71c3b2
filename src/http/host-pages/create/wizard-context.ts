import type { Context } from "hono";
import { activeCauses } from "#boards/causes";
import { findBoard } from "#boards/read-board";
import { type Circumstances, type Step, stepBefore } from "#domain/draft";
import { DRAFT_MS } from "#domain/host-account";
import { newId, publicId } from "#domain/ids";
import { findNewestDraft, type KnownDraft, readStored } from "#wizard/drafts";
import { answerNotFound } from "../../guest-pages/answer-error.ts";
import { redirect } from "../../ui/respond.ts";
import type { HostEnv } from "../signed-in.ts";
import { type FormKeys, stepPath } from "./frame.tsx";

export type WizardContext = Context<HostEnv>;
export type Fields = Readonly<Record<string, unknown>>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function idIn(value: unknown): string | undefined {
  return typeof value === "string" && UUID.test(value) ? value : undefined;
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Of the draft that the form was opened with; 0 for a new one. */
export function versionIn({ version }: Fields): number {
  return Number(textOf(version)) || 0;
}

export function newDraft(c: WizardContext, id = newId(c.var.services.now())): KnownDraft {
  return { id, version: 0, draft: {} };
}

/** The draft a form is about. A form whose draft ran out begins a new one. A response where the draft became a board, or never was. */
export async function draftOfForm(c: WizardContext, fields: Fields): Promise<KnownDraft | Response> {
  const { draft } = c.var.host;
  if (draft) return readStored(draft);
  const id = idIn(fields.draft);
  if (versionIn(fields) === 0) return newDraft(c, id);
  return hasRunOut(c, id) ? newDraft(c) : await afterDraft(c, id);
}

/**
 * Shows a step of the draft that the address names; without one, of the newest. Jumping ahead leads to the first incomplete step.
 */
export async function showStep(
  c: WizardContext,
  step: Step,
  show: (known: KnownDraft) => Response | Promise<Response>,
): Promise<Response> {
  const { services, host } = c.var;
  const asked = c.req.query("draft");
  if (asked === undefined) {
    const newest = await findNewestDraft(services, host);
    const flag = c.req.query("too_large") === undefined ? "" : "&too_large=1";
    return redirect(newest === null ? "/create/child" : stepPath(step, newest) + flag);
  }
  if (!host.draft) return await afterDraft(c, idIn(asked));
  const known = readStored(host.draft);
  const before = stepBefore(step, known.draft, await circumstancesOf(c));
  return before ? redirect(stepPath(before, known.id)) : await show(known);
}

/** A draft that is gone has become a board, or ran out, or there was none for this host. */
export async function afterDraft(c: WizardContext, id: string | undefined): Promise<Response> {
  const { services, host } = c.var;
  const board = id === undefined ? null : await findBoard(services, { kind: "host", hostId: host.id }, id);
  if (board && id !== undefined) return redirect(boardPath(id));
  return hasRunOut(c, id) ? redirect("/create/child?gone=1") : answerNotFound(c);
}

/** Whether a draft that is not there is so old that it may have run out. Its id holds when it was begun. (RFC 9562, UUIDv7) */
function hasRunOut(c: WizardContext, id: string | undefined): boolean {
  const begunAt = Number.parseInt((id ?? "").replace("-", "").slice(0, 12), 16);
  return begunAt + DRAFT_MS <= c.var.services.now().getTime();
}

export function boardPath(id: string): string {
  return `/dashboard/${publicId("board", id)}`;
}

export async function circumstancesOf(c: WizardContext): Promise<Circumstances> {
  const { services } = c.var;
  return { now: services.now(), causes: await activeCauses(services) };
}

export function keysOf(c: WizardContext, { id, version }: KnownDraft): FormKeys {
  return { csrf: c.var.host.csrf, draft: id, version };
}

/** For a form that was too large to be read, with whatever was in it. */
export function tooLarge(c: WizardContext): { alert?: string } {
  if (c.req.query("too_large") === undefined) return {};
  return { alert: "This picture has more than 5 MB, so the form was not read. Please choose a smaller one." };
}
