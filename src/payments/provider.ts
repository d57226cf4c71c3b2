import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { Cents } from "#domain/money";

/** A contribution the board has recorded and a guest is about to pay. All URLs are absolute. */
export type PaymentToStart = Readonly<{
  reference: string;
  /** what the provider charges, to the cent: the platform fee is inside it */
  amount: Cents;
  slug: string;
  /** 1, and one more each time the guest begins anew after a failure or after the offer ran out */
  attempt: number;
  /** recorded with the attempt: asking again must be the same request, byte for byte */
  offerExpiresAt: Date;
  returnUrl: string;
  cancelUrl: string;
  notifyUrl: string;
}>;

/** How the guest gets from our page to the provider's. */
export type Handoff =
  | { kind: "form"; action: string; fields: readonly (readonly [name: string, value: string])[] }
  | { kind: "redirect"; url: string }
  /** `link` is what a phone opens, `code` what the drawn code says */
  | { kind: "qr"; link: string; code: string };

/** `requestId`: the provider's own id of what was started, where it gives one; a later look-up needs it. */
export type StartedPayment = Readonly<{ handoff: Handoff; requestId: string | null }>;

/** One provider's word about one payment, in our own terms. */
export type PaymentReport = Readonly<{
  provider: PaymentProviderName;
  reference: string;
  /** `refunded`: the provider sent the money back, whoever asked it to */
  status: "processing" | "completed" | "failed" | "refunded";
  /** never null when completed */
  amount: Cents | null;
  providerPaymentId: string;
  /** the same for every delivery of the same news */
  eventKey: string;
  /** the provider's own word, as it was sent */
  providerStatus: string;
}>;

/** A payment that may have been made without our being told. */
export type OpenPayment = PaymentToStart & Readonly<{ requestId: string | null; openedAt: Date }>;

/**
 * What the provider knows about one open payment. No reports: no money that it knows of, which proves nothing as long as
 * a guest may still pay. `problem`: this one could not be asked now; the others may be.
 */
export type LookUpFinding =
  | Readonly<{ reference: string; reports: readonly PaymentReport[]; notes: readonly string[] }>
  | Readonly<{ reference: string; problem: string }>;

/** One payment to send back, whole. */
export type PaymentToRefund = Readonly<{
  reference: string;
  amount: Cents;
  providerPaymentId: string;
  /** the provider's id of this refund, once it has given one */
  providerRefundId: string | null;
  /** an earlier step may have sent it: it is under way, or that step's answer was lost */
  mayHaveBeenSent: boolean;
  /** 1 to 40 letters, digits and hyphens; the same for every try of this refund, another after it failed */
  idempotencyKey: string;
}>;

/** How far a refund has come. `refused`: the provider will not; `by_hand`: it wants a person to do it. */
export type RefundOutcome = Readonly<
  | { outcome: "processing" | "completed"; providerRefundId: string | null }
  | { outcome: "refused" | "by_hand"; reason: string }
>;

/** One provider's word about one refund, in our own terms. */
export type RefundReport = Readonly<{
  provider: PaymentProviderName;
  reference: string;
  providerPaymentId: string;
  providerRefundId: string;
  /** `returned`: the bank sent it back after it was paid out; a person must look */
  status: "processing" | "completed" | "failed" | "returned";
  amount: Cents | null;
  providerStatus: string;
}>;

/** A payment as the provider lists it; `reference` is null for money that did not begin on our pages. */
export type ListedPayment = Readonly<{
  providerPaymentId: string;
  reference: string | null;
  amount: Cents;
  at: Date;
  /** the provider has sent it back since, as far as its list says */
  wentBack: boolean;
}>;

/**
 * The provider could not be asked. `refuses_us` (401, 403) and `busy` (429) end the run: asking for the next payment
 * would be answered alike, and make it worse. `unavailable`: time-out, 5xx, or an answer nobody can read.
 */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly trouble: "refuses_us" | "busy" | "unavailable";

  /** `message` names the call and the status, never an answer's text: it goes to the log. */
  constructor(trouble: ProviderError["trouble"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.trouble = trouble;
  }
}

/** The refusal of a callback whose provider, asked back, could not answer. */
export function notAnswered({ trouble, message }: ProviderError): CallbackRefusal {
  const refusesUs = trouble === "refuses_us" ? { refusesUs: true as const } : {};
  return { reason: "provider_unavailable", detail: message, ...refusesUs };
}

/** What an adapter reaches outside itself. `note` goes to the log: codes and names only, nothing secret. */
export type ProviderDeps = Readonly<{
  fetch: typeof fetch;
  now(): Date;
  note(entry: { event: string } & Record<string, string | number | boolean | null>): void;
}>;

export type CallbackRequest = Readonly<{ body: Uint8Array; headers: Headers; sourceAddress: string | null; now: Date }>;

/** Every way a callback ends without news for a board. Details name fields and causes, never a guest's data. */
export type CallbackRefusal =
  | { reason: "unsigned"; detail: string }
  | { reason: "signature_mismatch" }
  /** rightly signed, but its signed time is too far from ours */
  | { reason: "outside_time_window"; detail: string }
  /** `signed`: the provider really sent this and we cannot read it, so one of us has a bug */
  | { reason: "malformed"; detail: string; signed: boolean }
  | { reason: "source_refused"; sourceAddress: string | null }
  | { reason: "foreign_merchant" }
  /** asked back, the provider denies having sent it */
  | { reason: "not_confirmed" }
  /** `refusesUs`: it does not take our credentials, which no retry can mend */
  | { reason: "provider_unavailable"; detail: string; refusesUs?: true }
  /** authentic, of a kind we do not use */
  | { reason: "irrelevant_event"; event: string }
  /** authentic, about no payment we could name; sending it again cannot help */
  | { reason: "unusable_event"; detail: string };

/** Notes are for the log: what was odd about a report that was accepted all the same. */
export type CallbackVerdict =
  | { report: PaymentReport; notes: readonly string[] }
  | { refund: RefundReport; notes: readonly string[] }
  | CallbackRefusal;

export interface PaymentProvider {
  readonly name: PaymentProviderName;
  readonly limits: { minimum: Cents; maximum: Cents };
  /** @throws RangeError outside `limits`. Any other error means: not now, let the guest choose another way. */
  start(payment: PaymentToStart): Promise<StartedPayment>;
  /**
   * Judges one callback, whose size the caller has capped: verifies the raw bytes, then parses. Nothing goes out for a
   * request whose signature failed, or we would be an amplifier. A refusal is a value; it never throws for bad input.
   */
  readCallback(request: CallbackRequest): Promise<CallbackVerdict>;
  /** Origins the browser is sent to, for the page's form-action policy; a host may begin with `*.`. */
  readonly handoffOrigins: readonly string[];
  /**
   * Asks about payments we have heard nothing final of, in any order, each reference once at most. Follows every page.
   * Null where the provider cannot be asked. @throws ProviderError, which ends the iteration.
   */
  readonly lookUp: ((payments: readonly OpenPayment[]) => AsyncIterable<LookUpFinding>) | null;
  /**
   * Brings a refund forward by one step: sends it when it was not sent, else asks how it stands. Calling it again never
   * sends money twice, also after an answer was lost. Null where refunds are made by hand. @throws ProviderError.
   */
  readonly refund: ((payment: PaymentToRefund) => Promise<RefundOutcome>) | null;
  /**
   * What the provider was paid for us on these days in South Africa (`YYYY-MM-DD`, both included), whether it stayed or
   * went back later, every page. Null where it cannot be asked. @throws ProviderError, which ends the iteration.
   */
  readonly listPayments: ((days: { from: string; to: string }) => AsyncIterable<ListedPayment>) | null;
}

/** `alert`: a person must look, because the provider's retries cannot mend it. */
export type CallbackAnswer = Readonly<{ status: 200 | 204 | 400 | 401 | 403 | 503; alert: boolean }>;

/** What the provider is told. Only a status that is not 2xx makes it send the callback again. (payment-providers 0) */
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
