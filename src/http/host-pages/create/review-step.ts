import { previewBoard } from "#domain/board/preview";
import { DEFAULT_PARTNER } from "#domain/default-partner";
import { goalOf, readDraft, type WholeDraft } from "#domain/draft";
import { messageOf } from "#platform/log";
import { createBoard, profileOf } from "#wizard/create-board";
import { deleteDraft, type KnownDraft, readStored } from "#wizard/drafts";
import { fieldsOf } from "../../guest-pages/answer-checkout.ts";
import { siteFor } from "../../guest-pages/site.ts";
import { redirect } from "../../ui/respond.ts";
import { respondToHost } from "../host-page.tsx";
import { stepPath } from "./frame.tsx";
import { type ReviewPage, renderReviewPage } from "./review-page.tsx";
import { CHANGED_ELSEWHERE } from "./save-step.ts";
import {
  afterDraft,
  boardPath,
  circumstancesOf,
  idIn,
  keysOf,
  showStep,
  textOf,
  versionIn,
  type WizardContext,
} from "./wizard-context.ts";

const NO_CONSENT = "Please tick this box: a board needs the consent of a parent or guardian.";

export async function showReview(c: WizardContext): Promise<Response> {
  return await showStep(c, "review", (known) => page(c, known));
}

export async function sendReview(c: WizardContext): Promise<Response> {
  const { services, host } = c.var;
  const fields = await fieldsOf(c);
  if (!host.draft) return await afterDraft(c, idIn(fields.draft));
  const known = readStored(host.draft);
  const whole = readDraft(known.draft, await circumstancesOf(c));
  if ("incomplete" in whole) return redirect(stepPath(whole.incomplete, known.id));
  if (versionIn(fields) !== known.version) return await page(c, known, { alert: CHANGED_ELSEWHERE }, 409);
  if (textOf(fields.consent) === "") return await page(c, known, { error: NO_CONSENT }, 422);
  if (host.waits.board) return await tooManyBoards(c, known, host.waits.board);
  const created = await createBoard(services, { boardId: known.id, email: host.email }, whole);
  if (created === "card_refused") return redirect(`${stepPath("details", known.id)}&card=refused`);
  const note = (error: unknown) => services.log({ event: "draft_not_deleted", error: messageOf(error) });
  // Nothing waits for it: a draft that stays leads to the board it has become.
  services.waitUntil(deleteDraft(services, host, known.id).catch(note));
  return redirect(boardPath(known.id) + (created === "card_unchecked" ? "?card=unchecked" : ""));
}

async function tooManyBoards(c: WizardContext, known: KnownDraft, waitMs: number): Promise<Response> {
  const minutes = Math.ceil(waitMs / 60_000);
  const wait = minutes === 1 ? "a minute" : `${minutes} minutes`;
  const alert = `You have opened many boards within the last hour. Your board is kept: please try again in ${wait}.`;
  const answer = await page(c, known, { alert }, 429);
  answer.headers.set("Retry-After", String(Math.ceil(waitMs / 1_000)));
  return answer;
}

async function page(
  c: WizardContext,
  known: KnownDraft,
  shown: Pick<ReviewPage, "error" | "alert"> = {},
  status = 200,
): Promise<Response> {
  const { services, host } = c.var;
  const whole = readDraft(known.draft, await circumstancesOf(c));
  if ("incomplete" in whole) return redirect(stepPath(whole.incomplete, known.id));
  const view = previewBoard({ ...opening(whole), boardId: known.id, hostId: host.id }, services.now());
  if (!view) return redirect(stepPath("details", known.id));
  const site = await siteFor(c);
  return respondToHost(c, renderReviewPage({ site, keys: keysOf(c, known), whole, view, ...shown }), status);
}

function opening(whole: WholeDraft) {
  const { payoutMethod, deadline } = whole.details;
  const profile = { ...profileOf(whole), karriCardCiphertext: null };
  return { partnerId: DEFAULT_PARTNER.id, profile, payoutMethod, goal: goalOf(whole.gift), deadline };
}
