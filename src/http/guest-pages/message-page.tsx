import type { Child } from "hono/jsx";
import type { PublicView } from "#domain/board/public-view";
import { Action, ButtonLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Rosette } from "../ui/icons.tsx";
import { Page, renderPage } from "../ui/page.tsx";
import { childOf, possessive } from "./copy.ts";
import type { PageSite } from "./site.ts";

type Link = { href: string; text: string };
type Message = Readonly<{
  site: PageSite;
  view?: PublicView;
  title: string;
  /** A way on, when there is one. */
  link?: Link;
  sign?: "cross" | "wait";
  children?: Child;
}>;

const HOME: Link = { href: "/", text: "See how ChipIn works" };

function render({ site, view, title, link = HOME, sign = "cross", children }: Message): string {
  return renderPage(
    <Page origin={site.origin} sandbox={view?.sandbox} title={title} description="Friends chip in for one dream gift.">
      <Card kind="message">
        <Rosette sign={sign} />
        <h1>{title}</h1>
        {children}
        <Action>
          <ButtonLink href={link.href}>{link.text}</ButtonLink>
        </Action>
      </Card>
    </Page>,
  );
}

export function renderNotFound(site: PageSite): string {
  return render({
    site,
    title: "We can’t find that board",
    children: (
      <p class="lede">
        Check the link for typing mistakes, or ask the person who sent it to send it again. Old boards are removed.
      </p>
    ),
  });
}

export function renderClosedMeanwhile(view: PublicView, site: PageSite): string {
  return render({
    site,
    view,
    title: "This board has just closed",
    sign: "wait",
    link: { href: `/${view.slug}`, text: `Back to ${possessive(childOf(view))} board` },
    children: (
      <p class="lede">
        It closed while you were filling in the form. Nothing was charged. Thank you for wanting to chip in!
      </p>
    ),
  });
}

export function renderPaymentsUnavailable(view: PublicView, site: PageSite): string {
  return render({
    site,
    view,
    title: "Payments are unavailable right now",
    sign: "wait",
    link: { href: `/${view.slug}`, text: `Back to ${possessive(childOf(view))} board` },
    children: <p class="lede">Nothing was charged. Please try again in a little while.</p>,
  });
}

export function renderPaymentFailed(view: PublicView, site: PageSite): string {
  const retry = view.acceptsContributions;
  return render({
    site,
    view,
    title: "That payment didn’t go through",
    link: retry
      ? { href: `/${view.slug}/contribute`, text: "Try again" }
      : { href: `/${view.slug}`, text: `Back to ${possessive(childOf(view))} board` },
    children: (
      <p class="lede">
        Nothing was taken from your account.{" "}
        {retry
          ? "You can try again, or choose another way to pay."
          : `${possessive(childOf(view))} board has closed meanwhile.`}
      </p>
    ),
  });
}

/** Too many tries in a short time, or an address that others tried stolen cards from. */
export function renderTooManyAttempts(view: PublicView, site: PageSite, retryAfterSeconds: number): string {
  const minutes = Math.ceil(retryAfterSeconds / 60);
  const wait = minutes <= 1 ? "a minute" : minutes < 60 ? `${minutes} minutes` : "an hour";
  return render({
    site,
    view,
    title: "Just a moment, please",
    sign: "wait",
    link: { href: `/${view.slug}`, text: `Back to ${possessive(childOf(view))} board` },
    children: (
      <p class="lede">
        There were too many tries from your Wi-Fi or network. Nothing was charged. Please try again in {wait}.
      </p>
    ),
  });
}
