import { type Context, Hono } from "hono";
import { connectLive } from "#boards/connect-live";
import { findPublicView, findReceipt, seeView } from "#boards/read-board";
import { checkPayment, checkReturned } from "#checkout/check-payment";
import { chipIn } from "#checkout/chip-in";
import { newSubmission } from "#checkout/contribution-form";
import { currentOptions, optionsOn } from "#checkout/provider-options";
import { resumePayment } from "#checkout/resume-payment";
import { drawCodeAgain } from "#checkout/start-checkout";
import { isTestOutcome, payOnTestPage, testPagePath } from "#checkout/test-payment";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { parseRand } from "#domain/money";
import { limitKeyOf } from "#platform/network";
import type { Services } from "#platform/services";
import { signReceipt } from "#receipts/sign-receipt";
import { noteReturn } from "#reconciliation/open-payments";
import type { AppEnv } from "../app-env.ts";
import { boardCaching, ONLY_FOR_GOING_BACK } from "../caching.ts";
import { refuseLargeBodies } from "../middleware/limit-body.ts";
import { refuseForeignForms } from "../middleware/own-forms.ts";
import { redirect, respond } from "../ui/respond.ts";
import { answerCheckout, fieldsOf, guestOf, thanksPath } from "./answer-checkout.ts";
import { answerNoPage } from "./answer-error.ts";
import { renderQrCheckout, renderResume } from "./checkout-page.tsx";
import { renderContributePage } from "./contribute-page.tsx";
import { renderLandingPage } from "./landing-page.tsx";
import { renderPaymentsUnavailable } from "./message-page.tsx";
import { ownReferences } from "./payer-cookie.ts";
import { rememberLanguage } from "./remember-language.ts";
import { isWayBack, renderReturned, wayBackPath } from "./returned-page.tsx";
import { seeBoard } from "./see-board.ts";
import { type Site, siteFor } from "./site.ts";
import { renderTestPayment } from "./test-payment-page.tsx";
import { renderThanksPage, thanksState } from "./thanks-page.tsx";

type PageContext = Context<AppEnv>;

/** How the thanks page learns what became of "I have paid". */
const ASKED = { news: "", not_looked_up: "", no_news: "&asked=1", not_now: "&asked=later" } as const;

/** Everything a guest sees. Mount last: `/:slug` matches whatever nothing else took. */
export const boardPages = new Hono<AppEnv>();
boardPages.use(rememberLanguage);
boardPages.use(refuseForeignForms);
boardPages.use(refuseLargeBodies);

boardPages.get("/", async (c) => {
  const site = await siteFor(c);
  return respond(site, renderLandingPage(site));
});

boardPages.get("/:slug", async (c) => {
  const { services } = c.var;
  const slug = c.req.param("slug");
  const site = await siteFor(c);
  const board = await seeBoard(services, slug, site);
  if (!board) return answerNoPage(c);
  const { view, page, headers } = board;
  if (view.slug !== slug) return toRightSlug(c, view);
  if (c.req.query("cancelled") === undefined) return new Response(page.stream(), { headers });
  return c.redirect(wayBackPath(view.slug, "cancelled", c.req.query("ref")), 303);
});

boardPages.get("/:slug/contribute", (c) =>
  onBoard(c, async (view, site) => {
    if (!view.acceptsContributions) return c.redirect(`/${view.slug}`, 303);
    const options = optionsOn(view, view.sandbox ? [] : await currentOptions(c.var.services));
    if (options.length === 0) return respond(site, renderPaymentsUnavailable(view, site), 503);
    const amount = c.req.query("amount") ?? "";
    const submission = newSubmission();
    const preset = parseRand(amount) === null ? {} : { preset: amount };
    const page = respond(site, renderContributePage({ view, site, options, submission, ...preset }));
    // Browsers keep no page that is `no-store`: the back button must bring back this very form, whose number makes sending
    // it once more the same contribution.
    page.headers.set("Cache-Control", ONLY_FOR_GOING_BACK);
    return page;
  }),
);

boardPages.post("/:slug/contribute", async (c) => {
  const fields = await fieldsOf(c);
  return answerCheckout(c, await chipIn(c.var.services, c.req.param("slug"), fields, guestOf(c, fields)));
});

/** A payment that was begun: its code while it can be paid, else the way to another attempt. Looking starts nothing. */
boardPages.get("/:slug/pay", (c) =>
  onBoard(c, async (view, site) => {
    const { services } = c.var;
    const receipt = await findReceipt(services, view.slug, c.req.query("ref") ?? "");
    if (!receipt) return c.redirect(`/${view.slug}/contribute`, 303);
    if (!receipt.payable || !view.acceptsContributions)
      return c.redirect(thanksPath(view.slug, receipt.reference), 303);
    const { reference, provider, amount: charge } = receipt;
    const props = { view, site, provider, charge, reference };
    const checkout = await drawCodeAgain(services, view, receipt);
    return respond(site, checkout ? renderQrCheckout({ ...props, checkout, look: lookOf(c) }) : renderResume(props));
  }),
);

boardPages.post("/:slug/pay", async (c) => {
  const fields = await fieldsOf(c);
  const payment = { reference: textOf(fields.ref), guest: guestOf(c, fields) };
  return answerCheckout(c, await resumePayment(c.var.services, c.req.param("slug"), payment));
});

/** The one way to pay on a sandbox board: the guest decides what becomes of the payment. */
boardPages.get("/:slug/test-payment", (c) =>
  onTestPage(c, c.req.query("ref"), (view, receipt, site) => {
    if (!receipt.payable) return c.redirect(thanksPath(view.slug, receipt.reference), 303);
    return respond(site, renderTestPayment({ view, site, receipt }));
  }),
);

boardPages.post("/:slug/test-payment", async (c) => {
  const { ref, outcome } = await fieldsOf(c);
  return await onTestPage(c, ref, async (view, receipt) => {
    if (!isTestOutcome(outcome)) return redirect(testPagePath(view, receipt.reference));
    await payOnTestPage(c.var.services, receipt, outcome);
    const { reference } = receipt;
    const isCancelled = outcome === "cancel";
    return redirect(isCancelled ? wayBackPath(view.slug, "cancelled", reference) : thanksPath(view.slug, reference));
  });
});

/** "I have paid": the provider is asked once, and the thanks page says what came of it. */
boardPages.post("/:slug/paid", (c) =>
  onBoard(c, async (view) => {
    const { services } = c.var;
    const { ref } = await fieldsOf(c);
    const { ipAddress } = services.origin;
    const { reference, answer } = await checkPayment(services, view, { reference: textOf(ref), ipAddress });
    return redirect(thanksPath(view.slug, reference) + ASKED[answer]);
  }),
);

boardPages.get("/:slug/thanks", (c) =>
  onBoard(c, async (view, site) => {
    const { services } = c.var;
    const own = ownReferences(c);
    // A confirmed payment's reference leaves the address.
    const reference = c.req.query("ref") ?? own[0] ?? "";
    const receipt = await findReceipt(services, view.slug, reference);
    if (receipt && thanksState(receipt) === "confirming") services.waitUntil(noteReturn(services, receipt));
    const { asked = null } = c.req.query();
    const isPayer = own.includes(reference);
    const signed = isPayer ? await signedReceipt(services, view, receipt) : null;
    return respond(site, renderThanksPage({ view, site, receipt, isPayer, signed, look: lookOf(c), asked }));
  }),
);

/** The signed receipt as a file, for whom the thanks page shows it. */
boardPages.get("/:slug/thanks/receipt.txt", (c) =>
  onBoard(c, async (view) => {
    const { services } = c.var;
    const reference = c.req.query("ref") ?? "";
    const receipt = ownReferences(c).includes(reference) ? await findReceipt(services, view.slug, reference) : null;
    const signed = await signedReceipt(services, view, receipt);
    if (signed === null) return answerNoPage(c);
    const name = `chipin-receipt-${reference}.txt`;
    return c.body(`${signed}\n`, 200, {
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Disposition": `attachment; filename="${name}"`,
    });
  }),
);

/** What the thanks page asks while it waits: has the provider spoken? */
boardPages.get("/:slug/thanks.json", async (c) => {
  const receipt = await findReceipt(c.var.services, c.req.param("slug"), c.req.query("ref") ?? "");
  if (!receipt) return c.json({ final: false }, 404);
  return c.json({ final: thanksState(receipt) !== "confirming", status: receipt.status });
});

boardPages.get("/:slug/payment-failed", (c) =>
  onBoard(c, (view) => c.redirect(wayBackPath(view.slug, "failed", c.req.query("ref")), 303)),
);

/** Below the thanks page, because the cookie that tells whose payment it is comes nowhere else. */
boardPages.get("/:slug/thanks/:way", (c) =>
  onBoard(c, async (view, site) => {
    const way = c.req.param("way");
    if (!isWayBack(way)) return answerNoPage(c);
    const { services } = c.var;
    const reference = c.req.query("ref") ?? ownReferences(c)[0] ?? "";
    const { ipAddress } = services.origin;
    const { receipt, answer } = await checkReturned(services, view, { reference, ipAddress });
    const page = renderReturned({ view, site, way, receipt, answer });
    return page === null ? redirect(thanksPath(view.slug, reference) + ASKED[answer]) : respond(site, page);
  }),
);

boardPages.get("/:slug/live", async (c) => {
  if (c.req.header("Upgrade")?.toLowerCase() !== "websocket") {
    return c.text("This address is for WebSockets.", 426, { Upgrade: "websocket" });
  }
  const { services } = c.var;
  const network = limitKeyOf(c.req.raw);
  return await connectLive(services, c.req.param("slug"), { request: c.req.raw, network });
});

/** The same picture for browsers whose socket does not get through. */
boardPages.get("/:slug/live.json", async (c) => {
  const { services } = c.var;
  const seen = await seeView(services, c.req.param("slug"));
  return seen ? c.json(seen.view, 200, boardCaching(seen, services.now())) : c.json(null, 404);
});

boardPages.all("*", answerNoPage);

async function onBoard(
  c: PageContext,
  show: (view: PublicView, site: Site) => Response | Promise<Response>,
): Promise<Response> {
  const site = await siteFor(c);
  const slug = c.req.param("slug") ?? "";
  const view = await findPublicView(c.var.services, slug);
  if (!view) return answerNoPage(c);
  return view.slug === slug ? await show(view, site) : toRightSlug(c, view);
}

/** Of money that was received and stays. Test money gets none: its receipt would look like a real one. */
async function signedReceipt(
  { settings }: Services,
  view: PublicView,
  receipt: Receipt | null,
): Promise<string | null> {
  if (!receipt?.completedAt || view.sandbox || thanksState(receipt) !== "confirmed") return null;
  const { reference, amount, completedAt } = receipt;
  return await signReceipt(settings, { reference, amount, paidAt: new Date(completedAt) });
}

function onTestPage(
  c: PageContext,
  reference: unknown,
  show: (view: PublicView, receipt: Receipt, site: Site) => Response | Promise<Response>,
): Promise<Response> {
  return onBoard(c, async (view, site) => {
    if (!view.sandbox) return answerNoPage(c);
    const receipt = await findReceipt(c.var.services, view.slug, textOf(reference));
    return receipt ? await show(view, receipt, site) : c.redirect(`/${view.slug}/contribute`, 303);
  });
}

function textOf(field: unknown): string {
  return typeof field === "string" ? field : "";
}

/** Which look this is of a browser that reloads without scripts. */
function lookOf(c: PageContext): number {
  return Number.parseInt(c.req.query("look") ?? "0", 10) || 0;
}

/** A wrong name before the right code: the same place under its right name, query and all. */
function toRightSlug(c: PageContext, view: PublicView): Response {
  const url = new URL(c.req.url);
  const rest = url.pathname.split("/").slice(2);
  return c.redirect([`/${view.slug}`, ...rest].join("/") + url.search, 308);
}
