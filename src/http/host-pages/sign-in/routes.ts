import { type Context, Hono } from "hono";
import { callAccount, readKey } from "#accounts/host-account";
import { askForLink, findLink, type LinkAsked, signIn } from "#accounts/sign-in";
import { writeAudit } from "#audit/write-audit";
import { auditHit, type Hit } from "#fraud/audit-hit";
import { messageOf } from "#platform/log";
import type { Asked } from "../../app-env.ts";
import { fieldsOf } from "../../guest-pages/answer-checkout.ts";
import { respondToHost } from "../host-page.tsx";
import { dropLogin, keepLogin, loginCookie } from "../login-cookie.ts";
import { ownPath } from "../next-path.ts";
import { Email, NO_EMAIL } from "../read-email.ts";
import { findHost, type HostEnv, requireHost } from "../signed-in.ts";
import { renderAskPage, renderDeadLinkPage, renderNotSentPage, renderSentPage, renderVerifyPage } from "./pages.tsx";

const FOR_NEW_HOSTS = "/create/child";
const FOR_HOSTS = "/dashboard";

const userAgentOf = (c: Asked) => c.req.header("User-Agent") ?? null;

/** How hosts sign in and out. */
export const signInPages = new Hono<HostEnv>();

signInPages.get("/create", async (c) => {
  const next = ownPath(c.req.query("next"));
  if (await findHost(c)) return c.redirect(next ?? FOR_NEW_HOSTS, 303);
  return respondToHost(c, renderAskPage(c, { next }));
});

signInPages.post("/create", async (c) => {
  const { services } = c.var;
  const fields = await fieldsOf(c);
  const next = ownPath(fields.next);
  const typed = typeof fields.email === "string" ? fields.email : "";
  const email = Email.safeParse(typed);
  if (!email.success) {
    return respondToHost(c, renderAskPage(c, { email: typed, next, error: NO_EMAIL }), 422);
  }
  const asked = await askForLink(services, { email: email.data, next, userAgent: userAgentOf(c) });
  if (asked.outcome === "sent") return respondToHost(c, renderSentPage(c, { email: email.data, next }));
  if (asked.outcome === "limited") reportHit(c, "host.sign_in_limited");
  const { status, retryAfterSeconds, ...words } = wordsOf(asked);
  const page = respondToHost(c, renderNotSentPage(c, { email: email.data, next, ...words }), status);
  page.headers.set("Retry-After", String(retryAfterSeconds));
  return page;
});

function wordsOf(asked: Exclude<LinkAsked, { outcome: "sent" }>) {
  switch (asked.outcome) {
    case "limited": {
      const retryAfterSeconds = Math.ceil(asked.retryAfterMs / 1_000);
      const minutes = Math.ceil(retryAfterSeconds / 60);
      const wait = minutes === 1 ? "a minute" : `${minutes} minutes`;
      return {
        status: 429,
        retryAfterSeconds,
        why: "One moment, please",
        sentence: `Several links were asked for just now. Look in your mailbox first; you can ask for another one in ${wait}.`,
      };
    }
    case "not_sent":
      return {
        status: 503,
        retryAfterSeconds: 60,
        why: "Your link was not sent",
        sentence: "Our mail service did not take the e-mail. Please try again in a minute.",
      };
    case "unavailable":
      return {
        status: 503,
        retryAfterSeconds: 60,
        why: "We cannot send links right now",
        sentence: "No e-mail went out. Please try again in a minute.",
      };
    default:
      return asked satisfies never;
  }
}

signInPages.get("/auth/verify", async (c) => {
  const token = c.req.query("token") ?? "";
  const link = await findLink(c.var.services, token, userAgentOf(c));
  if (link.state !== "open") return respondToHost(c, renderDeadLinkPage(c, link.state), 410);
  return respondToHost(c, renderVerifyPage(c, { ...link, token }));
});

signInPages.post("/auth/verify", async (c) => {
  const { services } = c.var;
  const { token } = await fieldsOf(c);
  const signed = await signIn(services, typeof token === "string" ? token : "", userAgentOf(c));
  if (signed.outcome !== "signed_in") {
    reportHit(c, "host.sign_in_failed");
    return respondToHost(c, renderDeadLinkPage(c, signed.outcome), 410);
  }
  const { cookie, hostId, email, isNew, next } = signed;
  await endLogin(c, loginCookie(c), cookie);
  keepLogin(c, cookie);
  await writeAudit(
    { ...services, actor: { kind: "host", hostId }, origin: { ...services.origin, email } },
    { action: "host.signed_in", target: { type: "host", id: hostId } },
  );
  return c.redirect(next ?? (isNew ? FOR_NEW_HOSTS : FOR_HOSTS), 303);
});

/** The login that the browser had goes with its cookie, whoever's it was. The new one stands also when that fails. */
async function endLogin(c: Asked, before: string | undefined, after: string): Promise<void> {
  const key = readKey(before);
  if (!key || key.account === readKey(after)?.account) return;
  const { services } = c.var;
  try {
    const host = await findHost(c);
    if (host) await callAccount(services, key.account, (it) => it.endLogin(host.loginId));
  } catch (error) {
    services.log({ event: "login_not_ended", request_id: services.requestId, error: messageOf(error) });
  }
}

signInPages.post("/auth/sign-out", requireHost, async (c) => {
  const { services, host } = c.var;
  await callAccount(services, host.account, (it) => it.endLogin(host.loginId));
  return await signedOut(c, "host.signed_out");
});

signInPages.post("/auth/sign-out-everywhere", requireHost, async (c) => {
  const { services, host } = c.var;
  await callAccount(services, host.account, (it) => it.endAllLogins());
  return await signedOut(c, "host.signed_out_everywhere");
});

async function signedOut(c: Context<HostEnv>, action: string): Promise<Response> {
  const { services, host } = c.var;
  dropLogin(c);
  await writeAudit(services, { action, target: { type: "host", id: host.id } });
  return c.redirect("/", 303);
}

/** A line for each, and an audit row for each network and hour. */
function reportHit(c: Asked, hit: Extract<Hit, `host.${string}`>): void {
  const { services } = c.var;
  services.log({ event: hit.replace(".", "_"), request_id: services.requestId });
  auditHit(services, hit, services.origin.ipAddress);
}
