import { type Context, Hono } from "hono";
import { parseIpAddress } from "#platform/ip-address";
import type { AppEnv } from "../app-env.ts";
import { fieldsOf } from "../guest-pages/answer-checkout.ts";
import { siteIn } from "../guest-pages/site.ts";
import { ENGLISH } from "../guest-pages/words/en/words.ts";
import { refuseLargeBodies } from "../middleware/limit-body.ts";
import { refuseForeignForms } from "../middleware/own-forms.ts";
import { FOOTER_PAGES } from "../ui/footer-pages.ts";
import { respond } from "../ui/respond.ts";

/** Who runs ChipIn and by which rules, and the form by which a board is reported. Their modules are loaded when one is asked for. */
export const plainPages = new Hono<AppEnv>();

for (const path of FOOTER_PAGES) if (path !== "/report") plainPages.get(path, showPage);

plainPages.get("/report", async (c) => {
  const { renderReportPage } = await import("./report-page.tsx");
  const site = siteIn(c.var.services.settings, ENGLISH);
  const board = c.req.query("board") ?? "";
  return respond(site, renderReportPage({ origin: site.origin, typed: { board, reason: "", words: "" } }));
});

plainPages.post("/report", refuseForeignForms, refuseLargeBodies, async (c) => {
  const { services } = c.var;
  const site = siteIn(services.settings, ENGLISH);
  const { origin } = site;
  const fields = await fieldsOf(c);
  const typed = { board: textOf(fields.board), reason: textOf(fields.reason), words: textOf(fields.words) };
  const [{ sendReport }, pages] = await Promise.all([import("./send-report.ts"), import("./report-page.tsx")]);
  const sent = await sendReport(services, typed, parseIpAddress(c.req.header("CF-Connecting-IP")));
  switch (sent.outcome) {
    case "reported":
      return respond(site, pages.renderReportThanks(origin));
    case "too_many":
      return respond(site, pages.renderTooManyReports(origin), 429);
    case "form_again":
      return respond(site, pages.renderReportPage({ origin, typed, errors: sent.errors }), 422);
    default:
      return sent satisfies never;
  }
});

async function showPage(c: Context<AppEnv>): Promise<Response> {
  const [{ renderPlainPage }, { PLAIN_PAGES }] = await Promise.all([import("./plain-page.tsx"), import("./texts.ts")]);
  const site = siteIn(c.var.services.settings, ENGLISH);
  const page = PLAIN_PAGES.find(({ path }) => path === c.req.path);
  if (!page) throw new Error(`the texts have no page at ${c.req.path}`);
  return respond(site, renderPlainPage(page, site.origin));
}

function textOf(field: unknown): string {
  return typeof field === "string" ? field : "";
}
