import { HELP_ADDRESS } from "#domain/addresses";
import { MAX_REPORT_LENGTH, REPORT_REASONS, type ReportReason } from "#domain/board-report";
import { Action, Button, ButtonLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { controlOf, Field, Mistake } from "../ui/form.tsx";
import { Rosette } from "../ui/icons.tsx";
import { Alert } from "../ui/notice.tsx";
import { Page, renderPage } from "../ui/page.tsx";

const TITLE = "Report a board";
const DESCRIPTION = "Tell us about a board that is not what it should be.";

const REASONS: Record<ReportReason, readonly [what: string, more: string]> = {
  child: ["It’s about a child’s safety", "shown without the parents’ consent, or in danger"],
  fake: ["It looks fake", "someone is collecting money that isn’t theirs"],
  offensive: ["It’s offensive", "a picture or a text hurts or threatens people"],
  other: ["Something else", "please tell us below"],
};

export type ReportForm = Readonly<{ board: string; reason: string; words: string }>;
export type ReportErrors = Readonly<Partial<Record<keyof ReportForm, string>>>;

type Props = Readonly<{ origin: string; typed: ReportForm; errors?: ReportErrors; alert?: string }>;

export function renderReportPage({ origin, typed, errors = {}, alert }: Props): string {
  const [wrong] = Object.keys(errors);
  return renderPage(
    <Page
      origin={origin}
      title={wrong || alert ? `Please check: ${TITLE}` : TITLE}
      description={DESCRIPTION}
      path="/report"
    >
      <Card kind="form">
        <header>
          <h1>{TITLE}</h1>
          <p class="lede">
            A person looks at every report. We don’t ask who you are, and the family doesn’t hear of it from us.
          </p>
        </header>
        <Alert text={alert ?? (wrong ? "Almost there: please look at what is marked below." : null)} />
        <form method="post" action="/report" novalidate>
          <Field name="board" label="Link of the board" hint={`Like ${origin}/maya-birthday-…`} error={errors.board}>
            <input
              {...controlOf("board", errors.board, wrong)}
              type="text"
              inputmode="url"
              autocomplete="off"
              maxlength={300}
              value={typed.board}
              required
            />
          </Field>
          <fieldset class="providers" aria-describedby={errors.reason ? "reason-error" : undefined}>
            <legend>What is wrong?</legend>
            {REPORT_REASONS.map((reason) => (
              <label class="choice">
                <input type="radio" name="reason" value={reason} checked={typed.reason === reason} />
                <span>
                  <strong>{REASONS[reason][0]}</strong> {REASONS[reason][1]}
                </span>
              </label>
            ))}
            <Mistake of="reason" text={errors.reason} />
          </fieldset>
          <Field
            name="words"
            label="What should we know?"
            optional="optional"
            hint="Please leave out names and telephone numbers"
            error={errors.words}
          >
            <textarea {...controlOf("words", errors.words, wrong)} rows={4} maxlength={MAX_REPORT_LENGTH}>
              {typed.words}
            </textarea>
          </Field>
          <Action>
            <Button>Send the report</Button>
          </Action>
          <p class="hush">
            Would you like an answer? Write to <a href={`mailto:${HELP_ADDRESS}`}>{HELP_ADDRESS}</a> instead. If someone
            is in danger right now, please call the police on 10111.
          </p>
        </form>
      </Card>
    </Page>,
  );
}

export function renderReportThanks(origin: string): string {
  return renderPage(
    <Page origin={origin} title="Thank you for telling us" description={DESCRIPTION}>
      <Card kind="message">
        <Rosette sign="tick" />
        <h1>Thank you for telling us</h1>
        <p class="lede">
          A person looks at it, and does what is needed. We don’t know who you are, so we can’t write to you.
        </p>
        <Action>
          <ButtonLink quiet href="/">
            See how ChipIn works
          </ButtonLink>
        </Action>
      </Card>
    </Page>,
  );
}

export function renderTooManyReports(origin: string): string {
  return renderPage(
    <Page origin={origin} title="Please write to us" description={DESCRIPTION}>
      <Card kind="message">
        <Rosette sign="wait" />
        <h1>Please write to us</h1>
        <p class="lede">
          There were very many reports just now, so this form takes no more for an hour. We do want to hear from you.
        </p>
        <Action>
          <ButtonLink href={`mailto:${HELP_ADDRESS}?subject=Report%20a%20board`}>Write to {HELP_ADDRESS}</ButtonLink>
        </Action>
      </Card>
    </Page>,
  );
}
