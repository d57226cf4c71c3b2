import type { Cents } from "#domain/money";
import type { PayoutRecipient } from "#domain/payout-recipient";

/** One attempt to execute a payout. `recipient` is decrypted. */
export type PayoutToExecute = PayoutRecipient &
  Readonly<{
    /** UUID */
    payoutId: string;
    /** what the counterparty knows this attempt by, and its idempotency key (`payoutReference`) */
    reference: string;
    /** the net of the payout */
    amount: Cents;
    /** an earlier call may have sent this reference: it is in progress, or the answer of that call was lost */
    mayHaveBeenSent: boolean;
  }>;

/**
 * What became of a payout. `refused`: nothing was paid under this reference, and nothing will be. `unknown`: the request
 * may have reached the counterparty, and its answer was lost or cannot be used. Reasons are short codes without personal
 * data. A gift-card code is cash: it is in `giftCard` and nowhere else.
 */
export type ExecutionOutcome = Readonly<
  | {
      outcome: "completed";
      /** the order, transaction or donation number, at most 255 characters */
      ref: string;
      giftCard?: Readonly<{ code: string; url: string | null }>;
      documents?: Readonly<{ receiptUrl?: string; certificateUrl?: string }>;
    }
  | { outcome: "processing"; ref: string | null }
  | { outcome: "refused"; reason: string }
  | { outcome: "unknown"; reason: string }
>;

/** One counterparty that receives money for us. Neither call throws. */
export interface PayoutExecutor {
  /**
   * Sends the payout. One that may have been sent is looked up first, and sent only when the counterparty says for certain
   * that it does not know the reference.
   */
  execute(payout: PayoutToExecute): Promise<ExecutionOutcome>;
  /** What the counterparty knows by this reference. `unknown` when it could not be asked. Sends nothing. */
  lookUp(payout: PayoutToExecute): Promise<ExecutionOutcome | Readonly<{ outcome: "not_found" }>>;
}
