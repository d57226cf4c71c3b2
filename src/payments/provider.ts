import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { Cents } from "#domain/money";

/** One attempt to pay a recorded contribution. All URLs are absolute. */
export type PaymentToStart = Readonly<{
  reference: string;
  /** what the provider charges; the platform fee is part of it */
  amount: Cents;
  slug: string;
  /** 1 for the first attempt, plus one for each new attempt after a failure or an expiry */
  attempt: number;
  /** recorded with the attempt, because starting it again must send the identical request */
  attemptExpiresAt: Date;
  returnUrl: string;
  cancelUrl: string;
  notifyUrl: string;
}>;

/** How the browser gets from our page to the provider's. */
export type Checkout =
  | { kind: "form"; action: string; fields: readonly (readonly [name: string, value: string])[] }
  | { kind: "redirect"; url: string }
  /** `link` is for the browser of a phone, `code` is the text of the QR code */
  | { kind: "qr"; link: string; code: string };

/** `requestId`: the provider's id of the started payment, or null where it gives none. A later look-up needs it. */
export type StartedPayment = Readonly<{ checkout: Checkout; requestId: string | null }>;

/** What a provider reports about one payment, in our terms. */
export type PaymentReport = Readonly<{
  provider: PaymentProviderName;
  reference: string;
  /** `refunded`: the provider sent the money back, at our request or not */
  status: "processing" | "completed" | "failed" | "refunded";
  /** never null when completed */
  amount: Cents | null;
  providerPaymentId: string;
  /** the same for every delivery of the same report */
  eventKey: string;
  /** the provider's own status, unchanged */
  providerStatus: string;
}>;

/** A payment that we know no final status of. */
export type OpenPayment = PaymentToStart & Readonly<{ requestId: string | null; openedAt: Date }>;

/**
 * What the provider knows about one open payment. An empty `reports` means that the provider knows of no payment yet. It
 * does not mean that the payment failed. `problem`: this look-up failed, and the look-ups of other payments go on.
 */
export type LookUpFinding =
  | Readonly<{ reference: string; reports: readonly PaymentReport[]; notes: readonly string[] }>
  | Readonly<{ reference: string; problem: string }>;

/** A payment whose whole amount is to be refunded. */
export type PaymentToRefund = Readonly<{
  reference: string;
  amount: Cents;
  providerPaymentId: string;
  /** the provider's id of this refund, or null before it gave one */
  providerRefundId: string | null;
  /** an earlier step may have sent the refund: it is in progress, or the answer of that step was lost */
  mayHaveBeenSent: boolean;
  /** 1 to 40 letters, digits and hyphens. Every try of one refund has the same key, a new refund has another. */
  idempotencyKey: string;
}>;

/** The state of a refund after one step. `refused`: the provider refuses it. `needs_manual_action`: a person must make it. */
export type RefundOutcome = Readonly<
  | { outcome: "processing" | "completed"; providerRefundId: string | null }
  | { outcome: "refused" | "needs_manual_action"; reason: string }
>;

/** What a provider reports about one refund, in our terms. */
export type RefundReport = Readonly<{
  provider: PaymentProviderName;
  reference: string;
  providerPaymentId: string;
  providerRefundId: string;
  /** `returned`: the bank returned the refund after it was paid out, so a person must act */
  status: "processing" | "completed" | "failed" | "returned";
  amount: Cents | null;
  providerStatus: string;
}>;

/** A payment as the provider lists it. `reference` is null for a payment that did not start on our pages. */
export type ListedPayment = Readonly<{
  providerPaymentId: string;
  reference: string | null;
  amount: Cents;
  at: Date;
  /** whether the provider's list says that the payment was refunded later */
  wentBack: boolean;
}>;

/** Days in South Africa, `YYYY-MM-DD`, both included. */
export type Days = Readonly<{ from: string; to: string }>;

/**
 * A call to the provider failed. `refuses_us` (401, 403) and `busy` (429) end the run, because the next call would fail
 * in the same way. `unavailable`: a time-out, a 5xx, or an unreadable answer.
 */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly trouble: "refuses_us" | "busy" | "unavailable";

  /** `message` goes to the log. It names the call and the status, and never contains the text of an answer. */
  constructor(trouble: ProviderError["trouble"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.trouble = trouble;
  }
}

/** The refusal of a callback that could not be confirmed because a call to the provider failed. */
export function unavailableRefusal({ trouble, message }: ProviderError): CallbackRefusal {
  const refusesUs = trouble === "refuses_us" ? { refusesUs: true as const } : {};
  return { reason: "provider_unavailable", detail: message, ...refusesUs };
}

/** What an adapter reaches outside itself. `log` takes codes and provider ids only, never a reference or a secret. */
export type ProviderDeps = Readonly<{
  fetch: typeof fetch;
  now(): Date;
  log(entry: { event: string } & Record<string, string | number | boolean | null>): void;
}>;

export type CallbackRequest = Readonly<{ body: Uint8Array; headers: Headers; sourceAddress: string | null; now: Date }>;

/** Every way a callback ends without a report. Details name fields and causes, and never quote the callback's data. */
export type CallbackRefusal =
  | { reason: "unsigned"; detail: string }
  | { reason: "signature_mismatch" }
  /** validly signed, but the signed time is too far from ours */
  | { reason: "outside_time_window"; detail: string }
  /** `signed`: the provider sent it and we cannot read it, so one side has a bug */
  | { reason: "malformed"; detail: string; signed: boolean }
  | { reason: "source_refused"; sourceAddress: string | null }
  | { reason: "foreign_merchant" }
  /** the provider says that it did not send it */
  | { reason: "not_confirmed" }
  /** `refusesUs`: the provider refuses our credentials, which a retry cannot repair */
  | { reason: "provider_unavailable"; detail: string; refusesUs?: true }
  /** authentic, of a type that we do not use */
  | { reason: "irrelevant_event"; event: string }
  /** authentic, but it cannot be tied to a payment of ours, and a retry cannot change that */
  | { reason: "unusable_event"; detail: string };

/** `notes` go to the log. They say what was unusual about a report that was accepted. */
export type CallbackVerdict =
  | { report: PaymentReport; notes: readonly string[] }
  | { refund: RefundReport; notes: readonly string[] }
  | CallbackRefusal;

export interface PaymentProvider {
  readonly name: PaymentProviderName;
  readonly limits: { minimum: Cents; maximum: Cents };
  /** @throws RangeError outside `limits`. After any other error the guest chooses another provider. */
  start(payment: PaymentToStart): Promise<StartedPayment>;
  /**
   * Verifies the raw bytes of one callback, then parses them. The caller has capped their size. No request is sent for a
   * callback without a valid signature, because strangers could use that as an amplifier. Bad input gives a refusal and
   * never an exception.
   */
  readCallback(request: CallbackRequest): Promise<CallbackVerdict>;
  /** The origins that the browser is sent to, for the form-action policy of our pages. A host may begin with `*.`. */
  readonly checkoutOrigins: readonly string[];
  /**
   * Looks up payments without a final status, in any order, on every page. Each reference occurs at most once. Null where
   * the provider has no look-up. @throws ProviderError, which ends the iteration.
   */
  readonly lookUp: ((payments: readonly OpenPayment[]) => AsyncIterable<LookUpFinding>) | null;
  /** One request of \`lookUp\` answers about all payments, and not one about each. */
  readonly looksUpAtOnce: boolean;
  /**
   * Takes one step of a refund: sends it when it was not sent yet, else reads its status. Repeated calls never pay twice,
   * also after a lost answer. Null where refunds are made by hand. @throws ProviderError.
   */
  readonly refund: ((payment: PaymentToRefund) => Promise<RefundOutcome>) | null;
  /** Every payment received on these days, refunded later or not. Null where the provider has no list. @throws ProviderError, which ends the iteration. */
  readonly listPayments: ((days: Days) => AsyncIterable<ListedPayment>) | null;
}

/** `alert`: a person must look at it, because the provider's retries cannot repair it. */
export type CallbackAnswer = Readonly<{ status: 200 | 204 | 400 | 401 | 403 | 503; alert: boolean }>;

/** The answer to a refused callback. The provider retries only after a status that is not 2xx. (payment-providers 0) */
export function answerTo(refusal: CallbackRefusal, provider: PaymentProviderName): CallbackAnswer {
  switch (refusal.reason) {
    case "unsigned":
    case "signature_mismatch":
    case "outside_time_window":
      return { status: provider === "payfast" ? 400 : 401, alert: false };
    case "malformed":
      return { status: 400, alert: refusal.signed };
    case "source_refused":
      return { status: 403, alert: true };
    case "foreign_merchant":
    case "unusable_event":
      return { status: 200, alert: true };
    case "not_confirmed":
      return { status: 400, alert: true };
    case "provider_unavailable":
      return { status: 503, alert: refusal.refusesUs ?? false };
    case "irrelevant_event":
      return { status: provider === "ozow" ? 204 : 200, alert: false };
    default:
      return refusal satisfies never;
  }
}
