import type { Child } from "hono/jsx";
import type { PublicView } from "#domain/board/public-view";
import { Action, ButtonLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Rosette } from "../ui/icons.tsx";
import { Page, renderPage } from "../ui/page.tsx";
import { childOf } from "./copy.ts";
import { frameOf, type PageSite } from "./site.ts";

type Message = Readonly<{
  site: PageSite;
  view?: PublicView;
  title: string;
  /** A way on, when there is one. */
  link?: { href: string; text: string };
  sign?: "cross" | "wait";
  children?: Child;
}>;

function render({ site, view, title, link, sign = "cross", children }: Message): string {
  const { common } = site.words;
  const { href, text } = link ?? { href: "/", text: common.createYourOwn };
  return renderPage(
    <Page {...frameOf(site)} sandbox={view?.sandbox} title={title} description={site.words.frame.preview}>
      <Card kind="message">
        <Rosette sign={sign} />
        <h1>{title}</h1>
        {children}
        <Action>
          <ButtonLink href={href}>{text}</ButtonLink>
        </Action>
      </Card>
    </Page>,
  );
}

export function renderNotFound(site: PageSite): string {
  const { title, sentence } = site.words.messages.notFound;
  return render({ site, title, children: <p class="lede">{sentence}</p> });
}

export function renderClosedMeanwhile(view: PublicView, site: PageSite): string {
  return renderWait(view, site, site.words.messages.closedMeanwhile);
}

export function renderPaymentsUnavailable(view: PublicView, site: PageSite): string {
  return renderWait(view, site, site.words.messages.unavailable);
}

/** For a guest whom a provider sent back, and whose payment we do not know. */
export function renderPaymentFailed(view: PublicView, site: PageSite): string {
  const { failed } = site.words.messages;
  const { tryAgain } = site.words.results;
  const retry = view.acceptsContributions;
  return render({
    site,
    view,
    title: failed.title,
    link: retry ? { href: `/${view.slug}/contribute`, text: tryAgain } : backTo(view, site),
    sign: "wait",
    children: <p class="lede">{retry ? failed.again : failed.closed(childOf(view))}</p>,
  });
}

/** Too many tries in a short time, or an address that others tried stolen cards from. */
export function renderTooManyAttempts(view: PublicView, site: PageSite, retryAfterSeconds: number): string {
  const { title, sentence } = site.words.messages.tooMany;
  return renderWait(view, site, { title, sentence: sentence(Math.ceil(retryAfterSeconds / 60)) });
}

function renderWait(
  view: PublicView,
  site: PageSite,
  { title, sentence }: { title: string; sentence: string },
): string {
  const children = <p class="lede">{sentence}</p>;
  return render({ site, view, title, sign: "wait", link: backTo(view, site), children });
}

function backTo(view: PublicView, { words: { common } }: PageSite) {
  return { href: `/${view.slug}`, text: common.backToBoardOf(childOf(view)) };
}
