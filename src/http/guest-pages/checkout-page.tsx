import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { renderSVG } from "uqr";
import { splitOf } from "#browser/shared/split-line";
import type { PaymentWay } from "#domain/board/lifecycle";
import type { PublicView } from "#domain/board/public-view";
import type { Cents } from "#domain/money";
import type { Checkout } from "#payments/provider";
import { Action, Button, ButtonLink, NextLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Rosette } from "../ui/icons.tsx";
import { Page, renderPage } from "../ui/page.tsx";
import { destinationOf } from "./copy.ts";
import { frameOf, type PageSite } from "./site.ts";

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
export function renderFormCheckout({
  view,
  site,
  provider,
  charge,
  reference,
  checkout,
}: CheckoutPageProps<"form">): string {
  const { words } = site;
  const { checkout: say } = words;
  const { company } = words.form.ways[provider];
  const title = say.takingYouTo(company);
  return renderPage(
    <Page
      {...frameOf(site)}
      here={placesOf(view, reference).pay}
      sandbox={view.sandbox}
      title={title}
      description={say.preview}
      scripts={["checkout"]}
    >
      <Card kind="message">
        <Rosette sign="wait" />
        <h1>{title}</h1>
        <p class="lede">{words.checkout.split(splitOf(charge), destinationOf(view, words))}</p>
        <form method="post" action={checkout.action} data-checkout>
          {checkout.fields.map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
          <Action>
            <Button>{say.continueTo(company)}</Button>
          </Action>
        </form>
        <NextLink href={`/${view.slug}/contribute?amount=${charge / 100}`}>{say.goBack}</NextLink>
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
  const { words } = site;
  const { checkout: say } = words;
  const { company } = words.form.ways[provider];
  const { thanks, pay } = placesOf(view, reference);
  const patient = look < LOOKS;
  return renderPage(
    <Page
      {...frameOf(site)}
      here={placesOf(view, reference).pay}
      sandbox={view.sandbox}
      title={words.form.payWith(company)}
      description={say.preview}
      scripts={["thanks"]}
      refresh={patient ? { seconds: LOOK_AGAIN_SECONDS, path: `${pay}&look=${look + 1}` } : null}
    >
      <Card
        kind="message"
        data-confirm={thanks.replace("/thanks?", "/thanks.json?")}
        data-then={thanks}
        data-here={pay}
      >
        <h1>{words.form.payWith(company)}</h1>
        <p class="lede">{words.checkout.split(splitOf(charge), destinationOf(view, words))}</p>
        <div class="qr" role="img" aria-label={say.code(company)}>
          {raw(renderSVG(checkout.code, { ecc: "M", border: 2 }))}
        </div>
        <p>{say.scan(company)}</p>
        <Action kind="tap">
          <ButtonLink href={checkout.link} rel="noreferrer">
            {say.openOnPhone(company)}
          </ButtonLink>
        </Action>
        <p class="hush" role="status" hidden={!patient}>
          {say.waiting}
        </p>
        <IHavePaid view={view} reference={reference} label={say.iHavePaid} />
        <div data-patience hidden={patient}>
          <FreshStart view={view} reference={reference} label={say.freshCode} quiet>
            {say.codeMayHaveExpired}
          </FreshStart>
        </div>
        <AnotherWay view={view} charge={charge} label={say.anotherWay} />
      </Card>
    </Page>,
  );
}

/** For a guest who comes back to a payment that was begun and not made. */
export function renderResume(
  props: Pick<CheckoutPageProps<"qr">, "view" | "site" | "provider" | "charge" | "reference">,
): string {
  const { view, site, provider, charge, reference } = props;
  const { words } = site;
  const { checkout: say } = words;
  const { company } = words.form.ways[provider];
  const title = provider === "snapscan" ? say.codeHasRunOut : say.yourPaymentWith(company);
  return renderPage(
    <Page
      {...frameOf(site)}
      here={placesOf(view, reference).pay}
      sandbox={view.sandbox}
      title={title}
      description={say.preview}
    >
      <Card kind="message">
        <Rosette sign="wait" />
        <h1>{title}</h1>
        <p class="lede">{words.checkout.split(splitOf(charge), destinationOf(view, words))}</p>
        <FreshStart
          view={view}
          reference={reference}
          label={provider === "snapscan" ? say.freshCode : words.form.payWith(company)}
        >
          {say.noPaymentYet}
        </FreshStart>
        <IHavePaid view={view} reference={reference} label={say.iHavePaidAlready} />
        <AnotherWay view={view} charge={charge} label={say.anotherWay} />
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

function AnotherWay({ view, charge, label }: { view: PublicView; charge: Cents; label: string }) {
  return <NextLink href={`/${view.slug}/contribute?amount=${charge / 100}`}>{label}</NextLink>;
}

function placesOf({ slug }: PublicView, reference: string): { thanks: string; pay: string } {
  const ref = encodeURIComponent(reference);
  return { thanks: `/${slug}/thanks?ref=${ref}`, pay: `/${slug}/pay?ref=${ref}` };
}
