import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { Cents } from "#domain/money";

/** A contribution the board has recorded and a guest is about to pay. All URLs are absolute. */
export type PaymentToStart = Readonly<{
  reference: string;
  /** what the provider charges, to the cent: the platform fee is inside it */
  amount: Cents;
  slug: string;
  returnUrl: string;
  cancelUrl: string;
  notifyUrl: string;
}>;

/** How the guest gets from our page to the provider's. */
export type Handoff =
  | { kind: "form"; action: string; fields: readonly (readonly [name: string, value: string])[] }
  | { kind: "redirect"; url: string }
  | { kind: "qr"; link: string; imageUrl: string };

/** One provider's word about one payment, in our own terms. */
export type PaymentReport = Readonly<{
  provider: PaymentProviderName;
  reference: string;
  status: "processing" | "completed" | "failed";
  /** never null when completed */
  amount: Cents | null;
  providerPaymentId: string;
  /** the same for every delivery of the same news */
  eventKey: string;
  /** the provider's own word, as it was sent */
  providerStatus: string;
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
  | { reason: "provider_unavailable"; detail: string }
  /** authentic, of a kind we do not use */
  | { reason: "irrelevant_event"; event: string }
  /** authentic, about no payment we could name; sending it again cannot help */
  | { reason: "unusable_event"; detail: string };

/** Notes are for the log: what was odd about a report that was accepted all the same. */
export type CallbackVerdict = { report: PaymentReport; notes: readonly string[] } | CallbackRefusal;

export interface PaymentProvider {
  readonly name: PaymentProviderName;
  readonly limits: { minimum: Cents; maximum: Cents };
  /** @throws RangeError outside `limits`. Any other error means: not now, let the guest choose another way. */
  start(payment: PaymentToStart): Promise<Handoff>;
  /**
   * Judges one callback, whose size the caller has capped: verifies the raw bytes, then parses. Nothing goes out for a
   * request whose signature failed, or we would be an amplifier. A refusal is a value; it never throws for bad input.
   */
  readCallback(request: CallbackRequest): Promise<CallbackVerdict>;
  /** Origins the browser is sent to, for the page's form-action policy. */
  readonly handoffOrigins: readonly string[];
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
      return { status: 503, alert: false };
    case "irrelevant_event":
      return { status: provider === "ozow" ? 204 : 200, alert: false };
    default:
      return refusal satisfies never;
  }
}
