import type { Payout, RecordedEvent } from "#domain/board/events";
import { alert, log } from "#platform/log";

/** What one command recorded, as log lines: an alert for each event that needs a person, one line for all refunds. */
export function logRecorded(board: string | null, recorded: readonly RecordedEvent[]): void {
  let refunds = 0;
  let refundedCents = 0;
  for (const { event } of recorded) {
    switch (event.type) {
      case "flag_opened":
        alert({ event: "flag_opened", board, flag: event.flag });
        break;
      case "refund_failed":
      case "refund_needs_manual_action":
        alert({ event: "refund_needs_a_person", board, status: event.type, reason: event.reason });
        break;
      case "refund_requested":
        refunds += 1;
        refundedCents += event.amount;
        break;
      case "payout_completed":
        log({ event: "payout_completed", board, ...namesOf(event.payout) });
        break;
      case "payout_failed":
        alert({ event: "payout_failed", board, ...namesOf(event.payout), code: event.payout.errorCode });
        break;
      case "payment_lost":
        alert({ event: "payment_lost", board, provider: event.provider, lost_cents: event.lost });
        break;
    }
  }
  if (refunds > 0) log({ event: "refunds_requested", board, refunds, amount_cents: refundedCents });
}

function namesOf({ id, type, attempt }: Payout) {
  return { payout_id: id, type, attempt };
}
