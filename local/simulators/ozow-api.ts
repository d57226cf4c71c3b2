import { Hono } from "hono";
import { z } from "zod";
import type { OzowSimulator } from "./ozow.ts";
import { list, needs, type OzowEnv, OzowRefusal, once, refuse } from "./ozow-http.ts";
import { PaymentRequest, RefundRequest } from "./ozow-requests.ts";
import { OzowTokens, TOKEN_SECONDS } from "./ozow-tokens.ts";
import { paymentView, refundView, settlementViews, transactionView } from "./ozow-views.ts";

/** Ozow's One API, under `/ozow/v1`. */
export function ozowApi(ozow: OzowSimulator): Hono<OzowEnv> {
  const tokens = new OzowTokens(ozow.options);
  const api = new Hono<OzowEnv>();
  api.use(ozow.api.guard((c, status) => refuse(c, status)));

  api.post("/token", async (c) => {
    const granted = tokens.grant(new URLSearchParams(await c.req.text()));
    if ("status" in granted) return refuse(c, granted.status, granted.detail);
    const { token, scope } = granted;
    // A string, as the real one sends it.
    return c.json({ access_token: token, token_type: "bearer", expires_in: String(TOKEN_SECONDS), scope });
  });

  api.use(async (c, next) => {
    const scopes = tokens.scopesOf(c.req.header("authorization"));
    if (!scopes) return refuse(c, 401, "the token is missing, unknown or expired");
    c.set("scopes", scopes);
    return next();
  });
  api.route("/", payments(ozow));
  api.route("/", transactions(ozow));
  api.route("/", refunds(ozow));
  api.get("/settlements", needs("settlements"), (c) =>
    list(
      c,
      settlementViews(ozow),
      ({ date }) => date,
      (settlement) => settlement,
    ),
  );
  api.all("*", (c) => refuse(c, 404));

  api.onError((error, c) => {
    if (error instanceof z.ZodError) return refuse(c, 400, z.prettifyError(error));
    if (error instanceof OzowRefusal) return refuse(c, error.status, error.message);
    throw error;
  });
  return api;
}

function payments(ozow: OzowSimulator): Hono<OzowEnv> {
  const { books, options } = ozow;
  const routes = new Hono<OzowEnv>();
  const get = (id: string) => {
    const payment = books.payments.get(id);
    if (!payment) throw new OzowRefusal(404, "there is no such payment");
    return payment;
  };
  const make = (body: unknown) => {
    const { amount, merchantReference, siteCode, expireAt, returnUrl } = PaymentRequest.parse(body);
    if (siteCode !== options.siteCode) throw new OzowRefusal(403, "siteCode: not one of yours");
    if (Date.parse(expireAt) <= Date.now()) throw new OzowRefusal(400, "expireAt: must be in the future");
    const asked = { reference: merchantReference, amountCents: amount, expireAt, returnUrl: returnUrl ?? null };
    return ozow.create(asked).id;
  };

  routes.post("/payments", needs("payments"), (c) => once(c, books, make, (id) => paymentView(ozow, get(id))));
  routes.get("/payments/:id", (c) => c.json(paymentView(ozow, get(c.req.param("id")))));
  routes.post("/payments/:id/cancel", needs("payments"), (c) => {
    const payment = { ...get(c.req.param("id")), cancelled: true };
    books.record({ kind: "payment", payment });
    return c.json(paymentView(ozow, payment));
  });
  return routes;
}

function transactions(ozow: OzowSimulator): Hono<OzowEnv> {
  const { books } = ozow;
  const routes = new Hono<OzowEnv>();
  const page = (c: Parameters<typeof list>[0], items: ReturnType<typeof books.transactionsOf>) =>
    list(
      c,
      items,
      ({ createdDate }) => createdDate,
      (transaction) => transactionView(ozow, transaction),
    );

  // An unknown payment has an empty list, like one without transactions.
  routes.get("/payments/:id/transactions", (c) => page(c, books.transactionsOf(c.req.param("id"))));
  routes.get("/transactions", (c) => page(c, [...books.transactions.values()]));
  routes.get("/transactions/:id", (c) => {
    const transaction = books.transactions.get(c.req.param("id"));
    return transaction ? c.json(transactionView(ozow, transaction)) : refuse(c, 404, "there is no such transaction");
  });
  return routes;
}

function refunds(ozow: OzowSimulator): Hono<OzowEnv> {
  const { books } = ozow;
  const routes = new Hono<OzowEnv>();
  const get = (id: string) => {
    const refund = books.refunds.get(id);
    if (!refund) throw new OzowRefusal(404, "there is no such refund");
    return refund;
  };
  const make = (transactionId: string, body: unknown) => {
    const { amount, reason, realTimePayment } = RefundRequest.parse(body);
    const transaction = books.transactions.get(transactionId);
    if (!transaction) throw new OzowRefusal(404, "there is no such transaction");
    if (transaction.status !== "Successful") throw new OzowRefusal(409, `the transaction is ${transaction.status}`);
    if (amount > books.refundableCents(transaction)) throw new OzowRefusal(409, "more than is left to refund");
    return ozow.refunds.request(transaction, { amountCents: amount, reason, realTimePayment }).id;
  };

  routes.post("/transactions/:id/refunds", needs("refund"), (c) => {
    if (!c.req.header("idempotency-key")) return refuse(c, 400, "Idempotency-Key: required");
    return once(
      c,
      books,
      (body) => make(c.req.param("id"), body),
      (id) => refundView(ozow, get(id)),
    );
  });
  routes.get("/transactions/:id/refunds", needs("refund"), (c) =>
    c.json({ results: books.refundsOf(c.req.param("id")).map((refund) => refundView(ozow, refund)) }),
  );
  routes.get("/refunds", needs("refund"), (c) =>
    list<ReturnType<typeof get> & { siteCode?: string }>(
      c,
      [...books.refunds.values()],
      ({ requested }) => requested,
      (refund) => refundView(ozow, refund),
    ),
  );
  routes.get("/refunds/:id", needs("refund"), (c) => c.json(refundView(ozow, get(c.req.param("id")))));
  return routes;
}
