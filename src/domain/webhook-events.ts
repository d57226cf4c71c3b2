/**
 * Every event a partner may subscribe to. (product-facts 13) `payout.updated` is ours: a payout that was announced as ready
 * has another amount now.
 */
export const WEBHOOK_EVENT_TYPES = [
  "dreamboard.created",
  "dreamboard.updated",
  "contribution.received",
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
