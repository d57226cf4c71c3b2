import type { Draft, Step } from "#domain/draft";
import { type KnownDraft, saveDraft } from "#wizard/drafts";
import { fieldsOf } from "../../guest-pages/answer-checkout.ts";
import { redirect } from "../../ui/respond.ts";
import { stepPath } from "./frame.tsx";
import { versionIn, type WizardContext } from "./wizard-context.ts";

export const CHANGED_ELSEWHERE =
  "This board was changed in another tab meanwhile. Please check it, and press the button once more.";

type Saving = Readonly<{
  step: Exclude<Step, "review">;
  draft: Draft;
  /** Where to go on; null when something that was typed is wrong. */
  next: Step | null;
  show(saved: KnownDraft, alert: string | null): Response | Promise<Response>;
}>;

/** Saves what was typed, right or wrong, and goes on, or shows the step again. */
export async function saveStep(
  c: WizardContext,
  known: KnownDraft,
  { step, draft, next, show }: Saving,
): Promise<Response> {
  const { services, host } = c.var;
  // An empty form is refused, and is not the beginning of a board.
  if (known.version === 0 && !next && isEmpty(draft)) return withStatus(await show(known, null), 422);
  const version = known.version === 0 ? 0 : versionIn(await fieldsOf(c));
  const saved = await saveDraft(services, host, { id: known.id, version, draft });
  switch (saved.outcome) {
    case "saved":
      if (next) return redirect(stepPath(next, known.id));
      return withStatus(await show({ id: known.id, version: saved.version, draft }, null), 422);
    case "stale":
      return withStatus(await show({ ...known, version: saved.version }, CHANGED_ELSEWHERE), 409);
    case "no_login":
      return redirect(`/create?next=${encodeURIComponent(stepPath(step, known.id))}`);
    default:
      return saved satisfies never;
  }
}

function isEmpty(draft: Draft): boolean {
  const typed = Object.values(draft).flatMap((step) => Object.values(step ?? {}));
  return typed.every((value) => value === "" || value === null);
}

function withStatus(page: Response, status: number): Response {
  return page.ok ? new Response(page.body, { status, headers: page.headers }) : page;
}
