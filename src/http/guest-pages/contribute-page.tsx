import { coverLine, splitLine } from "#browser/shared/split-line";
import type { FormErrors, TypedForm } from "#checkout/contribution-form";
import { isUsableSubmission, MAX_MESSAGE_LENGTH, MAX_NAME_LENGTH } from "#checkout/contribution-form";
import type { ProviderOption } from "#checkout/provider-options";
import type { PublicView } from "#domain/board/public-view";
import { FEE_POLICY, MAX_CONTRIBUTION_CENTS, MIN_CONTRIBUTION_CENTS } from "#domain/fees";
import { cents, formatRand } from "#domain/money";
import { PROVIDER_WORDS } from "#payments/provider-words";
import { Action, Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { controlOf, Field, Mistake } from "../ui/form.tsx";
import { Rosette } from "../ui/icons.tsx";
import { Alert } from "../ui/notice.tsx";
import { ownImage, Page, renderPage } from "../ui/page.tsx";
import { callToAction, destinationOf, lede, possessive, purposeOf } from "./copy.ts";
import type { PageSite } from "./site.ts";

const PRESETS = [100, 200, 500] as const;
const PRESELECTED = 200;
const LIMITS = `${formatRand(MIN_CONTRIBUTION_CENTS)} to ${formatRand(MAX_CONTRIBUTION_CENTS)}`;

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
  const faulty = Object.keys(errors).length > 0;
  const title = view.charity ? callToAction(view, site.words) : `Chip in for ${possessive(view.childName)} wish`;
  return renderPage(
    <Page
      origin={site.origin}
      sandbox={view.sandbox}
      title={faulty || alert ? `Please check: ${title}` : title}
      description={lede(view, site.words)}
      path={`/${view.slug}/contribute`}
      scripts={["contribute"]}
    >
      <Card kind="form">
        <a class="back" href={`/${view.slug}`}>
          <span aria-hidden="true">←</span> Back to the board
        </a>
        <header class="towards">
          <Rosette photo={ownImage(view.photoUrl, site.origin)} name={view.childName} />
          <div>
            <h1>{title}</h1>
            <p>
              {view.charity
                ? `${possessive(view.childName)} gift is fully funded: this goes to a good cause.`
                : purposeOf(view, site.words)}
            </p>
          </div>
        </header>
        <Alert
          text={alert ?? errors.submission ?? (faulty ? "Almost there: please look at what is marked below." : null)}
        />
        <Form {...props} errors={errors} />
      </Card>
    </Page>,
  );
}

function Form({ view, site, options, submission, preset, typed, errors = {} }: ContributePageProps) {
  const amount = typed?.amount ?? preset ?? String(PRESELECTED);
  const chosen = options.find(({ name }) => name === typed?.provider)?.name ?? options[0]?.name;
  const wrong = Object.keys(errors)[0];
  return (
    <form method="post" action={`/${view.slug}/contribute`} novalidate data-chip-in={typed ? "typed" : "fresh"}>
      <fieldset class="amount">
        <legend>Your contribution</legend>
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
        <Field name="amount" label="Other amount" hint={LIMITS} error={errors.amount}>
          <div class="rand">
            <span aria-hidden="true">R</span>
            <input
              {...controlOf("amount", errors.amount, wrong)}
              type="text"
              inputmode="decimal"
              autocomplete="off"
              value={amount}
              required
            />
          </div>
        </Field>
        <Split amount={amount} covered={typed?.coverFee ?? false} destination={destinationOf(view)} />
        <label class="tick">
          <input type="checkbox" name="cover_fee" value="1" checked={typed?.coverFee ?? false} />
          <span data-cover>{coverLine(amount, destinationOf(view))}</span>
        </label>
      </fieldset>

      <Field
        name="name"
        label="Your name"
        optional
        hint={`Shown on ${possessive(view.childName)} board`}
        error={errors.name}
      >
        <input
          {...controlOf("name", errors.name, wrong)}
          type="text"
          autocomplete="name"
          maxlength={MAX_NAME_LENGTH}
          value={typed?.name ?? ""}
        />
      </Field>
      <Field
        name="message"
        label={`A birthday message for ${view.childName}`}
        optional
        hint={`Only ${possessive(view.childName)} family sees this`}
        error={errors.message}
      >
        <textarea {...controlOf("message", errors.message, wrong)} rows={3} maxlength={MAX_MESSAGE_LENGTH}>
          {typed?.message ?? ""}
        </textarea>
      </Field>
      <Providers options={options} chosen={chosen} error={errors.provider} />

      <input
        type="hidden"
        name="submission"
        value={typed && isUsableSubmission(typed.submission) ? typed.submission : submission}
      />
      <Action>
        {/* The script writes the amount on it. Without one the amount may be another by then. */}
        <Button data-pay>{callToAction(view, site.words)}</Button>
      </Action>
      <p class="hush">You pay on your payment provider’s secure page. We never see your card or bank details.</p>
    </form>
  );
}

/** The split before paying. A script keeps it true while typing; the rule itself is there for those without. */
function Split({ amount, covered, destination }: { amount: string; covered: boolean; destination: string }) {
  const { rateBps, minimum } = FEE_POLICY;
  return (
    <div class="split">
      <p data-split data-to={destination} aria-live="polite">
        {splitLine(amount, covered, destination)}
      </p>
      <p class="rule">
        ChipIn’s fee is {rateBps / 100}% (at least {formatRand(minimum)}).
      </p>
    </div>
  );
}

function Providers({
  options,
  chosen,
  error,
}: {
  options: readonly ProviderOption[];
  chosen?: string | undefined;
  error?: string | undefined;
}) {
  const [only] = options;
  if (only && options.length === 1) {
    const { company, method } = PROVIDER_WORDS[only.name];
    return (
      <p class="paying">
        <input type="hidden" name="provider" value={only.name} />
        Pay with <strong>{company}</strong>
        {method === company ? "" : ` · ${method}`}
      </p>
    );
  }
  return (
    <fieldset class="providers" aria-describedby={error ? "provider-error" : undefined}>
      <legend>How would you like to pay?</legend>
      {options.map(({ name }) => (
        <label key={name} class="choice">
          <input type="radio" name="provider" value={name} checked={name === chosen} />
          <span>
            <strong>{PROVIDER_WORDS[name].method}</strong> {PROVIDER_WORDS[name].hint}
          </span>
        </label>
      ))}
      <Mistake of="provider" text={error} />
    </fieldset>
  );
}
