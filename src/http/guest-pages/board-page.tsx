import type { Child } from "hono/jsx";
import { nameLine, raisedLine, sceneOf, unnamedLine } from "#browser/shared/live-view";
import type { CharityCard, GiftCard, PublicView } from "#domain/board/public-view";
import { linkPreviewPath } from "#domain/pictures";
import { Action, ButtonLink, NextLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Heart, Rosette, WrappedGift } from "../ui/icons.tsx";
import { ownImage, Page, renderPage } from "../ui/page.tsx";
import { Picture } from "../ui/picture.tsx";
import { callToAction, closingDay, description, headline, lede, outcome, promise } from "./copy.ts";
import { Progress } from "./progress.tsx";
import { Share } from "./share.tsx";
import { frameOf, type PageSite } from "./site.ts";
import type { Words } from "./words/words.ts";

export type BoardPageProps = Readonly<{
  view: PublicView;
  site: PageSite;
  /** For one guest, who comes back from the provider. */
  returned?: Returned;
}>;

/**
 * `here`: where a GET shows the page with its notice. `confirm`: what the page asks until the payment has its end; then it shows
 * `here` again.
 */
export type Returned = Readonly<{ notice: Child; here: string; confirm: string | null }>;

/** A board as its guests see it, in every phase of its life. */
export function renderBoardPage({ view, site, returned }: BoardPageProps): string {
  const { words } = site;
  const open = view.phase === "open";
  // Without money there is nothing to show beside the gift.
  const isOver = view.phase === "cancelled" || (view.phase !== "open" && view.contributionCount === 0);
  return renderPage(
    <Page
      {...frameOf(site)}
      sandbox={view.sandbox}
      title={headline(view, words)}
      description={description(view, words)}
      path={`/${view.slug}`}
      board={view.slug}
      preview={linkPreviewPath(view.photoUrl)}
      here={returned?.here}
      scripts={[...(open ? (["board"] as const) : []), ...(returned?.confirm ? (["thanks"] as const) : [])]}
    >
      <Card
        {...(!isOver && { kind: "wide" })}
        {...(open && { "data-live": `/${view.slug}/live`, "data-scene": sceneOf(view) })}
        {...(open && view.fullyFunded && { "data-celebrate": view.slug })}
        {...(returned?.confirm && { "data-confirm": returned.confirm, "data-then": returned.here })}
      >
        <BoardContents view={view} site={site} notice={returned?.notice} />
      </Card>
    </Page>,
  );
}

type BoardContentsProps = Pick<BoardPageProps, "view" | "site"> & {
  notice?: Child;
  /** The board is not opened yet: nothing on it leads anywhere. */
  preview?: boolean;
};

/** What is in the card of a board. */
export function BoardContents({ view, site, notice, preview = false }: BoardContentsProps) {
  const { origin, words } = site;
  const { board, common, live } = words;
  const open = view.phase === "open";
  const ending = outcome(view, words);
  return (
    <>
      <div class="half">
        <Rosette photo={ownImage(view.photoUrl, origin)} name={view.childName} />
        <header>
          {preview ? <h2>{headline(view, words)}</h2> : <h1>{headline(view, words)}</h1>}
          <p class="lede">{lede(view, words)}</p>
        </header>
        {notice}
        {view.gift && view.phase !== "cancelled" && <Gift gift={view.gift} site={site} />}
        {view.charity && view.phase !== "cancelled" && <Charity charity={view.charity} open={open} site={site} />}
      </div>
      <div class="half">
        {view.phase !== "cancelled" && view.phase !== "expired" && <Progress view={view} words={words} />}
        {view.gift?.kind === "cause" && view.phase !== "cancelled" && <p class="hush">{view.gift.description}</p>}
        {view.hostMessage && (
          <blockquote class="note">
            <p dir="auto">{view.hostMessage}</p>
          </blockquote>
        )}
        {open && (
          <p class="when">
            <strong data-live-text="days">{live.days(view.daysLeft)}</strong>{" "}
            <span>{board.until(closingDay(view.deadline, words))}</span>
          </p>
        )}
        {view.acceptsContributions && (
          <Action sticky={!preview}>
            <ButtonLink {...(!preview && { href: `/${view.slug}/contribute` })}>{callToAction(view, words)}</ButtonLink>
          </Action>
        )}
        {view.acceptsContributions && <p class="hush">{`${promise(view, words)} ${board.amountsAreSecret}`}</p>}
        {ending && <p class="hush">{ending}</p>}
        <Contributors view={view} words={words} />
        {open && !preview && <Share view={view} site={site} />}
        {!open && <NextLink href="/">{common.createYourOwn}</NextLink>}
      </div>
    </>
  );
}

function Gift({ gift, site: { origin, words } }: { gift: GiftCard; site: PageSite }) {
  const { kicker } = words.board;
  const image = ownImage(gift.image, origin);
  return (
    <section class="gift" aria-labelledby="gift" data-gift>
      <GiftPicture image={image} />
      <div class="label">
        <p class="kicker">{gift.kind === "cause" ? kicker.cause : kicker.gift}</p>
        <h2 id="gift" dir="auto">
          {gift.name}
        </h2>
        {gift.kind === "cause" && <p class="impact">{gift.impact}</p>}
      </div>
    </section>
  );
}

function Charity({ charity, open, site }: { charity: CharityCard; open: boolean; site: PageSite }) {
  const { origin, words } = site;
  const { kicker } = words.board;
  const image = charity.image ? ownImage(charity.image, origin) : null;
  return (
    <section class="gift" aria-labelledby="gift">
      <GiftPicture image={image} />
      <div class="label">
        <p class="kicker">{open ? kicker.charity : kicker.charityEnded}</p>
        <h2 id="gift">{charity.organisation}</h2>
        <p class="impact">{charity.impact}</p>
        {charity.description && <p>{charity.description}</p>}
        {open && (
          <p class="raised" data-live-text="raised">
            {raisedLine(words.live, charity.raised)}
          </p>
        )}
      </div>
    </section>
  );
}

/** A square picture is as wide as its frame is high: half as wide as a phone's. */
const GIFT_SIZES = "(max-width: 639px) 45vw, 300px";

function GiftPicture({ image }: { image: string | null }) {
  return (
    <div class="picture">
      {image ? (
        <Picture src={image} alt="" width={640} height={384} sizes={GIFT_SIZES} fetchpriority="high" />
      ) : (
        <WrappedGift />
      )}
    </div>
  );
}

function Contributors({ view, words: { live } }: { view: PublicView; words: Words }) {
  if (view.contributionCount === 0) return null;
  const unnamed = unnamedLine(live, view);
  return (
    <section class="people" aria-labelledby="people">
      <h2 id="people">
        <Heart /> <span data-live-text="people">{live.people(view.contributionCount)}</span>
      </h2>
      <ul data-names>
        {view.contributors.map((name) => (
          <li>
            <bdi>{nameLine(live, name)}</bdi>
          </li>
        ))}
        {unnamed && <li class="more">{unnamed}</li>}
      </ul>
    </section>
  );
}
