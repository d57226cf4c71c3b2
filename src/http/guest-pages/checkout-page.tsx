import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { renderSVG } from "uqr";
import { splitOf } from "#browser/shared/split-line";
import type { PaymentWay } from "#domain/board/lifecycle";
import type { PublicView } from "#domain/board/public-view";
import type { Cents } from "#domain/money";
import type { Checkout } from "#payments/provider";
import { PROVIDER_WORDS } from "#payments/provider-words";
import { Action, Button, ButtonLink, NextLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Rosette } from "../ui/icons.tsx";
import { Page, renderPage } from "../ui/page.tsx";
import { destinationOf } from "./copy.ts";
import type { PageSite } from "./site.ts";

/** How often a browser without scripts looks again before it is told that the code may have run out: a quarter of an hour. */
const LOOKS = 90;
const LOOK_AGAIN_SECONDS = 10;

type CheckoutPageProps<Kind extends Checkout["kind"]> = Readonly<{
  view: PublicView;
  site: PageSite;
  provider: PaymentWay;
  charge: Cents;
  reference: string;
  checkout: Extract<Checkout, { kind: Kind }>;
}>;

/** A page that posts itself to the provider; without scripts, the guest presses its button. */
export function renderFormCheckout({ view, site, provider, charge, checkout }: CheckoutPageProps<"form">): string {
  const { company } = PROVIDER_WORDS[provider];
  const title = `Taking you to ${company}…`;
  return renderPage(
    <Page
      origin={site.origin}
      sandbox={view.sandbox}
      title={title}
      description="Secure payment."
      scripts={["checkout"]}
    >
      <Card kind="message">
        <Rosette sign="wait" />
        <h1>{title}</h1>
        <p class="lede">{splitOf(charge, destinationOf(view))}</p>
        <form method="post" action={checkout.action} data-checkout>
          {checkout.fields.map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
          <Action>
            <Button>Continue to {company}</Button>
          </Action>
        </form>
        <NextLink href={`/${view.slug}/contribute?amount=${charge / 100}`}>Go back and change it</NextLink>
      </Card>
    </Page>,
  );
}

/** A code for a second screen, a link for the phone in the hand; the page moves on by itself once it is paid. */
export function renderQrCheckout({
  view,
  site,
  provider,
  charge,
  reference,
  checkout,
  look = 0,
}: CheckoutPageProps<"qr"> & { look?: number }): string {
  const { company } = PROVIDER_WORDS[provider];
  const { thanks, pay } = placesOf(view, reference);
  const patient = look < LOOKS;
  return renderPage(
    <Page
      origin={site.origin}
      sandbox={view.sandbox}
      title={`Pay with ${company}`}
      description="Secure payment."
      scripts={["thanks"]}
      refresh={patient ? { seconds: LOOK_AGAIN_SECONDS, path: `${pay}&look=${look + 1}` } : null}
    >
      <Card
        kind="message"
        data-confirm={thanks.replace("/thanks?", "/thanks.json?")}
        data-then={thanks}
        data-here={pay}
      >
        <h1>Pay with {company}</h1>
        <p class="lede">{splitOf(charge, destinationOf(view))}</p>
        <div class="qr" role="img" aria-label={`${company} code for this payment`}>
          {raw(renderSVG(checkout.code, { ecc: "M", border: 2 }))}
        </div>
        <p>Using a computer? Scan this with the {company} app on your phone.</p>
        <Action kind="tap">
          <ButtonLink href={checkout.link} rel="noreferrer">
            Open {company} on this phone
          </ButtonLink>
        </Action>
        <p class="hush" role="status" hidden={!patient}>
          Waiting for your payment. This page updates by itself when you’ve paid.
        </p>
        <IHavePaid view={view} reference={reference} label="I have paid" />
        <div data-patience hidden={patient}>
          <FreshStart view={view} reference={reference} label="Get a fresh code" quiet>
            Still waiting. This code may have expired. You haven’t been charged unless you already paid.
          </FreshStart>
        </div>
        <AnotherWay view={view} charge={charge} />
      </Card>
    </Page>,
  );
}

/** For a guest who comes back to a payment that was begun and not made. */
export function renderResume(
  props: Pick<CheckoutPageProps<"qr">, "view" | "site" | "provider" | "charge" | "reference">,
): string {
  const { view, site, provider, charge, reference } = props;
  const { company } = PROVIDER_WORDS[provider];
  const title = provider === "snapscan" ? "This code has run out" : `Your payment with ${company}`;
  return renderPage(
    <Page origin={site.origin} sandbox={view.sandbox} title={title} description="Secure payment.">
      <Card kind="message">
        <Rosette sign="wait" />
        <h1>{title}</h1>
        <p class="lede">{splitOf(charge, destinationOf(view))}</p>
        <FreshStart
          view={view}
          reference={reference}
          label={provider === "snapscan" ? "Get a fresh code" : `Pay with ${company}`}
        >
          Nothing was taken so far.
        </FreshStart>
        <IHavePaid view={view} reference={reference} label="I have paid already" />
        <AnotherWay view={view} charge={charge} />
      </Card>
    </Page>,
  );
}

/** Asks the provider, once: for a guest who knows more than we do. */
export function IHavePaid({ view, reference, label }: { view: PublicView; reference: string; label: string }) {
  return (
    <form method="post" action={`/${view.slug}/paid`} class="next">
      <input type="hidden" name="ref" value={reference} />
      <button class="link" type="submit">
        {label}
      </button>
    </form>
  );
}

type FreshStartProps = {
  view: PublicView;
  reference: string;
  label: string;
  /** Not the first thing to do on its page. */
  quiet?: boolean;
  children?: Child;
};

function FreshStart({ view, reference, label, quiet = false, children }: FreshStartProps) {
  return (
    <form method="post" action={`/${view.slug}/pay`}>
      <p class="hush">{children}</p>
      <input type="hidden" name="ref" value={reference} />
      <Action>
        <Button quiet={quiet}>{label}</Button>
      </Action>
    </form>
  );
}

function AnotherWay({ view, charge }: { view: PublicView; charge: Cents }) {
  return <NextLink href={`/${view.slug}/contribute?amount=${charge / 100}`}>Choose another way to pay</NextLink>;
}

function placesOf({ slug }: PublicView, reference: string): { thanks: string; pay: string } {
  const ref = encodeURIComponent(reference);
  return { thanks: `/${slug}/thanks?ref=${ref}`, pay: `/${slug}/pay?ref=${ref}` };
}
