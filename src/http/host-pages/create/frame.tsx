import type { Child } from "hono/jsx";
import { STEPS, type Step } from "#domain/draft";
import { Card } from "../../ui/card.tsx";
import { Alert } from "../../ui/notice.tsx";
import { Page, type PageHead, renderPage } from "../../ui/page.tsx";

const NAMES: Record<Step, string> = { child: "Child", gift: "Gift", details: "Details", review: "Review" };

/** What each form of the wizard says of itself: whose it is, and which draft it is about as of which version. */
export type FormKeys = Readonly<{ csrf: string; draft: string; version: number }>;

export function stepPath(step: Step, draft: string): string {
  return `/create/${step}?draft=${draft}`;
}

/** Where a step's form is sent. The draft is in the address too, for a form that is too large to be read. */
export function formPath(step: Step, { draft, version }: FormKeys): string {
  return version > 0 ? stepPath(step, draft) : `/create/${step}`;
}

type WizardPageProps = Readonly<{
  origin: string;
  step: Step;
  keys: FormKeys;
  title: string;
  lede: string;
  /** Something in the form is wrong. */
  faulty?: boolean;
  alert?: string | null;
  scripts?: PageHead["scripts"];
  children?: Child;
}>;

/** One step of the wizard. */
export function renderStep({
  origin,
  step,
  keys,
  title,
  lede,
  faulty = false,
  alert,
  scripts = [],
  children,
}: WizardPageProps) {
  const says = alert ?? (faulty ? "Almost there: please look at what is marked below." : null);
  return renderPage(
    <Page
      origin={origin}
      title={says ? `Please check: ${title}` : title}
      description="Create a dream board on ChipIn"
      hostStyle
      scripts={scripts}
    >
      <Card kind="form host">
        <Stages current={step} draft={keys.version > 0 ? keys.draft : null} />
        <header>
          <h1>{title}</h1>
          <p class="lede">{lede}</p>
        </header>
        <Alert text={says} />
        {children}
      </Card>
    </Page>,
  );
}

/** The four steps; those before the current one can be gone back to. */
function Stages({ current, draft }: { current: Step; draft: string | null }) {
  const at = STEPS.indexOf(current);
  return (
    <nav aria-label="Steps">
      <ol class="stages">
        {STEPS.map((step, index) => (
          <li>
            {index < at && draft !== null ? (
              <a href={stepPath(step, draft)}>{NAMES[step]}</a>
            ) : (
              <span aria-current={index === at ? "step" : undefined}>{NAMES[step]}</span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

export function Keys({ csrf, draft, version }: FormKeys) {
  return (
    <>
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="draft" value={draft} />
      <input type="hidden" name="version" value={version} />
    </>
  );
}
