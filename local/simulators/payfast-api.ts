import { type Context, Hono } from "hono";
import type { PayfastSimulator } from "./payfast.ts";
import { type ReceivedPayment, type Span, southAfrican } from "./payfast-account.ts";
import { type Pair, sameText, signApi } from "./payfast-signature.ts";

type PayfastErrorStatus = 400 | 401 | 404 | 429 | 503;

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([+-]\d{2}:?\d{2}|Z)?$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DEFAULT_LIMIT = 1_000;
const MESSAGES: Record<PayfastErrorStatus, string> = {
  400: "Required variables not present in request",
  401: "Merchant authorisation failed",
  404: "Service / endpoint not found",
  429: "Signature rate limit reached, please try again in a few minutes",
  503: "Service Unavailable",
};
const BANK_FIELDS = ["acc_holder", "bank_name", "bank_branch_code", "bank_account_number", "acc_type"] as const;
const OTHER_NAMES: Record<string, string> = { acc_holder: "bank_account_holder", acc_type: "bank_account_type" };

/** `api.payfast.co.za`: history, refunds, ping. Every call is signed, with the passphrase sorted among its parameters. */
export function payfastApi(payfast: PayfastSimulator): Hono {
  const api = new Hono();
  api.use(payfast.api.guard((c, status) => refuse(c, status)));
  api.use(async (c, next) => {
    const problem = await authProblem(c, payfast);
    return problem ? refuse(c, ...problem) : next();
  });

  api.get("/ping", (c) => c.text("Payfast API"));

  api.get("/transactions/history", (c) => {
    const { from = "", to = "" } = c.req.query();
    return history(c, payfast, from, to);
  });
  api.get("/transactions/history/daily", (c) => {
    const { date = "" } = c.req.query();
    return history(c, payfast, date, date);
  });

  api.get("/refunds/query/:id", (c) => {
    const payment = payfast.account.find(c.req.param("id"));
    return payment ? c.json(refundQuery(payfast, payment)) : refuse(c, 404);
  });
  // Sources disagree on the path, so both exist.
  for (const path of ["/refunds/:id", "/refunds/retrieve/:id"]) {
    api.get(path, (c) => {
      const payment = payfast.account.find(c.req.param("id") ?? "");
      return payment ? c.json(refundBalance(payfast, payment)) : refuse(c, 404);
    });
  }
  api.post("/refunds/:id", async (c) => {
    const payment = payfast.account.find(c.req.param("id"));
    if (!payment) return refuse(c, 404);
    const fields = new Map(await bodyFields(c));
    const problem = refundProblem(payfast, payment, fields);
    if (problem) return refuse(c, 400, problem);
    payfast.refund(payment, Number(fields.get("amount")), fields.get("reason") ?? "");
    return c.json({ code: 200, status: "success", data: { response: true, message: "Success" } });
  });

  api.all("*", (c) => refuse(c, 404));
  return api;
}

/** The error of a call with wrong headers or a wrong signature, in PayFast's words. */
async function authProblem(c: Context, { merchant }: PayfastSimulator): Promise<[PayfastErrorStatus, string?] | null> {
  const header = (name: string) => c.req.header(name) ?? "";
  if (header("version") !== "v1") return [400, "API version is not valid"];
  if (!header("merchant-id") || !TIMESTAMP.test(header("timestamp"))) return [400];
  if (!header("signature")) return [400, "Signature not present in headers"];
  if (!/^[0-9a-f]{32}$/.test(header("signature"))) return [400, "Value for signature is not in the expected format"];
  if (header("merchant-id") !== merchant.id) return [401, "Merchant not found"];
  const headers = ["merchant-id", "version", "timestamp"].map((name): Pair => [name, header(name)]);
  const parameters = [...headers, ...Object.entries(c.req.query()), ...(await bodyFields(c))];
  // An account without a passphrase cannot use the API.
  if (!merchant.passphrase || !sameText(header("signature"), signApi(parameters, merchant.passphrase))) return [401];
  return null;
}

async function bodyFields(c: Context): Promise<Pair[]> {
  const text = await c.req.text();
  if (!c.req.header("content-type")?.startsWith("application/json")) return [...new URLSearchParams(text)];
  const body: unknown = JSON.parse(text || "{}");
  return Object.entries(body ?? {}).map(([name, value]) => [name, String(value)]);
}

function history(c: Context, { account }: PayfastSimulator, from: string, to: string): Response {
  const whole = (name: string, otherwise: number) => Number(c.req.query(name) ?? otherwise);
  const span: Span = { from, to, offset: whole("offset", 0), limit: whole("limit", DEFAULT_LIMIT) };
  const usable = DAY.test(from) && DAY.test(to) && Number.isInteger(span.offset) && Number.isInteger(span.limit);
  if (!usable || span.offset < 0 || span.limit < 1) return refuse(c, 400);
  return c.body(account.history(span), 200, { "content-type": "text/csv; charset=utf-8" });
}

function refundQuery({ account }: PayfastSimulator, payment: ReceivedPayment) {
  const left = account.refundableCents(payment);
  const method = left > 0 ? account.refundMethod : "NOT_AVAILABLE";
  const status = left === 0 ? "COMPLETED" : method === "NOT_AVAILABLE" ? "NOT_AVAILABLE" : "REFUNDABLE";
  return {
    token: payment.pfPaymentId,
    funding_type: "Credit Card",
    amount_original: payment.grossCents,
    amount_available_for_refund: left,
    status,
    errors: status === "NOT_AVAILABLE" ? ["This payment cannot be refunded"] : [],
    refund_full: { method: left === payment.grossCents ? method : "NOT_AVAILABLE" },
    refund_partial: { method },
    bank_names: [
      { bank_name: "ABSA", label: "Absa" },
      { bank_name: "FNB", label: "FNB" },
    ],
  };
}

function refundBalance({ account }: PayfastSimulator, payment: ReceivedPayment) {
  const transactions = account
    .refundsOf(payment.pfPaymentId)
    .map(({ amountCents, at }) => ({ amount: amountCents, date: southAfrican(at), type: "REFUND" }));
  return { available_balance: account.refundableCents(payment), transactions };
}

function refundProblem(
  { account }: PayfastSimulator,
  payment: ReceivedPayment,
  fields: ReadonlyMap<string, string>,
): string | null {
  const text = (name: string) => fields.get(name) ?? "";
  if (!/^[1-9]\d{0,8}$/.test(text("amount"))) return "amount: must be whole cents";
  if (text("reason").length < 3 || text("reason").length > 255) return "reason: must have 3 to 255 characters";
  if (!/^[01]$/.test(text("notify_buyer"))) return "notify_buyer: must be 1 or 0";
  if (account.refundMethod === "NOT_AVAILABLE") return "This payment cannot be refunded";
  if (Number(text("amount")) > account.refundableCents(payment)) return "amount: more than is left to refund";
  if (account.refundMethod !== "BANK_PAYOUT") return null;
  const missing = BANK_FIELDS.find((name) => !text(name) && !text(OTHER_NAMES[name] ?? name));
  return missing ? `${missing}: this field is required` : null;
}

function refuse(c: Context, status: PayfastErrorStatus, message = MESSAGES[status]): Response {
  return c.json({ code: status, status: "failed", data: { response: false, message } }, status);
}
