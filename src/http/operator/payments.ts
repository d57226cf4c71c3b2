import { Hono } from "hono";
import { z } from "zod";
import { FLAG_KINDS, PAYMENT_PROVIDERS } from "#domain/board/lifecycle";
import { resolveReport } from "#operations/board-reports";
import { clearFlag } from "#operations/flags";
import {
  confirmManualRefund,
  refundContribution,
  retryRefund,
  supplementPayout,
  withdrawRefund,
} from "#operations/refunds";
import { reviewQueue } from "#operations/review-queue";
import { resolveDifference } from "#operations/settlement-differences";
import { pauseProvider, providerStates, resumeProvider } from "#payments/availability/provider-switches";
import { paymentProviders } from "#payments/configure";
import type { AppEnv } from "../app-env.ts";
import { Note, Noted } from "./acts.ts";
import { idOf, read, readBody } from "./read-body.ts";

const ProviderId = z.string("must be a text").regex(/^[A-Za-z0-9_-]{1,100}$/, "must be the provider's id");
const Uuid = z.guid("must be an id from GET /internal/payments");

const Confirmation = z.object({ note: Note, provider_refund_id: ProviderId.nullish() });
const Refunding = z.object({ note: Note, provider_payment_id: ProviderId.nullish() });
const Clearing = z.object({
  flag: z.enum(FLAG_KINDS, `must be one of ${FLAG_KINDS.join(", ")}`),
  contribution: z.string().nullish(),
  provider_payment_id: ProviderId.nullish(),
  note: Note,
});
const Pausing = z.object({ reason: Note });
const Provider = z.enum(PAYMENT_PROVIDERS, `must be one of ${PAYMENT_PROVIDERS.join(", ")}`);

/** Payments and refunds that need a person, and the switches of the providers. (docs/operate.md) */
export const operatorPayments = new Hono<AppEnv>()
  .get("/payments", async (c) => {
    const services = c.get("services");
    const names = [...paymentProviders(services.settings).keys()];
    const [money, providers] = await Promise.all([reviewQueue(services), providerStates(services, names)]);
    return c.json({ ...money, providers }, 200);
  })
  .post("/providers/:name/pause", async (c) => {
    const { reason } = await readBody(Pausing, c.req.raw);
    const name = read(Provider, c.req.param("name"), "name");
    const state = await pauseProvider(c.get("services"), name, reason);
    return c.json({ name, state }, 200);
  })
  .post("/providers/:name/resume", async (c) => {
    const name = read(Provider, c.req.param("name"), "name");
    const state = await resumeProvider(c.get("services"), name);
    return c.json({ name, state }, 200);
  })
  .post("/boards/:id/flags/clear", async (c) => {
    const { flag, contribution = null, provider_payment_id = null, note } = await readBody(Clearing, c.req.raw);
    const contributionId = contribution === null ? null : idOf("contribution", contribution);
    const boardId = idOf("board", c.req.param("id"));
    const named = { boardId, flag, contributionId, providerPaymentId: provider_payment_id, note };
    return c.json(await clearFlag(c.get("services"), named), 200);
  })
  .post("/contributions/:id/refund", async (c) => {
    const { note, provider_payment_id = null } = await readBody(Refunding, c.req.raw);
    const contributionId = idOf("contribution", c.req.param("id"));
    const payment = { contributionId, providerPaymentId: provider_payment_id, note };
    return c.json(await refundContribution(c.get("services"), payment), 200);
  })
  .post("/contributions/:id/supplement", async (c) => {
    const { note } = await readBody(Noted, c.req.raw);
    return c.json(await supplementPayout(c.get("services"), idOf("contribution", c.req.param("id")), note), 200);
  })
  .post("/refunds/:id/retry", async (c) =>
    c.json(await retryRefund(c.get("services"), read(Uuid, c.req.param("id"), "id")), 200),
  )
  .post("/refunds/:id/withdraw", async (c) => {
    const { note } = await readBody(Noted, c.req.raw);
    return c.json(await withdrawRefund(c.get("services"), read(Uuid, c.req.param("id"), "id"), note), 200);
  })
  .post("/refunds/:id/confirm", async (c) => {
    const { note, provider_refund_id = null } = await readBody(Confirmation, c.req.raw);
    const refundId = read(Uuid, c.req.param("id"), "id");
    const confirmed = { note, providerRefundId: provider_refund_id };
    return c.json(await confirmManualRefund(c.get("services"), refundId, confirmed), 200);
  })
  .post("/settlement-differences/:id/resolve", async (c) => {
    const { note } = await readBody(Noted, c.req.raw);
    await resolveDifference(c.get("services"), read(Uuid, c.req.param("id"), "id"), note);
    return c.json({ resolved: true }, 200);
  })
  .post("/reports/:id/resolve", async (c) => {
    const { note } = await readBody(Noted, c.req.raw);
    await resolveReport(c.get("services"), read(Uuid, c.req.param("id"), "id"), note);
    return c.json({ resolved: true }, 200);
  });
