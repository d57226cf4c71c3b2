import type { BoardAbout, ContributorAbout } from "#domain/board/about";
import type {
  CancelBoard,
  ClearFlag,
  CloseBoard,
  ExpirePayment,
  NotePaymentRequest,
  OpenBoard,
  OpenContribution,
  Refusal,
  ReportPayment,
  ReportRefund,
  RequestRefund,
} from "#domain/board/commands";
import type { RecordedEvent } from "#domain/board/events";
import type { PaymentProviderName, RefundStatus } from "#domain/board/lifecycle";
import type { PublicView, Receipt } from "#domain/board/public-view";
import type { BoardSnapshot } from "#domain/board/snapshot";
import type { Cents } from "#domain/money";
import { ChipInError } from "#platform/errors";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";

/** What a command brought about; `projected` says whether Postgres has it, for commands that wait for it. */
export type Recorded = { events: number; projected: boolean };

/** Money matters that come from jobs, providers and operators rather than from the board's owner. */
export type MoneyCommand = RequestRefund | ReportRefund | ClearFlag;

/** `failure`: a payment that a provider just reported as failed, for who watches for stolen cards. */
export type Reported = {
  outcome: "recorded" | "old_news";
  failure?: { ipAddress: string | null; amount: Cents };
};

/** A payment that may still be made, as its provider must be asked about it. Instants ISO 8601. */
export type StandingOffer = {
  slug: string;
  reference: string;
  provider: PaymentProviderName;
  amount: Cents;
  attempt: number;
  openedAt: string;
  offerExpiresAt: string | null;
  requestId: string | null;
};

/** What operators and the nightly comparison see of a board's object. */
export type BoardInspection = {
  /** Null in an object without a log. */
  partnerId: string | null;
  hostId: string | null;
  headSeq: number;
  headHash: string;
  projectedSeq: number;
  poisonedSeq: number | null;
  status: string;
  raisedCents: number;
  recountedCents: number;
  contributionCount: number;
};

type Answer<T> = T | Promise<T>;

/**
 * What a board's object can be asked. Callers and the object may be one deployment apart, so methods are added, never
 * changed. Everything that changes something may be called again and then gives the same answer.
 */
export interface BoardObject {
  open(
    command: OpenBoard,
    about: BoardAbout,
    requestId: string,
  ): Answer<Refusal | (Recorded & { board: BoardSnapshot })>;
  openContribution(
    command: Omit<OpenContribution, "type" | "contributionId">,
    contributor: ContributorAbout,
    requestId: string,
  ): Answer<Refusal | { receipt: Receipt; view: PublicView }>;
  retryPayment(reference: string, requestId: string): Answer<Refusal | { receipt: Receipt; view: PublicView }>;
  reportPayment(report: ReportPayment, requestId: string): Answer<Refusal | Reported>;
  notePaymentRequest(command: NotePaymentRequest, requestId: string): Answer<Refusal | Recorded>;
  settle(command: MoneyCommand, requestId: string): Answer<Refusal | Recorded>;
  /** A provider's word, about the payment with this reference. */
  reportRefund(
    news: { reference: string } & Pick<ReportRefund, "providerPaymentId" | "providerRefundId" | "status" | "reason">,
    requestId: string,
  ): Answer<Refusal | Recorded>;
  /** How a refund stands, and which request at the provider it is; null when nobody asked for it. */
  refundStanding(
    contributionId: string,
    providerPaymentId: string,
  ): Answer<{ status: RefundStatus; attempt: number } | null>;
  /** Judged as of `asOf`. */
  expirePayment(command: ExpirePayment, asOf: Date, requestId: string): Answer<Refusal | Recorded>;
  standingOffer(reference: string): Answer<StandingOffer | null>;
  close(
    partnerId: string,
    command: CloseBoard,
    requestId: string,
  ): Answer<Refusal | (Recorded & { board: BoardSnapshot })>;
  /** `partnerId` null: an operator, who may cancel anybody's. */
  cancel(
    partnerId: string | null,
    command: CancelBoard,
    requestId: string,
  ): Answer<Refusal | (Recorded & { board: BoardSnapshot })>;
  passDeadline(asOf: Date, requestId: string, providersAsked?: boolean): Answer<Refusal | Recorded>;
  view(): Answer<PublicView | null>;
  snapshot(partnerId: string): Answer<BoardSnapshot | null>;
  receipt(reference: string): Answer<Receipt | null>;
  fetch(request: Request): Answer<Response>;
  inspect(): Answer<BoardInspection>;
  projectAgain(seq: number): Answer<BoardInspection>;
  restore(
    events: readonly RecordedEvent[],
    about: BoardAbout,
    contributors: ReadonlyMap<string, ContributorAbout>,
  ): Answer<{ restored: boolean; reason?: string }>;
}

/** Where the families and the providers are. Counts only when an object is first created. */
const LOCATION_HINT = "afr";
const MAX_TRIES = 3;
const FIRST_PAUSE_MS = 50;

/**
 * Calls the object of the board with this code, again with a new stub when the runtime says the call may be repeated.
 * @throws ChipInError `unavailable` when the object cannot be reached or is overloaded.
 */
export async function callBoard<T>(
  services: Services,
  code: string,
  call: (board: BoardObject) => Answer<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call(stubOf(services.env, code));
    } catch (error) {
      const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
      if (!retryable && !overloaded) throw error;
      if (overloaded || attempt >= MAX_TRIES) {
        services.log({ event: "board_unreachable", board: code, attempt, error: messageOf(error) });
        const sentence = "This board is very busy. Please try again in a moment.";
        throw new ChipInError("unavailable", sentence, [], { cause: error });
      }
      await scheduler.wait(FIRST_PAUSE_MS * 2 ** attempt);
    }
  }
}

function stubOf(env: Env, code: string): BoardObject {
  // The runtime's RPC types take unions apart; the class implements this very interface, and the compiler checks that.
  return env.DREAM_BOARD.getByName(code, { locationHint: LOCATION_HINT }) as unknown as BoardObject;
}
