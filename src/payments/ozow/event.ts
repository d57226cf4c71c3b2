import { type CallbackRefusal, type CallbackVerdict, notAnswered, ProviderError } from "../provider.ts";
import { CURRENCY } from "./amount.ts";
import { type ApiCall, OZOW_ID, type OzowApi, TIMEOUT_MS, unavailable } from "./api.ts";
import type { JsonObject } from "./exchange.ts";
import { parseRefund, refundStatusOf } from "./refund-status.ts";
import type { OzowSettings } from "./settings.ts";
import { parseTransaction, referenceOf, reportOf, type Transaction } from "./transaction.ts";
import { parseEvent, type SignedEvent } from "./webhook.ts";

/** `signal`: one deadline for everything that is asked, because Ozow wants its own answer within 15 s. */
type Desk = Readonly<{ api: OzowApi; siteCode: OzowSettings["siteCode"]; signal: AbortSignal }>;

/** What an event with a good signature is about: it only names something, and Ozow is asked. (payment-providers 2.3) */
export async function readEvent(
  api: OzowApi,
  { siteCode }: Pick<OzowSettings, "siteCode">,
  signed: SignedEvent,
): Promise<CallbackVerdict> {
  const event = parseEvent(signed.body);
  if (!event) return { reason: "malformed", detail: "the body is no event", signed: true };
  const { type, data } = event;
  const desk = { api, siteCode, signal: AbortSignal.timeout(TIMEOUT_MS) };
  try {
    switch (type) {
      case "transaction.complete":
        return await readPayment(desk, idIn(data, ["id", "transactionId", "TransactionId"]));
      case "refund.complete":
        return await readRefund(desk, idIn(data, ["id", "refundId", "RefundId"]));
      default:
        return { reason: "irrelevant_event", event: type.slice(0, 60) };
    }
  } catch (error) {
    if (error instanceof ProviderError) return notAnswered(error);
    throw error;
  }
}

/** The name of the event does not mean success. */
async function readPayment(desk: Desk, id: string | null): Promise<CallbackVerdict> {
  if (id === null) return unusable("no transaction id");
  const transaction = await fetchTransaction(desk, id);
  if ("reason" in transaction) return transaction;
  const reference = referenceOf(transaction, desk.siteCode);
  return typeof reference === "string" ? reportOf(transaction, reference) : reference;
}

/** A refund knows its transaction, and only that one knows our reference. */
async function readRefund(desk: Desk, id: string | null): Promise<CallbackVerdict> {
  if (id === null) return unusable("no refund id");
  const call: ApiCall = { scope: "refunds", method: "GET", path: `/refunds/${id}`, signal: desk.signal };
  const answer = await desk.api(call);
  if ("refused" in answer) return unusable(`the refund's look-up answered ${answer.refused}`);
  const refund = parseRefund(answer.json);
  if (!refund || !isSameId(refund.id, id)) throw unavailable(call, "answered what is not this refund");
  if (refund.money && refund.money.currency !== CURRENCY) return unusable("the refund's currency is not ZAR");
  if (refund.transactionId === null) return unusable("the refund names no transaction");

  const transaction = await fetchTransaction(desk, refund.transactionId);
  if ("reason" in transaction) return transaction;
  const reference = referenceOf(transaction, desk.siteCode);
  if (typeof reference !== "string") return reference;
  const known = refundStatusOf(refund);
  const amount = refund.money?.cents ?? null;
  // Only the whole amount makes a payment refunded; a part needs a person.
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

async function fetchTransaction({ api, signal }: Desk, id: string): Promise<Transaction | CallbackRefusal> {
  const call: ApiCall = { scope: "payments", method: "GET", path: `/transactions/${id}`, signal };
  const answer = await api(call);
  if ("refused" in answer) return unusable(`the transaction's look-up answered ${answer.refused}`);
  const transaction = parseTransaction(answer.json);
  if (!transaction || !isSameId(transaction.id, id)) throw unavailable(call, "answered what is not this transaction");
  return transaction;
}

/** The first name that is there decides; null where it holds nothing that looks like an id. */
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
