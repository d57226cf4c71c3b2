import { type Context, Hono } from "hono";
import { askForEmailChange, confirmEmailChange, findEmailChange, renameHost } from "#accounts/change-host";
import { callAccount } from "#accounts/host-account";
import { NO_ORIGIN } from "#domain/board/actor";
import { publicId } from "#domain/ids";
import { eraseHost, planErasure } from "#operations/erase-host";
import { exportHost, getHost } from "#operations/export-host";
import { ChipInError } from "#platform/errors";
import { STATUS_OF } from "../../errors.ts";
import { fieldsOf } from "../../guest-pages/answer-checkout.ts";
import { redirect } from "../../ui/respond.ts";
import { respondToHost } from "../host-page.tsx";
import { dropLogin } from "../login-cookie.ts";
import { Email, NO_EMAIL } from "../read-email.ts";
import { type HostEnv, requireHost } from "../signed-in.ts";
import {
  type AccountPage,
  MAX_NAME_LENGTH,
  renderAccountPage,
  renderConfirmEmail,
  renderDeadChange,
  renderDeletedPage,
  renderDeletePage,
  renderEmailAsked,
  renderEmailChanged,
} from "./pages.tsx";

type HostContext = Context<HostEnv>;

const DONE: Readonly<Record<string, string>> = { name: "Your name is saved." };
/** Kept with the proof of the erasure. */
const ASKED_HERE = "The host asked for it on the account page.";

/** What hosts do with their account: read it, change it, take it away. */
export const accountPages = new Hono<HostEnv>();
accountPages.use(requireHost);

accountPages.get("/account", (c) => showAccount(c, { notice: DONE[c.req.query("done") ?? ""] ?? null }));

accountPages.post("/account/name", async (c) => {
  const { services } = c.var;
  const name = textOf((await fieldsOf(c)).name).trim();
  if ([...name].length > MAX_NAME_LENGTH || /[\p{Cc}\u2028\u2029]/u.test(name)) {
    const mistakes = { name: `Please type at most ${MAX_NAME_LENGTH} letters, on one line.` };
    return showAccount(c, { typed: { name }, mistakes }, 422);
  }
  await renameHost(services, accountHostOf(c), name);
  return redirect("/account?done=name");
});

accountPages.post("/account/email", async (c) => {
  const { services, host } = c.var;
  const typed = textOf((await fieldsOf(c)).email);
  const email = Email.safeParse(typed);
  const again = (mistake: string) => showAccount(c, { typed: { email: typed }, mistakes: { email: mistake } }, 422);
  if (!email.success) return again(NO_EMAIL);
  if (email.data === host.email) return again("That is your address already.");
  try {
    if (await askForEmailChange(services, accountHostOf(c), email.data)) {
      return respondToHost(c, renderEmailAsked(c, email.data));
    }
    const alert = "Our mail service did not take the e-mail. Please try again in a minute.";
    return showAccount(c, { typed: { email: typed }, alert }, 503);
  } catch (error) {
    if (!(error instanceof ChipInError && error.code === "rate_limited")) throw error;
    return showAccount(c, { typed: { email: typed }, alert: error.message }, STATUS_OF[error.code]);
  }
});

accountPages.get("/account/email/confirm", async (c) => {
  const token = c.req.query("token") ?? "";
  const { services, host } = c.var;
  const email = await findEmailChange(services, host.id, token);
  if (email === null) return respondToHost(c, renderDeadChange(c, "dead"), 410);
  return respondToHost(c, renderConfirmEmail(c, { host, email, token }));
});

accountPages.post("/account/email/confirm", async (c) => {
  const token = textOf((await fieldsOf(c)).token);
  const changed = await confirmEmailChange(c.var.services, accountHostOf(c), token);
  if (changed.outcome !== "changed") {
    return respondToHost(c, renderDeadChange(c, changed.outcome), changed.outcome === "taken" ? 409 : 410);
  }
  dropLogin(c);
  return withCookies(c, respondToHost(c, renderEmailChanged(c, changed.email)));
});

accountPages.get("/account/export.json", async (c) => {
  const { services, host } = c.var;
  const [exported, account] = await Promise.all([
    getHost(services, host.id).then((row) => exportHost(services, row)),
    accountData(c),
  ]);
  return c.body(JSON.stringify({ ...exported, account }, null, 2), 200, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Disposition": 'attachment; filename="chipin-my-data.json"',
    "X-Content-Type-Options": "nosniff",
  });
});

accountPages.get("/account/delete", (c) => showDelete(c));

accountPages.post("/account/delete", async (c) => {
  const { services, host } = c.var;
  const typed = textOf((await fieldsOf(c)).confirm);
  if (typed.trim().toLowerCase() !== host.email) {
    return showDelete(c, { typed, mistake: "This is not the address of your account." }, 422);
  }
  try {
    // What is recorded of an erasure must not hold the address again.
    await eraseHost({ ...services, origin: NO_ORIGIN }, await getHost(services, host.id), { note: ASKED_HERE });
  } catch (error) {
    if (!(error instanceof ChipInError && error.code === "conflict")) throw error;
    return showDelete(c, { alert: "A board has changed meanwhile. Please look again." }, 409);
  }
  dropLogin(c);
  return withCookies(c, respondToHost(c, renderDeletedPage(c)));
});

async function showAccount(
  c: HostContext,
  page: Omit<AccountPage, "host" | "logins">,
  status = 200,
): Promise<Response> {
  const { services, host } = c.var;
  const logins = await callAccount(services, host.account, (account) => account.listLogins(services.now()));
  return respondToHost(c, renderAccountPage(c, { host, logins, ...page }), status);
}

type Again = Readonly<{ alert?: string; mistake?: string; typed?: string }>;

async function showDelete(c: HostContext, again: Again = {}, status = 200): Promise<Response> {
  const { services, host } = c.var;
  const { boards, obstacles } = await planErasure(services, await getHost(services, host.id));
  const inTheWay = obstacles.map(({ board, reason }) => ({
    href: `/dashboard/${publicId("board", board.id)}/settings`,
    childName: board.childName,
    reason: `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`,
  }));
  return respondToHost(c, renderDeletePage(c, { host, boards: boards.length, inTheWay, ...again }), status);
}

/** What the account object holds of the host: logins and drafts. */
async function accountData(c: HostContext) {
  const { services, host } = c.var;
  const now = services.now();
  return await callAccount(services, host.account, async (account) => {
    const drafts = (await account.listDrafts(host.loginId, now)) ?? [];
    const read = await Promise.all(drafts.map(({ id }) => account.readDraft(host.loginId, id, now)));
    return {
      logins: await account.listLogins(now),
      drafts: read.flatMap((draft) => (draft ? [{ savedAt: draft.savedAt, ...parsed(draft.json) }] : [])),
    };
  });
}

function parsed(json: string): { content: unknown } {
  return { content: JSON.parse(json) };
}

function accountHostOf(c: HostContext) {
  const { id, email, name } = c.var.host;
  return { id, email, name };
}

/** A response of our own carries the cookies that the context was given. */
function withCookies(c: HostContext, response: Response): Response {
  for (const cookie of c.res.headers.getSetCookie()) response.headers.append("Set-Cookie", cookie);
  return response;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
