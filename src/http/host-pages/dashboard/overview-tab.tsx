import type { HostOverview } from "#domain/board/host-reads";
import type { PublicView } from "#domain/board/public-view";
import { formatRand } from "#domain/money";
import { Progress } from "../../guest-pages/progress.tsx";
import { ENGLISH } from "../../guest-pages/words/en/words.ts";
import { Action, ButtonLink, NextLink } from "../../ui/button.tsx";
import { Rosette } from "../../ui/icons.tsx";
import { Notice } from "../../ui/notice.tsx";
import { ownImage } from "../../ui/page.tsx";
import { Bar, type HostSite } from "./parts.tsx";
import {
  amountFrom,
  boardOf,
  closingDay,
  contributionsLine,
  counted,
  daysLine,
  giftOf,
  isOpen,
  percentOfGoal,
  previewTitle,
  REFUND_TIME,
} from "./words.ts";

/** The texts of the overview that change while it is open. The page and its script show the same. */
export function figuresOf({ board, open, returning }: HostOverview, now: Date) {
  return {
    raised: formatRand(board.payable),
    percent: `${percentOfGoal(board)}% of ${formatRand(board.goal)}`,
    count: String(board.contributionCount),
    days: isOpen(board) ? daysLine(board, now) : "Closed",
    open: open.count === 0 ? "None" : counted(open.count, "payment", "payments"),
    returning: returning.count === 0 ? "None" : formatRand(returning.amount),
  } as const;
}
type Figure = keyof ReturnType<typeof figuresOf>;

/** Another scene is another page: it is fetched again. */
export function sceneOf({ board, holds }: HostOverview): string {
  return [board.status, board.deadline, board.message, board.childPhotoUrl, board.payouts.length, holds.length].join(
    "|",
  );
}

export function newsLine({ board }: HostOverview): string {
  return `${formatRand(board.payable)} from ${contributionsLine(board.contributionCount)}.`;
}

export function OverviewTab({ overview, site, path }: { overview: HostOverview; site: HostSite; path: string }) {
  const { board, view } = overview;
  const figures = figuresOf(overview, site.now);
  const text = (figure: Figure) => <span data-figure={figure}>{figures[figure]}</span>;
  return (
    <>
      <section class="pot" aria-label="The pot">
        <p class="sum">{text("raised")}</p>
        <Bar percent={percentOfGoal(board)} label="How much of the goal is in the pot" />
        <p>{text("percent")}</p>
      </section>
      <dl class="facts">
        <div>
          <dt>Contributions</dt>
          <dd>{text("count")}</dd>
        </div>
        <div>
          <dt>Time left</dt>
          <dd>{text("days")}</dd>
        </div>
        <div>
          <dt>Being paid now</dt>
          <dd>{text("open")}</dd>
        </div>
        <div>
          <dt>On its way back</dt>
          <dd>{text("returning")}</dd>
        </div>
      </dl>
      <Ending overview={overview} path={path} />
      {view?.acceptsContributions && (
        <Action>
          <ButtonLink href={path}>Share the board</ButtonLink>
        </Action>
      )}
      {view ? (
        <section aria-labelledby="preview">
          <h2 id="preview">What guests see</h2>
          <Preview view={view} gift={giftOf(board)} site={site} />
          <NextLink href={`/${board.slug}`}>Open {boardOf(board)} as a guest</NextLink>
        </section>
      ) : (
        <Notice>The names, the photo and the messages of this board were removed. The amounts stay.</Notice>
      )}
      {!view?.acceptsContributions && <NextLink href={path}>The link to the board</NextLink>}
      <NextLink href={`${path}/statement`}>Money statement</NextLink>
    </>
  );
}

function Ending({ overview: { board, returning }, path }: { overview: HostOverview; path: string }) {
  switch (board.status) {
    case "active":
    case "funded":
      return <p class="hush">Open until {closingDay(board.deadline)}.</p>;
    case "closed":
      return (
        <p class="hush">
          {board.payouts.length > 0 ? (
            <>
              The board has closed. <a href={`${path}/payout`}>See how the payout stands</a>.
            </>
          ) : (
            "The board has closed with nothing in the pot, so nothing is paid out."
          )}
        </p>
      );
    case "cancelled":
      return (
        <Notice>
          {returning.count > 0
            ? `${amountFrom(returning)} is on its way back. ${REFUND_TIME}`
            : "Everything that came in is back with the people who paid."}
        </Notice>
      );
    case "expired":
      return <p class="hush">Nothing came in before the last day, so there is nothing to pay out.</p>;
    case "paid_out":
      return <p class="hush">Everything was paid out. Thank you for using ChipIn!</p>;
    case "draft":
      return null;
    default:
      return board.status satisfies never;
  }
}

function Preview({ view, gift, site: { origin } }: { view: PublicView; gift: string; site: HostSite }) {
  return (
    <div class="preview">
      <div class="head">
        <Rosette photo={ownImage(view.photoUrl, origin)} name={view.childName} />
        <div>
          <h3>{previewTitle(view)}</h3>
          <p>{view.charity ? `Now giving to ${view.charity.organisation}` : gift}</p>
        </div>
      </div>
      <Progress view={view} words={ENGLISH} />
      {view.hostMessage && (
        <blockquote class="note">
          <p dir="auto">{view.hostMessage}</p>
        </blockquote>
      )}
      <p class="hush">Guests never see amounts, messages, or who gave how much.</p>
    </div>
  );
}
