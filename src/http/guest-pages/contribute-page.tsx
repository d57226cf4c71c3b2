import { shownAs } from "#browser/shared/name-hint";
import { coverLine, type Split, splitTyped } from "#browser/shared/split-line";
import type { FormError, FormErrors, TypedForm } from "#checkout/contribution-form";
import { isUsableSubmission, MAX_MESSAGE_LENGTH, MAX_NAME_LENGTH } from "#checkout/contribution-form";
import type { ProviderOption } from "#checkout/provider-options";
import type { PublicView } from "#domain/board/public-view";
import { FEE_POLICY, MAX_CONTRIBUTION_CENTS, MIN_CONTRIBUTION_CENTS } from "#domain/fees";
import { cents, formatRand } from "#domain/money";
import { linkPreviewPath } from "#domain/pictures";
import { Action, Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { controlOf, Field, Mistake } from "../ui/form.tsx";
import { Lock, Rosette, WaySign } from "../ui/icons.tsx";
import { Alert } from "../ui/notice.tsx";
import { ownImage, Page, renderPage } from "../ui/page.tsx";
import { callToAction, childOf, destinationOf, lede, promise, purposeOf } from "./copy.ts";
import { frameOf, type PageSite } from "./site.ts";
import type { FormWords, Words } from "./words/words.ts";

const PRESETS = [100, 200, 500] as const;
const PRESELECTED = 200;

export type ContributePageProps = Readonly<{
  view: PublicView;
  site: PageSite;
  options: readonly ProviderOption[];
  /** An amount in rand to start from, from one of the buttons where no script runs. */
  preset?: string;
  /** Fresh and random; used unless what was posted is still good. */
  submission: string;
  typed?: TypedForm;
  errors?: FormErrors;
  /** Said above the form, as an alert. */
  alert?: string;
}>;

export function renderContributePage(props: ContributePageProps): string {
  const { view, site, errors = {}, alert } = props;
  const { words } = site;
  const { form, common } = words;
  const faulty = Object.keys(errors).length > 0;
  const title = view.charity ? callToAction(view, words) : form.title(childOf(view));
  return renderPage(
    <Page
      {...frameOf(site)}
      here={`/${view.slug}/contribute`}
      sandbox={view.sandbox}
      title={faulty || alert ? form.pleaseCheck(title) : title}
      description={lede(view, words)}
      path={`/${view.slug}/contribute`}
      preview={linkPreviewPath(view.photoUrl)}
      scripts={["contribute"]}
    >
      <Card kind="form">
        <a class="back" href={`/${view.slug}`}>
          <span aria-hidden="true">←</span> {common.backToBoard}
        </a>
        <header class="towards">
          <Rosette photo={ownImage(view.photoUrl, site.origin)} name={view.childName} />
          <div>
            <h1>{title}</h1>
            <p>{view.charity ? form.goesToCharity(childOf(view)) : purposeOf(view, words)}</p>
          </div>
        </header>
        <Alert text={alert ?? mistake(form, errors.submission) ?? (faulty ? form.almostThere : null)} />
        <Form {...props} errors={errors} />
      </Card>
    </Page>,
  );
}

function Form({ view, site, options, submission, preset, typed, errors = {} }: ContributePageProps) {
  const { words } = site;
  const { form } = words;
  const child = childOf(view);
  const destination = destinationOf(view, words);
  const limits = form.limits(formatRand(MIN_CONTRIBUTION_CENTS), formatRand(MAX_CONTRIBUTION_CENTS));
  const wrongly = {
    amount: mistake(form, errors.amount),
    name: mistake(form, errors.name),
    message: mistake(form, errors.message),
  };
  const amount = typed?.amount ?? preset ?? String(PRESELECTED);
  const chosen = options.find(({ name }) => name === typed?.provider)?.name ?? options[0]?.name;
  const wrong = Object.keys(errors)[0];
  return (
    <form method="post" action={`/${view.slug}/contribute`} novalidate data-chip-in={typed ? "typed" : "fresh"}>
      <fieldset class="amount">
        <legend>{form.amount}</legend>
        <div class="presets">
          {PRESETS.map((rand) => (
            <a
              key={rand}
              href={`/${view.slug}/contribute?amount=${rand}`}
              data-amount={rand}
              aria-current={amount === String(rand) ? "true" : undefined}
            >
              {formatRand(cents(rand * 100))}
            </a>
          ))}
        </div>
        <Field name="amount" label={form.otherAmount} hint={limits} error={wrongly.amount}>
          <div class="rand">
            <span aria-hidden="true">R</span>
            <input
              {...controlOf("amount", wrongly.amount, wrong)}
              type="text"
              inputmode="decimal"
              autocomplete="off"
              value={amount}
              required
            />
          </div>
        </Field>
        <SplitLines amount={amount} covered={typed?.coverFee ?? false} destination={destination} words={words} />
        <label class="tick">
          <input type="checkbox" name="cover_fee" value="1" checked={typed?.coverFee ?? false} />
          <span data-cover>{coverLine(words.typing, amount, destination)}</span>
        </label>
      </fieldset>

      <Field
        name="name"
        label={form.name}
        optional={form.optional}
        hint={shownAs(words.typing, typed?.name ?? "") ?? form.nameHint(child)}
        emptyHint={form.nameHint(child)}
        error={wrongly.name}
      >
        <input
          {...controlOf("name", wrongly.name, wrong)}
          type="text"
          autocomplete="name"
          maxlength={MAX_NAME_LENGTH}
          value={typed?.name ?? ""}
        />
      </Field>
      <Field
        name="message"
        label={form.message(child)}
        optional={form.optional}
        hint={form.messageHint(child)}
        error={wrongly.message}
      >
        <textarea {...controlOf("message", wrongly.message, wrong)} rows={3} maxlength={MAX_MESSAGE_LENGTH}>
          {typed?.message ?? ""}
        </textarea>
      </Field>
      <Providers options={options} chosen={chosen} error={mistake(form, errors.provider)} words={form} />

      <input
        type="hidden"
        name="submission"
        value={typed && isUsableSubmission(typed.submission) ? typed.submission : submission}
      />
      <p class="hush">{promise(view, words)}</p>
      <Action>
        {/* The script writes the amount on it. Without one the amount may be another by then. */}
        <Button data-pay>{callToAction(view, words)}</Button>
      </Action>
      <p class="hush">
        <Lock /> {form.weNeverSee}
      </p>
    </form>
  );
}

/** The split before paying. A script keeps it true while typing; the rule itself is there for those without. */
function SplitLines({
  amount,
  covered,
  destination,
  words: { form, typing },
}: {
  amount: string;
  covered: boolean;
  destination: string;
  words: Words;
}) {
  const { rateBps, minimum } = FEE_POLICY;
  const split = splitTyped(amount, covered);
  const lines: readonly (readonly [part: keyof Split, name: string])[] = [
    ["charge", typing.split.charge],
    ["fee", typing.split.fee],
    ["net", typing.split.net(destination)],
  ];
  return (
    <div class="split">
      <dl data-split data-to={destination} aria-live="polite">
        {lines.map(([part, name]) => (
          <div>
            <dt>{name}</dt>
            <dd data-part={part}>{split[part]}</dd>
          </div>
        ))}
      </dl>
      <p class="rule">{form.feeRule(rateBps / 100, formatRand(minimum))}</p>
    </div>
  );
}

function Providers({
  options,
  chosen,
  error,
  words: { ways, payWith, howToPay },
}: {
  options: readonly ProviderOption[];
  chosen?: string | undefined;
  error?: string | undefined;
  words: FormWords;
}) {
  const [only] = options;
  if (only && options.length === 1) {
    const { company, method } = ways[only.name];
    return (
      <p class="paying">
        <input type="hidden" name="provider" value={only.name} />
        <strong>{payWith(company)}</strong>
        {method === company ? "" : ` · ${method}`}
      </p>
    );
  }
  return (
    <fieldset class="providers" aria-describedby={error ? "provider-error" : undefined}>
      <legend>{howToPay}</legend>
      {options.map(({ name }) => (
        <label key={name} class="choice">
          <input type="radio" name="provider" value={name} checked={name === chosen} />
          <span>
            <strong>{ways[name].method}</strong> {ways[name].hint}
          </span>
          <WaySign way={name} />
        </label>
      ))}
      <Mistake of="provider" text={error} />
    </fieldset>
  );
}

function mistake({ mistakes }: FormWords, error: FormError | undefined): string | undefined {
  // The compiler does not see that the sentence belongs to this kind of error.
  return error && (mistakes[error.kind] as (error: FormError) => string)(error);
}
