/**
 * Every event a partner may subscribe to. (product-facts 13) Two are ours: `contribution.refunded`, and
 * `payout.updated` for a payout that was announced as ready and has another amount now.
 */
export const WEBHOOK_EVENT_TYPES = [
  "dreamboard.created",
  "dreamboard.updated",
  "contribution.received",
  "contribution.refunded",
  "pot.funded",
  "pot.closed",
  "payout.ready",
  "payout.updated",
  "payout.completed",
  "payout.failed",
] as const;

/** An event that a partner asks for to try an endpoint. It cannot be subscribed to. */
export const TEST_EVENT = "webhook.test";

export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];
