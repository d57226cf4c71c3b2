import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { PublicView } from "#domain/board/public-view";
import type { Cents } from "#domain/money";
import type { Handoff } from "#payments/provider";
import { Rosette } from "./art.tsx";
import { splitOf } from "./contribute-page.tsx";
import { destinationOf, PROVIDER_WORDS, possessive } from "./copy.ts";
import { Page, renderPage } from "./layout.tsx";

type HandoffPageProps<Kind extends Handoff["kind"]> = Readonly<{
  view: PublicView;
  origin: string;
  provider: PaymentProviderName;
  charge: Cents;
  reference: string;
  handoff: Extract<Handoff, { kind: Kind }>;
}>;

/** A page that posts itself to the provider; without scripts, the guest presses its button. */
export function renderFormHandoff({ view, origin, provider, charge, handoff }: HandoffPageProps<"form">): string {
  const { company } = PROVIDER_WORDS[provider];
  const title = `Taking you to ${company}…`;
  return renderPage(
    <Page {...{ origin, title, description: "Secure payment.", scripts: ["handoff"] }}>
      <main class="card message">
        <Rosette sign="tick" />
        <h1>{title}</h1>
        <p class="lede">{splitOf(charge, destinationOf(view))}</p>
        <form method="post" action={handoff.action} data-handoff>
          {handoff.fields.map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
          <p class="act still">
            <button class="button" type="submit">
              Continue to {company}
            </button>
          </p>
        </form>
        <p class="next">
          <a href={`/${view.slug}/contribute`}>Change something first</a>
        </p>
      </main>
    </Page>,
  );
}

/** A code for a second screen, a link for the phone in the hand; the page moves on by itself once it is paid. */
export function renderQrHandoff({
  view,
  origin,
  provider,
  charge,
  reference,
  handoff,
}: HandoffPageProps<"qr">): string {
  const { company } = PROVIDER_WORDS[provider];
  const thanks = `/${view.slug}/thanks?ref=${encodeURIComponent(reference)}`;
  return renderPage(
    <Page {...{ origin, title: `Pay with ${company}`, description: "Secure payment.", scripts: ["thanks"] }}>
      <main
        class="card message"
        data-confirm={`/${view.slug}/thanks.json?ref=${encodeURIComponent(reference)}`}
        data-then={thanks}
      >
        <h1>Pay with {company}</h1>
        <p class="lede">{splitOf(charge, destinationOf(view))}</p>
        <p class="qr">
          <img src={handoff.imageUrl} alt={`${company} code for this payment`} />
        </p>
        <p>On another screen? Scan the code with your {company} app.</p>
        <p class="act still">
          <a class="button" href={handoff.link} rel="noreferrer">
            Open {company} on this phone
          </a>
        </p>
        <p class="next">
          <a href={thanks}>I have paid</a>
        </p>
        <p class="hush" data-patience hidden>
          Still waiting. The code may have run out:{" "}
          <a href={`/${view.slug}/contribute`}>start again for {possessive(view.childName)} board</a>.
        </p>
      </main>
    </Page>,
  );
}
