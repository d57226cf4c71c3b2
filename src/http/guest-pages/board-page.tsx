import { daysLine, nameLine, peopleLine, raisedLine, sceneOf, unnamedLine } from "#browser/shared/live-view";
import type { CharityCard, GiftCard, PublicView } from "#domain/board/public-view";
import { findCause } from "#domain/causes";
import { Action, ButtonLink, NextLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Heart, Rosette, WrappedGift } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";
import { ownImage, Page, renderPage } from "../ui/page.tsx";
import { callToAction, closingDay, description, headline, lede, outcome, promise } from "./copy.ts";
import { Progress } from "./progress.tsx";
import { Share } from "./share.tsx";

export type BoardPageProps = Readonly<{
  view: PublicView;
  origin: string;
  /** Back from the provider without having paid. */
  cancelled?: boolean;
}>;

/** A board as its guests see it, in every phase of its life. */
export function renderBoardPage({ view, origin, cancelled = false }: BoardPageProps): string {
  const open = view.phase === "open";
  return renderPage(
    <Page
      origin={origin}
      sandbox={view.sandbox}
      title={headline(view)}
      description={description(view)}
      path={`/${view.slug}`}
      scripts={open ? ["board"] : []}
    >
      <Card
        {...(open && { "data-live": `/${view.slug}/live`, "data-scene": sceneOf(view) })}
        {...(open && view.fullyFunded && { "data-celebrate": view.slug })}
      >
        <Rosette photo={ownImage(view.photoUrl, origin)} name={view.childName} />
        <header>
          <h1>{headline(view)}</h1>
          <p class="lede">{lede(view)}</p>
        </header>
        {cancelled && open && (
          <Notice live>
            <strong>Changed your mind?</strong> No problem: you can chip in whenever you like. If you did pay, it shows
            here in a moment.
          </Notice>
        )}
        {view.gift && view.phase !== "cancelled" && <Gift gift={view.gift} origin={origin} />}
        {view.charity && view.phase !== "cancelled" && <Charity charity={view.charity} open={open} />}
        {view.phase !== "cancelled" && view.phase !== "expired" && <Progress view={view} />}
        {view.hostMessage && (
          <blockquote class="note">
            <p dir="auto">{view.hostMessage}</p>
          </blockquote>
        )}
        {open && (
          <p class="when">
            <strong data-live-text="days">{daysLine(view.daysLeft)}</strong>{" "}
            <span>until {closingDay(view.deadline)}</span>
          </p>
        )}
        {view.acceptsContributions && (
          <Action sticky>
            <ButtonLink href={`/${view.slug}/contribute`}>{callToAction(view)}</ButtonLink>
          </Action>
        )}
        {view.acceptsContributions && <p class="hush">{promise(view)} Other guests never see how much you give.</p>}
        {outcome(view) && <p class="hush">{outcome(view)}</p>}
        <Contributors view={view} />
        {open && <Share view={view} origin={origin} />}
        {!open && <NextLink href="/">See how ChipIn works</NextLink>}
      </Card>
    </Page>,
  );
}

function Gift({ gift, origin }: { gift: GiftCard; origin: string }) {
  const image = ownImage(gift.image, origin);
  return (
    <section class="gift" aria-labelledby="gift" data-gift>
      <Picture image={image} />
      <div class="label">
        <p class="kicker">{gift.kind === "cause" ? "Giving instead of gifts" : "The dream gift"}</p>
        <h2 id="gift" dir="auto">
          {gift.name}
        </h2>
        {gift.kind === "cause" && <p class="impact">{gift.impact}</p>}
        {gift.kind === "cause" && <p>{gift.description}</p>}
      </div>
    </section>
  );
}

function Charity({ charity, open }: { charity: CharityCard; open: boolean }) {
  const image = findCause(charity.causeId)?.image ?? null;
  return (
    <section class="gift" aria-labelledby="gift">
      <Picture image={image} />
      <div class="label">
        <p class="kicker">{open ? "Now giving to" : "And a good cause too"}</p>
        <h2 id="gift">{charity.organisation}</h2>
        <p class="impact">{charity.impact}</p>
        {charity.description && <p>{charity.description}</p>}
        {open && (
          <p class="raised" data-live-text="raised">
            {raisedLine(charity.raised)}
          </p>
        )}
      </div>
    </section>
  );
}

function Picture({ image }: { image: string | null }) {
  return (
    <div class="picture">
      {image ? <img src={image} alt="" width="640" height="384" fetchpriority="high" /> : <WrappedGift />}
    </div>
  );
}

function Contributors({ view }: { view: PublicView }) {
  if (view.contributionCount === 0) return null;
  const unnamed = unnamedLine(view);
  return (
    <section class="people" aria-labelledby="people">
      <h2 id="people">
        <Heart /> <span data-live-text="people">{peopleLine(view.contributionCount)}</span>
      </h2>
      <ul data-names>
        {view.contributors.map((name) => (
          <li>
            <bdi>{nameLine(name)}</bdi>
          </li>
        ))}
        {unnamed && <li class="more">{unnamed}</li>}
      </ul>
    </section>
  );
}
