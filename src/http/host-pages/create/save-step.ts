import { type Draft, STEPS, type Step } from "#domain/draft";
import { type KnownDraft, saveDraft } from "#wizard/drafts";
import { fieldsOf } from "../../guest-pages/answer-checkout.ts";
import { redirect } from "../../ui/respond.ts";
import { stepPath } from "./frame.tsx";
import { textOf, type WizardContext } from "./wizard-context.ts";

export const CHANGED_ELSEWHERE =
  "This board was changed in another tab meanwhile. Please check it, and press the button once more.";

type Saving = Readonly<{
  step: Exclude<Step, "review">;
  draft: Draft;
  /** Nothing that was typed is wrong. */
  isRight: boolean;
  show(saved: KnownDraft, alert: string | null): Response | Promise<Response>;
}>;

/** Saves what was typed, right or wrong, and goes on to the next step when it is right. */
export async function saveStep(
  c: WizardContext,
  known: KnownDraft,
  { step, draft, isRight, show }: Saving,
): Promise<Response> {
  const { services, host } = c.var;
  const version = Number(textOf((await fieldsOf(c)).version)) || 0;
  const saved = await saveDraft(services, host, { id: known.id, version, draft });
  switch (saved.outcome) {
    case "saved":
      if (isRight) return redirect(stepPath(nextStep(step), known.id));
      return withStatus(await show({ id: known.id, version: saved.version, draft }, null), 422);
    case "stale":
      return withStatus(await show({ ...known, version: saved.version }, CHANGED_ELSEWHERE), 409);
    case "no_login":
      return redirect(`/create?next=${encodeURIComponent(stepPath(step, known.id))}`);
    default:
      return saved satisfies never;
  }
}

function nextStep(step: Exclude<Step, "review">): Step {
  return STEPS[STEPS.indexOf(step) + 1] ?? "review";
}

function withStatus({ body, headers }: Response, status: number): Response {
  return new Response(body, { status, headers });
}
