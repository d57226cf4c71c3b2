import { type Context, Hono } from "hono";
import { z } from "zod";
import { requestJob } from "../jobs.ts";
import { resendApi } from "../mailbox.ts";
import { receiverRoutes } from "../receiver.ts";
import { counterpartyApi } from "../simulators/counterparty.ts";
import { isOutcome, isProviderName, OUTCOMES, PROVIDERS } from "../simulators/outcomes.ts";
import { ozowApi } from "../simulators/ozow-api.ts";
import { ozowPages } from "../simulators/ozow-pages.ts";
import { VouchedTransaction } from "../simulators/ozow-requests.ts";
import { payfastApi } from "../simulators/payfast-api.ts";
import { payfastRoutes } from "../simulators/payfast-routes.ts";
import { COUNTERPARTIES } from "../simulators/payout-books.ts";
import { resolver } from "../simulators/resolver.ts";
import { snapscanApi } from "../simulators/snapscan-api.ts";
import { snapscanPages } from "../simulators/snapscan-pages.ts";
import { VouchedPayment } from "../simulators/snapscan-requests.ts";
import { takealotShop } from "../simulators/takealot-shop.ts";
import { turnstile } from "../simulators/turnstile.ts";
import { homePage } from "./home-page.ts";
import { modeSwitches } from "./mode-switches.ts";
import { type ConsoleParts, newestBoards, newestPayments, openMatters } from "./parts.ts";
import { logPage, MAIL_SANDBOX, mailListPage, mailPage, webhookListPage } from "./reading-pages.ts";

const READY_TIMEOUT_MS = 1_500;
const FORWARDED = ["/fonts/:file", "/favicon.svg", "/favicon.ico"];

/** Everything that listens beside the Worker: the database gateway, the simulators, and the console. */
export function consoleApp(parts: ConsoleParts): Hono {
  const app = new Hono();
  app.post("/sql", (c) => parts.gateway.handle(c.req.raw));
  const { payfast, ozow, snapscan } = parts.simulators;
  app.route("/", payfastRoutes(payfast));
  app.route("/payfast-api", payfastApi(payfast));
  app.route("/ozow/v1", ozowApi(ozow));
  app.route("/", ozowPages(ozow));
  app.route("/snapscan/merchant/api/v1", snapscanApi(snapscan));
  app.route("/", snapscanPages(snapscan));
  app.route("/takealot", takealotShop());
  for (const name of COUNTERPARTIES) app.route(`/${name}`, counterpartyApi(parts.counterparties[name]));
  app.route("/turnstile", turnstile());
  app.route("/", resolver());
  app.route("/", resendApi(parts.mailbox));
  app.route("/", receiverRoutes(parts.receiver));
  app.get("/api/mail", (c) => c.json(parts.mailbox.newest()));
  app.get("/api/webhooks", (c) => c.json(parts.receiver.newest()));
  app.get("/api/payouts", (c) => c.json(parts.counterparties.books.newest()));
  app.post("/simulate", (c) => simulate(c, parts));
  for (const path of FORWARDED) app.get(path, (c) => fetch(new URL(c.req.path, parts.worker)));
  app.route("/", pages(parts));
  app.onError((error, c) => c.json({ error: error.message }, 500));
  return app;
}

/** The pages and buttons of the console. A post from another origin is refused. */
function pages(parts: ConsoleParts): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    const from = c.req.header("origin");
    if (from && from !== new URL(c.req.url).origin) return c.json({ error: `not from ${from}` }, 403);
    await next();
  });
  app.get("/", async (c) => {
    const [boards, ready, matters] = await Promise.all([
      newestBoards(parts.postgres),
      isReady(parts.worker),
      openMatters(parts),
    ]);
    return c.html(homePage(parts, { boards, ready, matters }));
  });
  app.get("/mail", (c) => c.html(mailListPage(parts.mailbox.newest())));
  app.get("/mail/:id", (c) => {
    const mail = parts.mailbox.find(c.req.param("id"));
    return mail ? c.html(mailPage(mail)) : c.notFound();
  });
  app.get("/mail/:id/html", (c) => {
    const headers = { "content-security-policy": `sandbox ${MAIL_SANDBOX}; script-src 'none'` };
    const mail = parts.mailbox.find(c.req.param("id"))?.html ?? "";
    return c.html(`<base target="_blank">${mail}`, 200, headers);
  });
  app.get("/webhooks", (c) => c.html(webhookListPage(parts.receiver.newest())));
  app.get("/log", async (c) => c.html(logPage(await parts.workerLog())));
  app.get("/api/state", async (c) => c.json(await state(parts)));
  app.post("/edge-cache/purge", async (c) => {
    const { tags } = await c.req.json<{ tags: string[] }>();
    return c.json({ purged: parts.purge(tags) });
  });
  app.post("/postgres/unplug", (c) => {
    parts.gateway.pause();
    return done(c, { postgres: "unplugged" });
  });
  app.post("/postgres/plug", (c) => {
    parts.gateway.resume();
    return done(c, { postgres: "there" });
  });
  for (const provider of PROVIDERS) {
    app.post(`/${provider}/flush`, async (c) => done(c, { sent: await parts.simulators[provider].flush() }));
  }
  app.post("/flush", async (c) => done(c, { sent: await flushAll(parts) }));
  app.post("/ozow/vouch", async (c) => {
    const made = VouchedTransaction.safeParse(await c.req.json().catch(() => null));
    if (!made.success) return c.json({ error: z.prettifyError(made.error) }, 400);
    return c.json({ id: parts.simulators.ozow.vouch(made.data).id });
  });
  app.post("/snapscan/vouch", async (c) => {
    const made = VouchedPayment.safeParse(await c.req.json().catch(() => null));
    if (!made.success) return c.json({ error: z.prettifyError(made.error) }, 400);
    return c.json(parts.simulators.snapscan.vouch(made.data));
  });
  app.post("/modes/:what", (c) => switchMode(c, parts));
  app.post("/jobs/:name", async (c) => {
    const answer = await requestJob(parts.worker, c.req.param("name"), new URL(c.req.url).search);
    if (wantsPage(c) && answer.ok) return c.redirect("/", 303);
    return new Response(answer.body, answer);
  });
  return app;
}

/** Takes `{provider, reference, outcome}` as JSON or as a form, and lets that provider report that outcome now. */
async function simulate(c: Context, { simulators }: ConsoleParts): Promise<Response> {
  const isJson = c.req.header("content-type")?.startsWith("application/json");
  const asked: Record<string, unknown> | null = isJson ? await c.req.json().catch(() => null) : await c.req.parseBody();
  const { provider, reference, outcome } = asked ?? {};
  if (!isProviderName(provider)) return c.json({ error: `provider must be one of ${PROVIDERS.join(", ")}` }, 400);
  if (!isOutcome(outcome)) return c.json({ error: `outcome must be one of ${OUTCOMES.join(", ")}` }, 400);
  if (typeof reference !== "string" || !reference)
    return c.json({ error: "reference must be a payment's reference" }, 400);
  const callbacks = await simulators[provider].simulate(reference, outcome);
  if (!callbacks) return c.json({ error: `no payment has the reference ${reference}` }, 404);
  return done(c, { callbacks });
}

async function flushAll({ simulators }: ConsoleParts): Promise<number> {
  let sent = 0;
  for (const provider of PROVIDERS) sent += await simulators[provider].flush();
  return sent;
}

async function switchMode(c: Context, parts: ConsoleParts): Promise<Response> {
  const known = modeSwitches(parts);
  const chosen = known.find(({ what }) => what === c.req.param("what"));
  if (!chosen) return c.json({ error: `there are ${known.map(({ what }) => what).join(", ")}` }, 404);
  const { mode } = await c.req.parseBody();
  if (typeof mode === "string" && chosen.use(mode)) return done(c, { [chosen.what]: mode });
  return c.json({ error: `mode must be one of ${chosen.modes.join(", ")}` }, 400);
}

/** `version` changes with everything that a page of the console shows. */
async function state(parts: ConsoleParts) {
  const { gateway, mailbox, receiver, postgres, counterparties } = parts;
  const boards = await newestBoards(postgres);
  const payments = newestPayments(parts.simulators);
  const summary = {
    postgres: gateway.paused ? "unplugged" : "there",
    boards: boards?.length ?? null,
    payments: payments.length,
    mail: mailbox.newest().length,
    webhooks: receiver.newest().length,
    payouts: counterparties.books.newest().length,
  };
  const modes = modeSwitches(parts).map(({ current }) => current);
  const shown = payments
    .slice(0, 12)
    .map(({ books, notices }) => [books, notices.map(({ attempts }) => attempts.length)]);
  return {
    ...summary,
    version: JSON.stringify([summary, modes, boards, shown, counterparties.books.newest().slice(0, 12)]),
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

/** Sends a browser back to the console, and any other client the answer as JSON. */
function done(c: Context, answer: Record<string, unknown>): Response {
  return wantsPage(c) ? c.redirect("/", 303) : c.json(answer);
}
