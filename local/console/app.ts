import { type Context, Hono } from "hono";
import { requestJob } from "../jobs.ts";
import { MAILBOX_MODES, resendApi } from "../mailbox.ts";
import { RECEIVER_MODES, receiverRoutes } from "../receiver.ts";
import { isOutcome, OUTCOMES } from "../simulators/outcomes.ts";
import { VALIDATE_MODES } from "../simulators/payfast.ts";
import { payfastRoutes } from "../simulators/payfast-routes.ts";
import { homePage } from "./home-page.ts";
import { type ConsoleParts, newestBoards } from "./parts.ts";
import { logPage, mailListPage, mailPage, webhookListPage } from "./reading-pages.ts";

const READY_TIMEOUT_MS = 1_500;
const PASSED_ON = ["/fonts/:file", "/favicon.svg", "/favicon.ico"];

/** Everything that listens beside the Worker: the database gateway, the outside world's stand-ins, and the console. */
export function consoleApp(parts: ConsoleParts): Hono {
  const app = new Hono();
  app.post("/sql", (c) => parts.gateway.handle(c.req.raw));
  app.route("/", payfastRoutes(parts.payfast));
  app.route("/", resendApi(parts.mailbox));
  app.route("/", receiverRoutes(parts.receiver));
  app.get("/api/mail", (c) => c.json(parts.mailbox.newest()));
  app.get("/api/webhooks", (c) => c.json(parts.receiver.newest()));
  app.post("/simulate", (c) => simulate(c, parts));
  for (const path of PASSED_ON) app.get(path, (c) => fetch(new URL(c.req.path, parts.worker)));
  app.route("/", pages(parts));
  app.onError((error, c) => c.json({ error: error.message }, 500));
  return app;
}

/** What a person clicks. Other sites' pages may not press these buttons. */
function pages(parts: ConsoleParts): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    const from = c.req.header("origin");
    if (from && from !== new URL(c.req.url).origin) return c.json({ error: `not from ${from}` }, 403);
    await next();
  });
  app.get("/", async (c) => {
    const [boards, ready] = await Promise.all([newestBoards(parts.postgres), isReady(parts.worker)]);
    return c.html(homePage(parts, { boards, ready }));
  });
  app.get("/mail", (c) => c.html(mailListPage(parts.mailbox.newest())));
  app.get("/mail/:id", (c) => {
    const mail = parts.mailbox.find(c.req.param("id"));
    return mail ? c.html(mailPage(mail)) : c.notFound();
  });
  app.get("/mail/:id/html", (c) => {
    // Shown as a mail program would: nothing in it may run or reach the console.
    const headers = { "content-security-policy": "sandbox allow-popups; script-src 'none'" };
    const mail = parts.mailbox.find(c.req.param("id"))?.html ?? "";
    return c.html(`<base target="_blank">${mail}`, 200, headers);
  });
  app.get("/webhooks", (c) => c.html(webhookListPage(parts.receiver.newest())));
  app.get("/log", async (c) => c.html(logPage(await parts.workerLog())));
  app.get("/api/state", async (c) => c.json(await state(parts)));
  app.post("/postgres/unplug", (c) => {
    parts.gateway.pause();
    return done(c, { postgres: "unplugged" });
  });
  app.post("/postgres/plug", (c) => {
    parts.gateway.resume();
    return done(c, { postgres: "there" });
  });
  app.post("/payfast/flush", async (c) => done(c, { sent: await parts.payfast.flush() }));
  app.post("/modes/:what", (c) => switchMode(c, parts));
  app.post("/jobs/:name", async (c) => {
    const answer = await requestJob(parts.worker, c.req.param("name"), new URL(c.req.url).search);
    if (wantsPage(c) && answer.ok) return c.redirect("/", 303);
    return new Response(answer.body, answer);
  });
  return app;
}

/** `{provider, reference, outcome}`, as JSON or as a form: that provider reports that outcome now. */
async function simulate(c: Context, { payfast }: ConsoleParts): Promise<Response> {
  const isJson = c.req.header("content-type")?.startsWith("application/json");
  const asked: Record<string, unknown> | null = isJson ? await c.req.json().catch(() => null) : await c.req.parseBody();
  const { provider, reference, outcome } = asked ?? {};
  if (provider !== "payfast") return c.json({ error: "provider must be payfast" }, 400);
  if (!isOutcome(outcome)) return c.json({ error: `outcome must be one of ${OUTCOMES.join(", ")}` }, 400);
  if (typeof reference !== "string" || !reference)
    return c.json({ error: "reference must be a payment's reference" }, 400);
  const callbacks = await payfast.simulate(reference, outcome);
  if (!callbacks) return c.json({ error: `no payment has the reference ${reference}` }, 404);
  return done(c, { callbacks });
}

async function switchMode(c: Context, { receiver, mailbox, payfast }: ConsoleParts): Promise<Response> {
  const what = c.req.param("what");
  const { mode } = await c.req.parseBody();
  const choose = <Mode extends string>(modes: readonly Mode[], use: (mode: Mode) => void) => {
    const chosen = modes.find((known) => known === mode);
    if (!chosen) return c.json({ error: `mode must be one of ${modes.join(", ")}` }, 400);
    use(chosen);
    return done(c, { [String(what)]: chosen });
  };
  if (what === "receiver") return choose(RECEIVER_MODES, (chosen) => (receiver.mode = chosen));
  if (what === "mailbox") return choose(MAILBOX_MODES, (chosen) => (mailbox.mode = chosen));
  if (what === "payfast") return choose(VALIDATE_MODES, (chosen) => (payfast.validateMode = chosen));
  return c.json({ error: "there are receiver, mailbox and payfast" }, 404);
}

/** `version` changes whenever a page of the console would look different. */
async function state({ gateway, payfast, mailbox, receiver, postgres }: ConsoleParts) {
  const boards = await newestBoards(postgres);
  const checkouts = payfast.checkouts();
  const notices = checkouts.slice(0, 12).flatMap(({ token }) => payfast.noticesOf(token));
  const summary = {
    postgres: gateway.paused ? "unplugged" : "there",
    boards: boards?.length ?? null,
    payments: checkouts.length,
    mail: mailbox.newest().length,
    webhooks: receiver.newest().length,
  };
  const modes = [receiver.mode, mailbox.mode, payfast.validateMode];
  return {
    ...summary,
    version: JSON.stringify([summary, modes, boards, notices.map(({ attempts }) => attempts.length)]),
  };
}

async function isReady(worker: string): Promise<boolean> {
  try {
    return (await fetch(new URL("/health/ready", worker), { signal: AbortSignal.timeout(READY_TIMEOUT_MS) })).ok;
  } catch {
    return false;
  }
}

function wantsPage(c: Context): boolean {
  return c.req.header("accept")?.includes("text/html") ?? false;
}

/** A browser goes back to the console; anybody else gets the answer as JSON. */
function done(c: Context, answer: Record<string, unknown>): Response {
  return wantsPage(c) ? c.redirect("/", 303) : c.json(answer);
}
