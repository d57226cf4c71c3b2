import { type Context, Hono } from "hono";
import { z } from "zod";
import { publicId } from "#domain/ids";
import { cents } from "#domain/money";
import { completeByHand, failByHand, retryPayout, revealRecipient, startByHand } from "#operations/payouts";
import type { ChangedPayout } from "#payouts/change-payout";
import { payoutExecutors } from "#payouts/configure";
import { executePayout } from "#payouts/execute-payout";
import { getPayout, type KnownPayout, listPayoutQueue, PAYOUT_QUEUES } from "#payouts/read-payouts";
import { ChipInError } from "#platform/errors";
import { presentPayout } from "#wire/payout";
import type { AppEnv } from "../app-env.ts";
import { ExternalRef } from "../partner-api/schemas/payout.ts";
import { Note, Noted } from "./acts.ts";
import { idOf, read, readBody } from "./read-body.ts";

const PAGE = 100;

const Queue = z.enum(PAYOUT_QUEUES, `must be one of ${PAYOUT_QUEUES.join(", ")}`);
/** The amount confirms what cannot be undone: it must be what the payout is now. */
const Completing = z.object({
  external_ref: ExternalRef.min(2, "must be at least 2 characters long"),
  net_cents: z.int("must be the amount that was paid, in cents"),
  gift_card_code: z.string().trim().min(4).max(200).nullish(),
  gift_card_url: z
    .url({ protocol: /^https$/, error: "must be an https address" })
    .max(500)
    .nullish(),
  note: Note,
});
const Failing = z.object({ reason: Note, note: Note });

/** Why an executor did nothing. */
const NOT_EXECUTED: Readonly<Record<string, string>> = {
  not_automated: "Payouts of this type are not automated. Pay it by hand.",
  not_claimed: "It is not for an executor now: it is held, empty, ended, under way, or its partner pays it.",
  not_started: "The board has not let it start: it is held, or somebody was first.",
};

/** The payouts of all boards, and what operators do with one. (docs/operate.md) */
export const operatorPayouts = new Hono<AppEnv>()
  .get("/", async (c) => {
    const queue = read(Queue, c.req.query("status") ?? "pending", "status");
    const cursor = c.req.query("after");
    const after = cursor === undefined ? undefined : idOf("payout", cursor);
    const payouts = await listPayoutQueue(c.get("services"), { queue, after, limit: PAGE });
    const last = payouts.length === PAGE ? payouts.at(-1) : undefined;
    return c.json({ payouts: payouts.map(present), after: last ? publicId("payout", last.id) : null }, 200);
  })
  .get("/:id", async (c) => c.json(present(await getPayout(c.get("services"), payoutId(c))), 200))
  .post("/:id/reveal", async (c) => {
    const { note } = await readBody(Noted, c.req.raw);
    const payout = await revealRecipient(c.get("services"), payoutId(c), note);
    return c.json({ ...present(payout), ...presentPayout(payout, { withCardNumber: true }) }, 200);
  })
  .post("/:id/start", async (c) => {
    const { note } = await readBody(Noted, c.req.raw);
    return answer(c, await startByHand(c.get("services"), payoutId(c), note));
  })
  .post("/:id/execute", async (c) => {
    const services = c.get("services");
    const id = payoutId(c);
    await getPayout(services, id);
    const executors = payoutExecutors(services.settings);
    const { step, reason } = await executePayout(services, executors, { id, now: services.now() });
    const refused = NOT_EXECUTED[step];
    if (refused) throw new ChipInError("conflict", refused);
    return c.json({ step, reason, ...present(await getPayout(services, id)) }, 200);
  })
  .post("/:id/complete", async (c) => {
    const { external_ref, net_cents, gift_card_code, gift_card_url, note } = await readBody(Completing, c.req.raw);
    const giftCard = gift_card_code ? { code: gift_card_code, url: gift_card_url ?? null } : null;
    const completion = { externalRef: external_ref, net: cents(net_cents), giftCard, note };
    return answer(c, await completeByHand(c.get("services"), payoutId(c), completion));
  })
  .post("/:id/fail", async (c) => {
    const said = await readBody(Failing, c.req.raw);
    return answer(c, await failByHand(c.get("services"), payoutId(c), said));
  })
  .post("/:id/retry", async (c) => {
    const { note } = await readBody(Noted, c.req.raw);
    return answer(c, await retryPayout(c.get("services"), payoutId(c), note));
  });

function payoutId(c: Context<AppEnv, "/:id">): string {
  return idOf("payout", c.req.param("id"));
}

function answer(c: Context<AppEnv>, { payout, recorded, projected }: ChangedPayout): Response {
  return c.json({ ...present(payout), recorded, projected }, 200);
}

function present({ held, attempt, startedAt, ...payout }: KnownPayout) {
  return { ...presentPayout(payout), held, attempt, started_at: startedAt };
}
