import { Hono } from "hono";
import type { Use } from "#domain/host-account";
import { type HostEnv, hostRequired } from "../signed-in.ts";
import { sendChild, showChild } from "./child-step.ts";
import { sendDetails, showDetails } from "./details-step.ts";
import { sendGift, showGift } from "./gift-step.ts";
import { sendReview, showReview } from "./review-step.ts";
import { type Fields, idIn, textOf } from "./wizard-context.ts";

/** The four steps in which a family makes a board. Each saves what was typed, right or wrong, and judges it. */
export const wizardPages = new Hono<HostEnv>();

wizardPages.use(
  hostRequired((c, fields) => {
    const draft = c.req.method === "POST" ? fields.draft : c.req.query("draft");
    return { draftId: idIn(draft), uses: usesOf(fields) };
  }),
);

wizardPages.get("/create/child", showChild).post(sendChild);
wizardPages.get("/create/gift", showGift).post(sendGift);
wizardPages.get("/create/details", showDetails).post(sendDetails);
wizardPages.get("/create/review", showReview).post(sendReview);

/** What a form may come to do, by its fields. A link is counted before it is known whether its page must be read. */
function usesOf({ product_url, consent }: Fields): Use[] {
  return [...(textOf(product_url).trim() ? (["look_up"] as const) : []), ...(consent ? (["board"] as const) : [])];
}
