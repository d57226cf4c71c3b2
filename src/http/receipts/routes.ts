import { Hono } from "hono";
import { verifyReceipt } from "#domain/signed-receipt";
import { publicReceiptKeys } from "#receipts/sign-receipt";
import type { AppEnv } from "../app-env.ts";
import { fieldsOf } from "../guest-pages/answer-checkout.ts";
import { siteIn } from "../guest-pages/site.ts";
import { ENGLISH } from "../guest-pages/words/en/words.ts";
import { refuseLargeBodies } from "../middleware/limit-body.ts";
import { refuseForeignForms } from "../middleware/own-forms.ts";
import { respond } from "../ui/respond.ts";

/** The keys that receipts are checked with, and a page that checks one. Who gets a receipt is decided by the thanks page. */
export const receipts = new Hono<AppEnv>();

receipts.get("/.well-known/chipin-receipts.json", async (c) =>
  c.json(await publicReceiptKeys(c.var.services.settings), 200),
);

receipts.get("/receipts", async (c) => {
  const { renderReceiptsPage } = await import("./receipts-page.tsx");
  const site = siteIn(c.var.services.settings, ENGLISH);
  return respond(site, renderReceiptsPage({ origin: site.origin }));
});

receipts.post("/receipts", refuseForeignForms, refuseLargeBodies, async (c) => {
  const { renderReceiptsPage } = await import("./receipts-page.tsx");
  const { settings } = c.var.services;
  const site = siteIn(settings, ENGLISH);
  const { receipt } = await fieldsOf(c);
  const typed = typeof receipt === "string" ? receipt : "";
  const verdict = await verifyReceipt(typed, await publicReceiptKeys(settings));
  return respond(site, renderReceiptsPage({ origin: site.origin, typed, verdict }));
});
