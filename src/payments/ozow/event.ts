import { untilTimeout } from "#platform/in-time";
import type { JsonObject } from "../json.ts";
import { type CallbackRefusal, type CallbackVerdict, ProviderError, unavailableRefusal } from "../provider.ts";
import { CURRENCY } from "./amount.ts";
import { OZOW_ID, type OzowApi, type OzowCall, TIMEOUT_MS, unavailable } from "./api.ts";
import { parseRefund, refundStatusOf } from "./refund-status.ts";
import type { OzowSettings } from "./settings.ts";
import { parseTransaction, referenceOf, reportOf, type Transaction } from "./transaction.ts";
import { parseEvent, type SignedEvent } from "./webhook.ts";

/** `signal`: one deadline for all calls of an event, because Ozow expects its answer within 15 s. */
type EventContext = Readonly<{ api: OzowApi; siteCode: OzowSettings["siteCode"]; signal: AbortSignal }>;

/** The verdict on a signed event. The event only names an object, whose state is read from Ozow. (payment-providers 2.3) */
export async function readEvent(
  api: OzowApi,
  { siteCode }: Pick<OzowSettings, "siteCode">,
  signed: SignedEvent,
): Promise<CallbackVerdict> {
  const event = parseEvent(signed.body);
  if (!event) return { reason: "malformed", detail: "the body is not an event", signed: true };
  const { type, data } = event;
  const read = READERS.get(type);
  if (!read) return { reason: "irrelevant_event", event: type.slice(0, 60) };
  try {
    return await untilTimeout(TIMEOUT_MS, (signal) => read({ api, siteCode, signal }, data));
  } catch (error) {
    if (error instanceof ProviderError) return unavailableRefusal(error);
    throw error;
  }
}

/** By the event's type. `transaction.complete` is sent for every final status, not only for success. */
const READERS: ReadonlyMap<string, (context: EventContext, data: JsonObject) => Promise<CallbackVerdict>> = new Map([
  [
    "transaction.complete",
    (context, data) => readPayment(context, idIn(data, ["id", "transactionId", "TransactionId"])),
  ],
  ["refund.complete", (context, data) => readRefund(context, idIn(data, ["id", "refundId", "RefundId"]))],
]);

async function readPayment(context: EventContext, id: string | null): Promise<CallbackVerdict> {
  if (id === null) return unusable("no transaction id");
  const transaction = await fetchTransaction(context, id);
  if ("reason" in transaction) return transaction;
  const reference = referenceOf(transaction, context.siteCode);
  return typeof reference === "string" ? reportOf(transaction, reference) : reference;
}

/** A refund names its transaction, and the transaction names our reference. */
async function readRefund(context: EventContext, id: string | null): Promise<CallbackVerdict> {
  if (id === null) return unusable("no refund id");
  const call: OzowCall = { scope: "refunds", method: "GET", path: `/refunds/${id}`, signal: context.signal };
  const answer = await context.api(call);
  if ("refused" in answer) return unusable(`the refund's look-up answered ${answer.refused}`);
  const refund = parseRefund(answer.json);
  if (!refund || !isSameId(refund.id, id)) throw unavailable(call, "did not answer with this refund");
  if (refund.money && refund.money.currency !== CURRENCY) return unusable("the refund's currency is not ZAR");
  if (refund.transactionId === null) return unusable("the refund names no transaction");

  const transaction = await fetchTransaction(context, refund.transactionId);
  if ("reason" in transaction) return transaction;
  const reference = referenceOf(transaction, context.siteCode);
  if (typeof reference !== "string") return reference;
  const known = refundStatusOf(refund);
  const amount = refund.money?.cents ?? null;
  // A payment is refunded only when the whole amount is. A partial refund needs a person.
  const isPart = known === "completed" && (amount === null || amount !== transaction.money?.cents);
  const status = isPart ? "processing" : (known ?? "processing");
  return {
    refund: {
      provider: "ozow",
      reference,
      providerPaymentId: transaction.id,
      providerRefundId: refund.id,
      status,
      amount,
      providerStatus: refund.status,
    },
    notes: [
      ...(known === undefined ? [`refund status "${refund.status}" is unknown; taken as processing`] : []),
      ...(isPart ? ["refund not known to be of the whole amount; taken as processing, needs review"] : []),
    ],
  };
}

async function fetchTransaction({ api, signal }: EventContext, id: string): Promise<Transaction | CallbackRefusal> {
  const call: OzowCall = { scope: "payments", method: "GET", path: `/transactions/${id}`, signal };
  const answer = await api(call);
  if ("refused" in answer) return unusable(`the transaction's look-up answered ${answer.refused}`);
  const transaction = parseTransaction(answer.json);
  if (!transaction || !isSameId(transaction.id, id)) throw unavailable(call, "did not answer with this transaction");
  return transaction;
}

/** The value of the first name that is present. Null when it is not an id. */
function idIn(data: JsonObject, names: readonly string[]): string | null {
  const id = names.map((name) => data[name]).find((value) => value !== undefined && value !== null);
  return typeof id === "string" && OZOW_ID.test(id) ? id : null;
}

function isSameId(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

function unusable(detail: string): CallbackRefusal {
  return { reason: "unusable_event", detail };
}
