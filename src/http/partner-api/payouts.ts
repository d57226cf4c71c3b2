import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { changePayout } from "#payouts/change-payout";
import { getPayout, type KnownPayout, listPayouts, listPendingPayouts } from "#payouts/read-payouts";
import { presentPayout } from "#wire/payout";
import { createRouter, type PartnerEnv } from "./create-router.ts";
import { envelope, listEnvelope } from "./envelope.ts";
import { IdempotencyHeaders, repeatable } from "./idempotency.ts";
import { data, jsonBody, list, refusals } from "./openapi-parts.ts";
import { CreatedQuery, PageQuery, readPage } from "./pagination.ts";
import { idParam } from "./schemas/ids.ts";
import { ConfirmPayout, FailPayout, PayoutResource, PayoutStatus, PayoutType } from "./schemas/payout.ts";
import { scoped } from "./scoped.ts";
import { type FurtherRules, refuseInvalidWith } from "./validation.ts";

/** What a partner that pays its payouts itself needs. A step of a payout may be repeated. */

const pendingRoute = createRoute({
  method: "get",
  path: "/payouts/pending",
  operationId: "listPendingPayouts",
  tags: ["Payouts"],
  summary: "List payouts to pay",
  description:
    "What may be paid now, newest first. Payouts that are held, and those that refunds have emptied, are left out.",
  ...scoped("payouts:read"),
  request: { query: PageQuery.extend({ type: PayoutType.optional() }) },
  responses: { 200: list(PayoutResource, "A page of payouts"), ...refusals() },
});

const listRoute = createRoute({
  method: "get",
  path: "/payouts",
  operationId: "listPayouts",
  tags: ["Payouts"],
  summary: "List payouts",
  description: "All of them, newest first, whatever their status.",
  ...scoped("payouts:read"),
  request: {
    query: PageQuery.extend({ status: PayoutStatus.optional(), type: PayoutType.optional(), ...CreatedQuery.shape }),
  },
  responses: { 200: list(PayoutResource, "A page of payouts"), ...refusals() },
});

const getRoute = createRoute({
  method: "get",
  path: "/payouts/{id}",
  operationId: "getPayout",
  tags: ["Payouts"],
  summary: "Get a payout",
  ...scoped("payouts:read"),
  request: { params: idParam("payout") },
  responses: { 200: data(PayoutResource, "The payout"), ...refusals("not_found") },
});

const confirmRoute = createRoute({
  method: "post",
  path: "/payouts/{id}/confirm",
  operationId: "confirmPayout",
  tags: ["Payouts"],
  summary: "Confirm a payout",
  description: "Final. The same reference again gets the same answer; another one is refused.",
  ...scoped("payouts:write"),
  request: { headers: IdempotencyHeaders, params: idParam("payout"), body: jsonBody(ConfirmPayout) },
  responses: {
    200: data(PayoutResource, "The completed payout"),
    202: data(PayoutResource, "The payout is completed; lists will show it in a moment"),
    ...refusals("not_found", "conflict", "payload_too_large"),
  },
});

const failRoute = createRoute({
  method: "post",
  path: "/payouts/{id}/fail",
  operationId: "failPayout",
  tags: ["Payouts"],
  summary: "Report a failed payout",
  description: "ChipIn looks into it, and payout.ready follows when it is to be tried again.",
  ...scoped("payouts:write"),
  request: { headers: IdempotencyHeaders, params: idParam("payout"), body: jsonBody(FailPayout) },
  responses: {
    200: data(PayoutResource, "The failed payout"),
    202: data(PayoutResource, "The payout has failed; lists will show it in a moment"),
    ...refusals("not_found", "conflict", "payload_too_large"),
  },
});

const notInTheFuture: FurtherRules = (body, c) => {
  const { completed_at: at } = (body ?? {}) as { completed_at?: unknown };
  const isAhead = typeof at === "string" && new Date(at) > c.get("services").now();
  return isAhead ? [{ field: "completed_at", reason: "must not lie in the future" }] : [];
};

export const payoutRoutes = createRouter()
  .openapi(listRoute, async (c) => {
    const { limit, after, ...filter } = c.req.valid("query");
    const { status, type, created_after: from, created_before: before } = filter;
    const { partnerId } = c.get("apiKey");
    const list = { endpoint: listRoute.operationId, filter };
    const { items, nextCursor } = await readPage(c, { limit, after }, list, (page) =>
      listPayouts(c.get("services"), { partnerId, status, type, created: { from, before }, ...page }),
    );
    return c.json(listEnvelope(c, { items: items.map((payout) => present(c, payout)), nextCursor }), 200);
  })
  .openapi(pendingRoute, async (c) => {
    const { limit, after, type } = c.req.valid("query");
    const { partnerId } = c.get("apiKey");
    const list = { endpoint: pendingRoute.operationId, filter: { type } };
    const { items, nextCursor } = await readPage(c, { limit, after }, list, (page) =>
      listPendingPayouts(c.get("services"), { partnerId, type, ...page }),
    );
    return c.json(listEnvelope(c, { items: items.map((payout) => present(c, payout)), nextCursor }), 200);
  })
  .openapi(getRoute, async (c) => {
    const { partnerId } = c.get("apiKey");
    const payout = await getPayout(c.get("services"), c.req.valid("param").id, partnerId);
    return c.json(envelope(c, present(c, payout)), 200);
  })
  .openapi(
    confirmRoute,
    async (c) => {
      const { external_ref: externalRef, completed_at: at } = c.req.valid("json");
      const payoutId = c.req.valid("param").id;
      const { partnerId } = c.get("apiKey");
      const completedAt = at === undefined ? null : new Date(at);
      const command = { type: "complete_payout", payoutId, externalRef, completedAt, method: "partner" } as const;
      const answer = await repeatable(c, { route: confirmRoute.operationId, rules: notInTheFuture }, async () => {
        const { payout, projected } = await changePayout(c.get("services"), { payoutId, partnerId }, command);
        return { status: projected ? (200 as const) : (202 as const), data: present(c, payout) };
      });
      return c.json(envelope(c, answer.data), answer.status);
    },
    refuseInvalidWith(notInTheFuture),
  )
  .openapi(failRoute, async (c) => {
    const { error_code: errorCode = "partner_failed", error_message: errorMessage } = c.req.valid("json");
    const payoutId = c.req.valid("param").id;
    const { partnerId } = c.get("apiKey");
    const command = { type: "fail_payout", payoutId, errorCode, errorMessage, method: "partner" } as const;
    const answer = await repeatable(c, { route: failRoute.operationId }, async () => {
      const { payout, projected } = await changePayout(c.get("services"), { payoutId, partnerId }, command);
      return { status: projected ? (200 as const) : (202 as const), data: present(c, payout) };
    });
    return c.json(envelope(c, answer.data), answer.status);
  });

/** Whoever may pay a payout needs the card's number while it is to be paid. (product-facts 12.4) */
function present(c: Context<PartnerEnv>, payout: KnownPayout) {
  const mayPay = c.get("apiKey").scopes.includes("payouts:write") && payout.status === "pending" && !payout.held;
  return presentPayout(payout, { withCardNumber: mayPay });
}
