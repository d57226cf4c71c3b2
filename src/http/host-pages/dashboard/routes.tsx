import { type Context, Hono } from "hono";
import { callAccount } from "#accounts/host-account";
import { asParent } from "#boards/as-parent";
import { cancelBoard } from "#boards/cancel-board";
import { closeBoard } from "#boards/close-board";
import { listHostBoards } from "#boards/list-host-boards";
import { boardsOfSecondParent } from "#boards/managed-board";
import { readForHost } from "#boards/read-for-host";
import { updateBoard } from "#boards/update-board";
import type { HostOverview } from "#domain/board/host-reads";
import { parsePublicId, publicId } from "#domain/ids";
import type { RateRule } from "#domain/rate-limit";
import { keepUpload } from "#media/keep-upload";
import { REFUSALS } from "#media/sniff";
import { reportBoard } from "#operations/board-reports";
import { ChipInError } from "#platform/errors";
import { callLimiter } from "#rate-limits/call-limiter";
import { fieldsOf } from "../../guest-pages/answer-checkout.ts";
import { redirect, streamOf } from "../../ui/respond.ts";
import { respondToHost } from "../host-page.tsx";
import { type HostEnv, requireHost } from "../signed-in.ts";
import { ContributorsTab } from "./contributors-tab.tsx";
import { renderDashboard } from "./dashboard-page.tsx";
import { type Ending, fingerprintOf, renderEndPage } from "./end-page.tsx";
import { figuresOf, newsLine, OverviewTab, sceneOf } from "./overview-tab.tsx";
import { type HostSite, renderFrame, TABS, type Tab } from "./parts.tsx";
import { PayoutTab } from "./payout-tab.tsx";
import { readSettings } from "./read-settings.ts";
import { type SettingsProps, SettingsTab } from "./settings-tab.tsx";
import { statementCsv, statementJson } from "./statement-files.ts";
import { renderStatement } from "./statement-page.tsx";
import { boardOf, mayPayOut, percentOfGoal } from "./words.ts";

type HostContext = Context<HostEnv>;

const BOARDS_A_PAGE = 20;
const CONTRIBUTIONS_A_PAGE = 25;
const LINES_A_PAGE = 200;
/** (product-facts 17.3) */
const REPORTS: RateRule = { name: "reports", limit: 10, windowMs: 3_600_000, kind: "sliding" };

/** What a form did, said on the page it leads to. */
const DONE: Readonly<Record<string, string>> = {
  message: "Your message is saved. Guests see it now.",
  photo: "The new photo is there. Guests see it now.",
  deadline: "There is more time now. Guests see the new date.",
  hidden: "It is hidden now.",
  shown: "It is shown again.",
  reported: "Thank you for telling us. A person at ChipIn looks at it.",
  enough: "You have reported much within an hour. Please write to us if there is more.",
  closed: "The board is closed.",
  cancelled: "The board is cancelled, and everyone gets their money back.",
  unchanged: "That was set already, so nothing changed.",
};

/** The boards of a host: their list, and the pages from which one is managed. */
export const dashboardPages = new Hono<HostEnv>();
dashboardPages.use(requireHost);

dashboardPages.get("/dashboard", async (c) => {
  const { services, host } = c.var;
  const after = positionOf(c.req.query("after"));
  const [shared, drafts] = await Promise.all([boardsOfSecondParent(services, host.id), after ? [] : draftsOf(c)]);
  const boards = await listHostBoards(services, { hostId: host.id, shared, after, limit: BOARDS_A_PAGE + 1 });
  const page = boards.slice(0, BOARDS_A_PAGE);
  const last = page.at(-1);
  const more = boards.length > BOARDS_A_PAGE && last ? `/dashboard?after=${last.position}_${last.id}` : null;
  const isFirstPage = after === undefined;
  return respondToHost(c, renderDashboard({ site: siteOf(c), boards: page, drafts, more, isFirstPage }));
});

dashboardPages.get("/dashboard/:board/overview", async (c) => {
  const overview = await overviewOf(c);
  const path = pathOf(c);
  const live = { figures: `${path}/figures.json`, scene: sceneOf(overview) };
  return show(c, overview, "overview", <OverviewTab overview={overview} site={siteOf(c)} path={path} />, { live });
});

/** What the overview's script asks for while the page is visible. */
dashboardPages.get("/dashboard/:board/figures.json", async (c) => {
  const overview = await overviewOf(c);
  const texts = figuresOf(overview, c.var.services.now());
  return c.json({ scene: sceneOf(overview), percent: percentOfGoal(overview.board), texts, news: newsLine(overview) });
});

dashboardPages.get("/dashboard/:board/contributors", async (c) => {
  const after = c.req.query("after");
  const from = after === undefined ? null : parsePublicId("contribution", after);
  const page = { after: from, limit: CONTRIBUTIONS_A_PAGE };
  const [overview, found] = await Promise.all([
    overviewOf(c),
    asParent(c.var.services, parentOf(c), (services, owner) =>
      readForHost(services, owner, boardOfPath(c), "contributions", page),
    ),
  ]);
  const path = pathOf(c);
  const more = found.next && `${path}/contributors?after=${found.next}`;
  const tab = (
    <ContributorsTab
      site={siteOf(c)}
      path={path}
      contributions={found.contributions}
      more={more}
      isFirstPage={from === null}
      anonymised={overview.view === null}
    />
  );
  return show(c, overview, "contributors", tab);
});

dashboardPages.post("/dashboard/:board/contributors", async (c) => {
  const { contribution, name, message } = await fieldsOf(c);
  const contributionId = parsePublicId("contribution", textOf(contribution));
  const changes = { name: visibilityOf(name), message: visibilityOf(message) };
  const change = changes.name ?? changes.message;
  if (contributionId === null || change === undefined) return redirect(`${pathOf(c)}/contributors`);
  await asParent(c.var.services, parentOf(c), (services) =>
    updateBoard(services, boardOfPath(c), {
      contributors: [
        {
          contributionId,
          ...(changes.name && { name: changes.name }),
          ...(changes.message && { message: changes.message }),
        },
      ],
    }),
  );
  return done(c, "contributors", change);
});

/** Something in it is not for a family's eyes, or is a fraud: a person at ChipIn looks at it. */
dashboardPages.post("/dashboard/:board/report", async (c) => {
  const { services, host } = c.var;
  const { contribution } = await fieldsOf(c);
  const contributionId = parsePublicId("contribution", textOf(contribution));
  const { board } = await overviewOf(c);
  if (contributionId === null) return redirect(`${pathOf(c)}/contributors`);
  const taking = await callLimiter(services, `reports:${host.id}`, (it) => it.take([REPORTS], services.now()));
  if (taking && !taking.allowed) return done(c, "contributors", "enough");
  const words = `A parent of this board reports the contribution ${publicId("contribution", contributionId)}.`;
  await reportBoard(services, { boardId: board.id, reason: "offensive", words });
  return done(c, "contributors", "reported");
});

dashboardPages.get("/dashboard/:board/settings", async (c) => {
  const isTooLarge = c.req.query("too_large") !== undefined;
  return showSettings(c, await overviewOf(c), isTooLarge ? { errors: { photo: REFUSALS.too_large } } : {});
});

dashboardPages.post("/dashboard/:board/settings", async (c) => {
  const overview = await overviewOf(c);
  const read = readSettings(await fieldsOf(c), overview.board, c.var.services.now());
  if ("errors" in read) return showSettings(c, overview, read, 422);
  try {
    await asParent(c.var.services, parentOf(c), (services) => updateBoard(services, boardOfPath(c), read.changes));
  } catch (error) {
    if (!(error instanceof ChipInError) || (error.code !== "conflict" && error.code !== "validation_error"))
      throw error;
    return showSettings(
      c,
      await overviewOf(c),
      { typed: read.typed, alert: `Nothing was changed. ${error.message}` },
      409,
    );
  }
  return done(c, "settings", read.what);
});

dashboardPages.post("/dashboard/:board/photo", async (c) => {
  const { services, host } = c.var;
  const { photo } = await fieldsOf(c);
  const kept = await keepUpload(services, { file: photo, kind: "photo", waitMs: host.waits.upload });
  if (!kept || "refused" in kept) {
    const mistake = kept?.reason ?? "Please choose a photo first.";
    return showSettings(
      c,
      await overviewOf(c),
      { errors: { photo: mistake } },
      kept?.refused === "too_many" ? 429 : 422,
    );
  }
  await asParent(services, parentOf(c), (acting) => updateBoard(acting, boardOfPath(c), { photo: kept.path }));
  return done(c, "settings", "photo");
});

dashboardPages.get("/dashboard/:board/payout", async (c) => {
  const [overview, ending] = await Promise.all([overviewOf(c), endingOf(c, "close")]);
  if (!mayPayOut(overview.board)) return redirect(`${pathOf(c)}/overview`);
  return show(c, overview, "payout", <PayoutTab overview={overview} ending={ending} path={pathOf(c)} />);
});

for (const how of ["close", "cancel"] as const) {
  dashboardPages.get(`/dashboard/:board/${how}`, (c) => showEnding(c, how));

  dashboardPages.post(`/dashboard/:board/${how}`, async (c) => {
    const { seen, sure } = await fieldsOf(c);
    const preview = await endingOf(c, how);
    if (preview.how === "ended") return redirect(`${pathOf(c)}/${AFTER[how]}`);
    if (preview.how === "refused") return showEnding(c, how);
    if (textOf(seen) !== fingerprintOf(preview)) {
      return showEnding(c, how, { alert: "The amounts have changed meanwhile. Nothing has happened yet." }, 409);
    }
    if (sure !== "yes") return showEnding(c, how, { mistake: "Please tick this first." }, 422);
    await asParent(c.var.services, parentOf(c), (services) =>
      how === "close"
        ? closeBoard(services, { idOrSlug: boardOfPath(c), reason: "manual" })
        : cancelBoard(services, boardOfPath(c)),
    );
    return done(c, AFTER[how], how === "close" ? "closed" : "cancelled");
  });
}

/** Where to go on once the board has ended. */
const AFTER = { close: "payout", cancel: "overview" } as const;

dashboardPages.get("/dashboard/:board/statement", async (c) => {
  const after = c.req.query("after");
  const from = after === undefined ? null : parsePublicId("contribution", after);
  const about = { after: from, limit: LINES_A_PAGE };
  const [overview, statement] = await Promise.all([
    overviewOf(c),
    asParent(c.var.services, parentOf(c), (services, owner) =>
      readForHost(services, owner, boardOfPath(c), "statement", about),
    ),
  ]);
  const page = renderStatement({ site: siteOf(c), overview, path: pathOf(c), statement, isFirstPage: from === null });
  return respondToHost(c, page);
});

dashboardPages.get("/dashboard/:board/statement.csv", (c) =>
  sendStatement(c, { name: "statement.csv", type: "text/csv", write: statementCsv }),
);

dashboardPages.get("/dashboard/:board/statement.json", (c) =>
  sendStatement(c, { name: "statement.json", type: "application/json", write: statementJson }),
);

type StatementFile = Readonly<{ name: string; type: string; write: typeof statementCsv | typeof statementJson }>;

/** Sends every line while their names are read. A file that breaks off is no complete download. */
function sendStatement(c: HostContext, { name, type, write }: StatementFile): Promise<Response> {
  const board = boardOfPath(c);
  return asParent(c.var.services, parentOf(c), async (services, owner) => {
    const statement = await readForHost(services, owner, board, "ledger", {});
    const namesOf = (ids: readonly string[]) => readForHost(services, owner, board, "names", { ids });
    const about = { boardId: parsePublicId("board", board) ?? board, now: services.now() };
    return c.body(streamOf(write(statement, namesOf, about)), 200, {
      "Content-Type": `${type}; charset=utf-8`,
      "Content-Disposition": `attachment; filename="chipin-${name}"`,
      "X-Content-Type-Options": "nosniff",
    });
  });
}

function siteOf(c: HostContext): HostSite {
  const { services, host } = c.var;
  return { origin: services.settings.PUBLIC_ORIGIN, now: services.now(), csrf: host.csrf };
}

/** The public id of the board, as the path has it. */
function boardOfPath(c: HostContext): string {
  return c.req.param("board") ?? "";
}

function pathOf(c: HostContext): string {
  return `/dashboard/${encodeURIComponent(boardOfPath(c))}`;
}

function parentOf(c: HostContext) {
  return { hostId: c.var.host.id, board: boardOfPath(c) };
}

function overviewOf(c: HostContext): Promise<HostOverview> {
  return asParent(c.var.services, parentOf(c), (services, owner) =>
    readForHost(services, owner, boardOfPath(c), "overview", {}),
  );
}

function endingOf(c: HostContext, how: "close" | "cancel") {
  return asParent(c.var.services, parentOf(c), (services, owner) =>
    readForHost(services, owner, boardOfPath(c), "ending", { how }),
  );
}

type Shown = Readonly<{ live?: { figures: string; scene: string } }>;

function show(c: HostContext, overview: HostOverview, tab: Tab, children: unknown, { live }: Shown = {}, status = 200) {
  const { board } = overview;
  const page = renderFrame({
    site: siteOf(c),
    board,
    path: pathOf(c),
    tab,
    tabs: TABS.filter((name) => name !== "payout" || mayPayOut(board)),
    title: boardOf(board),
    notice: DONE[c.req.query("done") ?? ""] ?? null,
    ...(live && { live }),
    children: children as never,
  });
  return respondToHost(c, page, status);
}

function showSettings(
  c: HostContext,
  overview: HostOverview,
  again: Partial<Pick<SettingsProps, "typed" | "errors" | "alert">> = {},
  status = 200,
) {
  const tab = <SettingsTab site={siteOf(c)} overview={overview} path={pathOf(c)} {...again} />;
  return show(c, overview, "settings", tab, {}, status);
}

async function showEnding(
  c: HostContext,
  how: "close" | "cancel",
  again: { alert?: string; mistake?: string } = {},
  status = 200,
): Promise<Response> {
  const [overview, preview] = await Promise.all([overviewOf(c), endingOf(c, how)]);
  if (preview.how === "ended") return redirect(`${pathOf(c)}/${AFTER[how]}`);
  if (preview.how === "refused") {
    const alert = `${boardOf(overview.board)} has ended already, so it cannot be ${how === "close" ? "closed" : "cancelled"}.`;
    return show(
      c,
      overview,
      "settings",
      <SettingsTab site={siteOf(c)} overview={overview} path={pathOf(c)} alert={alert} />,
      {},
      409,
    );
  }
  const ending: Ending = preview;
  return respondToHost(
    c,
    renderEndPage({ site: siteOf(c), overview, path: pathOf(c), preview: ending, ...again }),
    status,
  );
}

/** A GET after the form, so that looking at the page again sends nothing. */
function done(c: HostContext, tab: string, what: keyof typeof DONE): Response {
  return redirect(`${pathOf(c)}/${tab}?done=${what}`);
}

async function draftsOf(c: HostContext) {
  const { services, host } = c.var;
  const drafts = await callAccount(services, host.account, (account) =>
    account.listDrafts(host.loginId, services.now()),
  );
  return (drafts ?? []).map(({ id, savedAt }) => ({ id, savedAt: new Date(savedAt).toISOString() }));
}

const POSITION = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

function positionOf(after: string | undefined) {
  const [, createdAt, id] = POSITION.exec(after ?? "") ?? [];
  return createdAt === undefined || id === undefined ? undefined : { createdAt, id };
}

function visibilityOf(value: unknown): "hidden" | "shown" | undefined {
  return value === "hidden" || value === "shown" ? value : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
