import { expect, it } from "vitest";
import { isReadable, readEvent } from "#domain/board/read-event";
import { WEBHOOK_EVENT_TYPES } from "#domain/webhook-events";
import { announcementsOf } from "#projection/announcements";
import { AFTER_DEADLINE, TestBoard } from "../support/board.ts";

/** The types of the webhook events that a board's log announces. */
function announced({ state, board, log, journal }: TestBoard): string[] {
  const { terms } = state;
  const { profile } = board;
  if (!terms || !profile) throw new Error("the board is not open");
  const projected = {
    terms,
    profile,
    contributor: (id: string) => journal.contributorProfile(id),
    origin: () => null,
  };
  const entries = log.map((stored) => readEvent(stored)).filter(isReadable);
  const { webhooks } = announcementsOf(projected, entries, { publicOrigin: "https://chipin.test", card: null });
  return webhooks.map(({ type }) => type);
}

it("the lives of two boards emit every webhook event that a partner may subscribe to, and no other", () => {
  const paid = new TestBoard();
  paid.paid(200_000);
  const refunded = paid.paid(20_000);
  paid.close();
  paid.requestRefund(refunded);
  paid.reportRefund(refunded, "completed");
  paid.failPayout(0);
  paid.retryPayout(0);
  paid.completePayout(0);
  paid.completePayout(1);
  const expired = new TestBoard();
  expired.passDeadline(AFTER_DEADLINE);

  expect([...new Set([...announced(paid), ...announced(expired)])].toSorted()).toEqual(WEBHOOK_EVENT_TYPES.toSorted());
});
