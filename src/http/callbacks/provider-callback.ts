import { type Context, Hono } from "hono";
import { reportPayment, reportRefund } from "#boards/report-payment";
import type { Refusal } from "#domain/board/commands";
import { PAYMENT_PROVIDERS } from "#domain/board/lifecycle";
import { codeOfReference } from "#domain/ids";
import { noteFailedPayment } from "#fraud/card-testing";
import { paymentProviders } from "#payments/configure";
import {
  answerTo,
  type CallbackRefusal,
  type PaymentProvider,
  type PaymentReport,
  type RefundReport,
} from "#payments/provider";
import { type LogEntry, messageOf } from "#platform/log";
import { isFlooding, limitKeyOf } from "#platform/network";
import { redact } from "#platform/redact";
import type { Services } from "#platform/services";
import type { AppEnv } from "../app-env.ts";
import { refusalOf, refuse, STATUS_OF } from "../errors.ts";
import { limitBody } from "../middleware/limit-body.ts";

/** What became of one callback. `alert`: a person must look, because sending it again cannot mend it. */
type Outcome = {
  status: 200 | 204 | 400 | 401 | 403 | 404 | 413 | 429 | 500 | 503;
  outcome: string;
  alert?: boolean;
} & Omit<LogEntry, "event" | "alert">;

const BROKEN_OFF: Outcome = { status: 400, outcome: "body_not_received" };

/**
 * `POST /api/webhooks/{provider}`. The provider gets its 200 only after the board's log is durable, and an answer that is
 * not 2xx only where sending it again can help. The caller learns nothing but the status.
 */
export const providerCallbacks = new Hono<AppEnv>().post(
  "/:provider",
  limitBody({
    tooLarge: (c) => answer(c, c.get("services").now(), { status: 413, outcome: "payload_too_large" }),
    brokenOff: (c) => answer(c, c.get("services").now(), BROKEN_OFF),
  }),
  async (c) => {
    const startedAt = c.get("services").now();
    return answer(c, startedAt, await handle(c, startedAt));
  },
);

async function handle(c: Context<AppEnv, "/:provider">, now: Date): Promise<Outcome> {
  const services = c.get("services");
  const name = PAYMENT_PROVIDERS.find((known) => known === c.req.param("provider"));
  const provider = name && paymentProviders(services.settings).get(name);
  if (!provider) return { status: 404, outcome: "unknown_provider" };
  try {
    const body = await c.req.arrayBuffer().then(
      (bytes) => new Uint8Array(bytes),
      () => null,
    );
    // The caller hung up: no answer reaches it, and nothing here failed.
    if (!body) return BROKEN_OFF;
    const sourceAddress = c.req.header("CF-Connecting-IP") ?? null;
    const verdict = await provider.readCallback({ body, headers: c.req.raw.headers, sourceAddress, now });
    if ("reason" in verdict) return await answerRefusal(services, provider, verdict, limitKeyOf(c.req.raw));
    if ("refund" in verdict) return await takeRefund(services, verdict.refund, verdict.notes);
    return await report(services, verdict.report, verdict.notes);
  } catch (error) {
    const { code } = refusalOf(error);
    if (code === "unavailable") return { status: 503, outcome: code, error: messageOf(error) };
    return { status: STATUS_OF.internal_error, outcome: "internal_error", error: messageOf(error), alert: true };
  }
}

/** Sending these takes our secrets. */
const UNPROVEN: ReadonlySet<CallbackRefusal["reason"]> = new Set([
  "unsigned",
  "signature_mismatch",
  "outside_time_window",
]);

/**
 * The limit counts only callbacks without proof, so a provider's own callback is never refused, whatever strangers
 * send. (product-facts 17.3)
 */
async function answerRefusal(
  services: Services,
  provider: PaymentProvider,
  refusal: CallbackRefusal,
  network: string | null,
): Promise<Outcome> {
  const isUnproven = UNPROVEN.has(refusal.reason) || (refusal.reason === "malformed" && !refusal.signed);
  if (isUnproven && (await isFlooding(services, "unsignedCallbacks", network))) {
    return { status: 429, outcome: "refused", ...wordsOf(refusal) };
  }
  return { ...answerTo(refusal, provider.name), outcome: "refused", ...wordsOf(refusal) };
}

async function takeRefund(services: Services, news: RefundReport, notes: readonly string[]): Promise<Outcome> {
  const about = {
    board: codeOfReference(news.reference),
    provider_payment_id: news.providerPaymentId,
    provider_refund_id: news.providerRefundId,
    provider_status: news.providerStatus,
    ...(notes.length > 0 && { notes: redact(notes.join("; ")) }),
  };
  const said = await reportRefund(services, news);
  if ("refused" in said) return { status: 200, outcome: "refused", alert: true, ...about, ...reasonOf(said) };
  return { status: 200, outcome: said.outcome, ...about };
}

async function report(services: Services, news: PaymentReport, notes: readonly string[]): Promise<Outcome> {
  const about = {
    board: codeOfReference(news.reference),
    provider_payment_id: news.providerPaymentId,
    provider_status: news.providerStatus,
    ...(notes.length > 0 && { notes: redact(notes.join("; ")) }),
  };
  const said = await reportPayment(services, news);
  if ("refused" in said) return { status: 200, outcome: "refused", alert: true, ...about, ...reasonOf(said) };
  if (said.failure) {
    // After the answer: it is not the provider's to wait for.
    services.waitUntil(noteFailedPayment(services, { ...news, ...said.failure }));
  }
  return { status: 200, outcome: said.outcome, ...about };
}

/** Authentic, but not a payment we know: the provider is told "thank you", a person is told what was odd. */
function reasonOf(refusal: Refusal): { reason: string; expected_cents?: number; received_cents?: number | null } {
  if (refusal.refused !== "amount_mismatch") return { reason: refusal.refused };
  return { reason: refusal.refused, expected_cents: refusal.expected, received_cents: refusal.received };
}

/** What was thrown, as its status: a provider reads nothing else. `handle` answers what it meets; this is for what comes before it. */
export function answerWithStatus(error: Error, c: Context<AppEnv>): Response {
  return c.body(null, STATUS_OF[refuse(c, error).code]);
}

function wordsOf(refusal: CallbackRefusal): { reason: string; detail?: string | null } {
  if ("detail" in refusal) return { reason: refusal.reason, detail: redact(refusal.detail) };
  if (refusal.reason === "source_refused")
    return { reason: refusal.reason, detail: redact(refusal.sourceAddress ?? "") };
  if (refusal.reason === "irrelevant_event") return { reason: refusal.reason, detail: redact(refusal.event) };
  return { reason: refusal.reason };
}

function answer(c: Context<AppEnv>, startedAt: Date, { alert, ...outcome }: Outcome): Response {
  const services = c.get("services");
  const write = alert ? services.alert : services.log;
  write({
    event: "callback",
    request_id: services.requestId,
    // Whatever else was asked for is a stranger's text and stays out of the log.
    provider: PAYMENT_PROVIDERS.find((known) => known === c.req.param("provider")) ?? null,
    ...outcome,
    duration_ms: services.now().getTime() - startedAt.getTime(),
  });
  return c.body(null, outcome.status);
}
