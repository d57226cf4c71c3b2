import { type Context, Hono } from "hono";
import {
  acceptInvitation,
  findInvitation,
  findSecondParent,
  leaveBoard,
  removeSecondParent,
  sendInvitation,
} from "#accounts/second-parent";
import { asParent } from "#boards/as-parent";
import { listBoardActs } from "#boards/board-history";
import { getManagedBoard, type ManagedBoard } from "#boards/managed-board";
import { getBoard } from "#boards/read-board";
import { readForHost } from "#boards/read-for-host";
import { parsePublicId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import { STATUS_OF } from "../../errors.ts";
import { fieldsOf } from "../../guest-pages/answer-checkout.ts";
import { redirect } from "../../ui/respond.ts";
import { respondToHost } from "../host-page.tsx";
import { Email, NO_EMAIL } from "../read-email.ts";
import { findHost, type HostEnv, requireHost } from "../signed-in.ts";
import { renderInvitationPage } from "./invitation-page.tsx";
import { renderEndedInvitation, renderJoinPage } from "./join-pages.tsx";
import { type ParentsPageProps, renderParentsPage } from "./parents-page.tsx";
import { renderSharePage } from "./share-page.tsx";

type HostContext = Context<HostEnv>;

const DONE: Readonly<Record<string, string>> = {
  invited: "The invitation is on its way.",
  removed: "That is done. Only you manage the board now.",
  joined: "Welcome! You manage this board now too.",
};

/** How the link of a board is sent on, and how its second parent comes and goes. */
export const sharePages = new Hono<HostEnv>();

sharePages.get("/dashboard/:board", requireHost, async (c) => {
  const { view } = await viewOf(c);
  return view
    ? respondToHost(
        c,
        renderSharePage({
          origin: originOf(c),
          view,
          path: pathOf(c),
          isCardUnchecked: c.req.query("card") === "unchecked",
        }),
      )
    : redirect(`${pathOf(c)}/overview`);
});

sharePages.get("/dashboard/:board/invitation", requireHost, async (c) => {
  const { view } = await viewOf(c);
  if (!view?.acceptsContributions) return redirect(pathOf(c));
  return respondToHost(c, renderInvitationPage({ origin: originOf(c), view, path: pathOf(c) }));
});

sharePages.get("/dashboard/:board/parents", requireHost, (c) => showParents(c));

sharePages.post("/dashboard/:board/parents", requireHost, async (c) => {
  const { services, host } = c.var;
  const { board, role } = await boardOf(c);
  if (role !== "host") return refuseSecondParent(c);
  const { email: given } = await fieldsOf(c);
  const typed = typeof given === "string" ? given : "";
  const email = Email.safeParse(typed);
  if (!email.success) return showParents(c, { typed, mistake: NO_EMAIL }, 422);
  try {
    const isSent = await sendInvitation(services, board, { email: email.data, host });
    if (isSent) return redirect(`${pathOf(c)}/parents?done=invited`);
    return showParents(
      c,
      { typed, alert: "Our mail service did not take the e-mail. Please send it again in a minute." },
      503,
    );
  } catch (error) {
    if (!(error instanceof ChipInError)) throw error;
    const [mistake] = error.details.filter(({ field }) => field === "email");
    const said = mistake ? { mistake: `This address ${mistake.reason}.` } : { alert: error.message };
    return showParents(c, { typed, ...said }, STATUS_OF[error.code]);
  }
});

sharePages.post("/dashboard/:board/parents/remove", requireHost, async (c) => {
  const { board, role } = await boardOf(c);
  if (role !== "host") return refuseSecondParent(c);
  await removeSecondParent(c.var.services, board);
  return redirect(`${pathOf(c)}/parents?done=removed`);
});

sharePages.post("/dashboard/:board/parents/leave", requireHost, async (c) => {
  const { board, role } = await boardOf(c);
  if (role === "second_parent") await leaveBoard(c.var.services, board.id, c.var.host.id);
  return redirect("/dashboard");
});

sharePages.get("/dashboard/:board/join", async (c) => {
  const { services } = c.var;
  const token = c.req.query("token") ?? "";
  const found = await invitationOf(c, token);
  if (!found) return respondToHost(c, renderEndedInvitation(c), 410);
  const { invitation, boardId } = found;
  const [host, board] = await Promise.all([
    findHost(c),
    // The invitation vouches for the reader.
    getBoard(services, { kind: "manager", boardId }, c.req.param("board")),
  ]);
  const page = {
    inviter: invitation.host.name ?? invitation.host.email,
    board,
    path: pathOf(c),
    token,
    host,
    isOwn: host?.id === invitation.host.id,
  };
  return respondToHost(c, renderJoinPage(c, page));
});

sharePages.post("/dashboard/:board/join", requireHost, async (c) => {
  const { services, host } = c.var;
  const { token } = await fieldsOf(c);
  const boardId = boardIdOf(c);
  const link = { boardId: boardId ?? "", token: typeof token === "string" ? token : "", hostId: host.id };
  if (boardId === null || !(await acceptInvitation(services, link))) {
    return respondToHost(c, renderEndedInvitation(c), 410);
  }
  return redirect(`${pathOf(c)}/parents?done=joined`);
});

async function invitationOf(c: HostContext, token: string) {
  const boardId = boardIdOf(c);
  const invitation = boardId === null ? null : await findInvitation(c.var.services, { boardId, token });
  return boardId === null || invitation === null ? null : { boardId, invitation };
}

type Shown = Pick<ParentsPageProps, "alert" | "typed" | "mistake">;

async function showParents(c: HostContext, shown: Partial<Shown> = {}, status = 200): Promise<Response> {
  const { services, host } = c.var;
  const { board, role } = await boardOf(c);
  const [second, acts] = await Promise.all([findSecondParent(services, board), listBoardActs(services, board.id)]);
  const site = { origin: originOf(c), now: services.now(), csrf: host.csrf };
  const notice = DONE[c.req.query("done") ?? ""] ?? null;
  const page = { site, board, path: pathOf(c), role, me: host.id, second, acts, notice, ...shown };
  return respondToHost(c, renderParentsPage(page), status);
}

function refuseSecondParent(c: HostContext): Promise<Response> {
  return showParents(c, { alert: "Only the parent who opened the board can do that." }, 403);
}

function boardOf(c: HostContext): Promise<ManagedBoard> {
  const { hostId, board } = parentOf(c);
  return getManagedBoard(c.var.services, hostId, board);
}

function viewOf(c: HostContext) {
  return asParent(c.var.services, parentOf(c), (services, owner) =>
    readForHost(services, owner, parentOf(c).board, "overview", {}),
  );
}

/** Boards are named by their public ids here: a slug is known to every guest. */
function boardIdOf(c: HostContext): string | null {
  return parsePublicId("board", c.req.param("board") ?? "");
}

function parentOf(c: HostContext) {
  return { hostId: c.var.host.id, board: c.req.param("board") ?? "" };
}

function pathOf(c: HostContext): string {
  return `/dashboard/${encodeURIComponent(c.req.param("board") ?? "")}`;
}

function originOf(c: HostContext): string {
  return c.var.services.settings.PUBLIC_ORIGIN;
}
