import type { Context } from "hono";
import { activeCauses } from "#boards/causes";
import { findBoard } from "#boards/read-board";
import { type Circumstances, type Step, stepBefore } from "#domain/draft";
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

export function newDraft(c: WizardContext, id = newId(c.var.services.now())): KnownDraft {
  return { id, version: 0, draft: {} };
}

/** The draft a form is about, new ones included; a response where it is gone. */
export async function draftOfForm(c: WizardContext, fields: Fields): Promise<KnownDraft | Response> {
  const { draft } = c.var.host;
  if (draft) return readStored(draft);
  const id = idIn(fields.draft);
  return Number(textOf(fields.version)) > 0 ? await afterDraft(c, id) : newDraft(c, id);
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

/** A draft that is gone has become a board, or there was none for this host. */
async function afterDraft(c: WizardContext, id: string | undefined): Promise<Response> {
  const { services, host } = c.var;
  const board = id === undefined ? null : await findBoard(services, { kind: "host", hostId: host.id }, id);
  return board && id !== undefined ? redirect(boardPath(id)) : answerNotFound(c);
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
