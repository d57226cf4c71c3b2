import type { CallbackRefusal, PaymentReport } from "../provider.ts";
import { parseAmount } from "./amount.ts";
import { phpUrldecodeBytes } from "./php-urlencode.ts";
import { splitPair } from "./signature.ts";

/** An Instant Transaction Notification as it arrived. Nothing in it is trusted before its signature is verified. */
export type Itn = Readonly<{
  body: Uint8Array;
  /** the text without the signature pair, as a byte string. It was signed, and the confirmation posts it back. */
  received: string;
  signature: string;
  /** encoded values by decoded name */
  values: ReadonlyMap<string, string>;
}>;

/** Refuses a repeated name, because PHP keeps the last of two values and other parsers the first. */
export function parseItn(body: Uint8Array): Itn | CallbackRefusal {
  const received: string[] = [];
  const values = new Map<string, string>();
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1");
  for (const pair of text.split("&")) {
    const { name: encodedName, value } = splitPair(pair);
    const name = phpUrldecodeBytes(encodedName);
    if (name === "") return malformed("a field has no name");
    if (values.has(name)) return malformed("a field occurs twice");
    values.set(name, value);
    if (name !== "signature") received.push(pair);
  }
  const signature = values.get("signature");
  if (signature === undefined) return { reason: "unsigned", detail: "no signature field" };
  return { body, received: received.join("&"), signature, values };
}

function malformed(detail: string): CallbackRefusal {
  return { reason: "malformed", detail, signed: false };
}

const BEYOND_ASCII = /[^\0-\x7f]/;

/** One field as text. Empty when the field is missing. */
export function fieldText(itn: Itn, name: string): string {
  const bytes = phpUrldecodeBytes(itn.values.get(name) ?? "");
  return BEYOND_ASCII.test(bytes) ? Buffer.from(bytes, "latin1").toString("utf8") : bytes;
}

/** What PayFast sends and our payment form never has, and the other way round. Both are signed in the same way. */
const ONLY_IN_NOTICES = ["pf_payment_id", "payment_status"];
const ONLY_IN_FORMS = ["merchant_key", "notify_url"];

/** Whether the text is of the kind that PayFast sends. A signature says nothing about that: the form of every payment page has one. */
export function isNotice({ values }: Itn): boolean {
  return ONLY_IN_NOTICES.every((name) => values.has(name)) && !ONLY_IN_FORMS.some((name) => values.has(name));
}

/** Compared exactly: `complete` and `INCOMPLETE` must not count as `COMPLETE`. (payment-providers 1.4) */
const STATUSES: ReadonlyMap<string, PaymentReport["status"]> = new Map([
  ["COMPLETE", "completed"],
  ["FAILED", "failed"],
  ["CANCELLED", "failed"],
  ["PENDING", "processing"],
]);
const PROVIDER_WORD = /^[\x20-\x7e]{1,50}$/;
export const PROVIDER_PAYMENT_ID = /^[A-Za-z0-9-]{1,50}$/;

/** The report of a notification with a valid signature. */
export function reportOf(itn: Itn): { report: PaymentReport; notes: readonly string[] } | CallbackRefusal {
  const reference = fieldText(itn, "m_payment_id");
  const providerPaymentId = fieldText(itn, "pf_payment_id");
  const providerStatus = fieldText(itn, "payment_status");
  if (!PROVIDER_WORD.test(providerStatus)) return unreadable("payment_status is missing or not a word");
  if (!PROVIDER_PAYMENT_ID.test(providerPaymentId)) return unreadable("pf_payment_id is missing or not an id");
  // A payment that did not start on our pages, such as one by a dashboard link, has no reference.
  if (reference === "") return { reason: "unusable_event", detail: "no m_payment_id" };

  const status = STATUSES.get(providerStatus);
  const amount = parseAmount(fieldText(itn, "amount_gross"));
  if (status === "completed" && amount === null) return unreadable("amount_gross is missing or not an amount in rand");
  return {
    report: {
      provider: "payfast",
      reference,
      status: status ?? "processing",
      amount,
      providerPaymentId,
      eventKey: `${providerPaymentId}:${providerStatus}`,
      providerStatus,
    },
    notes: status === undefined ? [`payment_status "${providerStatus}" is unknown; taken as processing`] : [],
  };
}

function unreadable(detail: string): CallbackRefusal {
  return { reason: "malformed", detail, signed: true };
}
