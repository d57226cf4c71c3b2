import { judgeChild } from "#domain/draft";
import { keepUpload } from "#media/keep-upload";
import { findNewestDraft, type KnownDraft } from "#wizard/drafts";
import { fieldsOf } from "../../guest-pages/answer-checkout.ts";
import { respondToHost } from "../host-page.tsx";
import { type ChildPage, renderChildPage } from "./child-page.tsx";
import { saveStep } from "./save-step.ts";
import { draftOfForm, keysOf, newDraft, showStep, textOf, tooLarge, type WizardContext } from "./wizard-context.ts";

const GONE = "What you had begun was kept for seven days and is gone. Please begin again.";
/** The draft was begun by the form of a later step. */
const BEGUN_ANEW =
  "What you had begun was kept for seven days and is gone. What you typed last is kept: please fill in the steps before it again.";

export async function showChild(c: WizardContext): Promise<Response> {
  if (c.req.query("draft") !== undefined) {
    return await showStep(c, "child", (known) => {
      const { child } = known.draft;
      return page(c, known, { typed: child, ...(!child && { alert: BEGUN_ANEW }), ...tooLarge(c) });
    });
  }
  const earlier = await findNewestDraft(c.var.services, c.var.host);
  const gone = c.req.query("gone") !== undefined && { alert: GONE };
  return page(c, newDraft(c), { typed: undefined, earlier, ...gone, ...tooLarge(c) });
}

export async function sendChild(c: WizardContext): Promise<Response> {
  const { services, host } = c.var;
  const fields = await fieldsOf(c);
  const known = await draftOfForm(c, fields);
  if (known instanceof Response) return known;
  const photo = await keepUpload(services, { file: fields.photo, kind: "photo", waitMs: host.waits.upload });
  const typed = {
    child_name: textOf(fields.child_name),
    birthday_date: textOf(fields.birthday_date),
    photo: photo && "path" in photo ? photo.path : (known.draft.child?.photo ?? ""),
  };
  const judged = judgeChild(typed, { now: services.now() });
  const errors = {
    ...(!judged.ok && judged.errors),
    ...(photo && "refused" in photo && { photo: photo.reason }),
  };
  return await saveStep(c, known, {
    step: "child",
    draft: { ...known.draft, child: typed },
    next: Object.keys(errors).length === 0 ? "gift" : null,
    show: (saved, alert) => page(c, saved, { typed, errors, alert }),
  });
}

function page(c: WizardContext, known: KnownDraft, shown: Omit<ChildPage, "origin" | "now" | "keys">): Response {
  const { settings, now } = c.var.services;
  const site = { origin: settings.PUBLIC_ORIGIN, now: now() };
  return respondToHost(c, renderChildPage({ ...site, keys: keysOf(c, known), ...shown }));
}
