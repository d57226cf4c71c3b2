import type { BoardSnapshot } from "#domain/board/snapshot";
import { publicId } from "#domain/ids";
import { formatRand } from "#domain/money";
import { Action, ButtonLink, NextLink } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Rosette, WrappedGift } from "../../ui/icons.tsx";
import { ownImage, Page, renderPage } from "../../ui/page.tsx";
import { Bar, Done, type HostSite, StatusPill } from "./parts.tsx";
import { boardOf, contributionsLine, daysLine, isOpen, moment, percentOfGoal } from "./words.ts";

/** A board that is being made. */
export type ListedDraft = Readonly<{ id: string; savedAt: string }>;

export type DashboardProps = Readonly<{
  site: HostSite;
  boards: readonly BoardSnapshot[];
  drafts: readonly ListedDraft[];
  /** Address of the further boards; null when these are the last. */
  more: string | null;
  isFirstPage: boolean;
  notice?: string | null;
}>;

/** All boards of a host, the newest first. */
export function renderDashboard({ site, boards, drafts, more, isFirstPage, notice = null }: DashboardProps): string {
  const isEmpty = isFirstPage && boards.length + drafts.length === 0;
  return renderPage(
    <Page origin={site.origin} title="Your boards" description="Your boards on ChipIn" hostStyle>
      <Card kind={isEmpty ? "host message" : "host"}>
        {isEmpty ? (
          <Empty />
        ) : (
          <>
            <div class="top">
              <h1>Your boards</h1>
              <ButtonLink quiet href="/create">
                New board
              </ButtonLink>
            </div>
            <Done text={notice} />
            <ul class="boards">
              {drafts.map((draft) => (
                <Draft draft={draft} />
              ))}
              {boards.map((board) => (
                <Listed board={board} site={site} />
              ))}
            </ul>
            {more && <NextLink href={more}>Earlier boards</NextLink>}
          </>
        )}
        <NextLink href="/account">Your account</NextLink>
      </Card>
    </Page>,
  );
}

function Empty() {
  return (
    <>
      <h1>Your first board</h1>
      <WrappedGift />
      <p class="lede">One dream gift, from everyone who loves your child. It takes about three minutes to set up.</p>
      <Action>
        <ButtonLink href="/create">Create a board</ButtonLink>
      </Action>
    </>
  );
}

function Draft({ draft: { id, savedAt } }: { draft: ListedDraft }) {
  return (
    <li>
      <a href={`/create/child?draft=${encodeURIComponent(id)}`}>
        <div class="about">
          <p>
            <span class="pill grey">Not finished</span>
          </p>
          <h2>Continue your new board</h2>
          <p>Last saved {moment(savedAt)}. We keep it for seven days.</p>
        </div>
      </a>
    </li>
  );
}

function Listed({ board, site: { origin, now } }: { board: BoardSnapshot; site: HostSite }) {
  const percent = percentOfGoal(board);
  return (
    <li>
      <a href={`/dashboard/${publicId("board", board.id)}/overview`}>
        <Rosette photo={ownImage(board.childPhotoUrl, origin)} name={board.childName} />
        <div class="about">
          <h2>{boardOf(board)}</h2>
          <p>
            <StatusPill board={board} now={now} /> {board.sandbox && <span class="pill test">Test</span>}
          </p>
          <p class="sum">
            {formatRand(board.payable)} <small>of {formatRand(board.goal)}</small>
          </p>
          <Bar percent={percent} label={`How much of the goal ${boardOf(board)} has`} />
          <p>
            {percent}% · {contributionsLine(board.contributionCount)}
            {isOpen(board) && (
              <>
                {" · "}
                <span class="left">
                  {`${daysLine(board, now).toLowerCase()} left`.replace("last day left", "last day")}
                </span>
              </>
            )}
          </p>
        </div>
      </a>
    </li>
  );
}
