import type { Child } from "hono/jsx";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { Card } from "../../ui/card.tsx";
import { Rosette } from "../../ui/icons.tsx";
import { ownImage, Page, renderPage } from "../../ui/page.tsx";
import { boardOf, statusOf } from "./words.ts";

/** What every page of a signed-in host is made with. `csrf`: of this login, for every form. */
export type HostSite = Readonly<{ origin: string; now: Date; csrf: string }>;

/** The bar of the pot. `percent`: 0 to 100, exact. */
export function Bar({ percent, label }: { percent: number; label: string }) {
  return (
    <div role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent}>
      <svg class="bar" aria-hidden="true">
        <rect class="rail" width="100%" height="100%" rx="10" />
        <rect class="done" width={`${percent}%`} height="100%" rx="10" data-bar />
      </svg>
    </div>
  );
}

export function StatusPill({ board, now }: { board: BoardSnapshot; now: Date }) {
  const { text, look } = statusOf(board, now);
  return <span class={look === "fresh" ? "pill" : `pill ${look}`}>{text}</span>;
}

/** What became of the form that led here. It has the focus, so that it is read out. */
export function Done({ text }: { text: string | null }) {
  return text ? (
    <p class="notice" role="status" tabindex={-1} autofocus>
      {text}
    </p>
  ) : null;
}

export const TABS = ["overview", "contributors", "settings", "payout"] as const;
export type Tab = (typeof TABS)[number];
const TAB_WORDS: Record<Tab, string> = {
  overview: "Overview",
  contributors: "People",
  settings: "Settings",
  payout: "Payout",
};

type FrameProps = Readonly<{
  site: HostSite;
  board: BoardSnapshot;
  path: string;
  tab: Tab | null;
  tabs: readonly Tab[];
  title: string;
  notice?: string | null;
  live?: { figures: string; scene: string };
  kind?: string;
  children?: Child;
}>;

/** A page about one board: where the host came from, whose board it is, its tabs, and `children`. `path`: the board's own. */
export function renderFrame({ site, board, path, tab, tabs, title, notice = null, live, kind, children }: FrameProps) {
  const { origin, now } = site;
  return renderPage(
    <Page
      origin={origin}
      title={title}
      description="Your board on ChipIn"
      sandbox={board.sandbox}
      hostStyle
      scripts={live ? ["manage"] : []}
    >
      <Card
        kind={["host", kind].filter(Boolean).join(" ")}
        {...(live && { "data-figures": live.figures, "data-scene": live.scene })}
      >
        <a class="back unprinted" href={tab === null ? `${path}/overview` : "/dashboard"}>
          <span aria-hidden="true">←</span> {tab === null ? "Back to the board" : "Your boards"}
        </a>
        <header class="towards">
          <Rosette photo={ownImage(board.childPhotoUrl, origin)} name={board.childName} />
          <div>
            <h1>{boardOf(board)}</h1>
            <p>
              <StatusPill board={board} now={now} />
            </p>
          </div>
        </header>
        {tab !== null && (
          <nav class="tabs" aria-label="This board">
            <ul>
              {tabs.map((name) => (
                <li>
                  <a href={`${path}/${name}`} aria-current={name === tab ? "page" : undefined}>
                    {TAB_WORDS[name]}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
        )}
        <Done text={notice} />
        {children}
      </Card>
    </Page>,
  );
}
