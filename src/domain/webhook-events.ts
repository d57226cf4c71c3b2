/** Every event a partner may subscribe to. (product-facts 13) `payout.completed` and `payout.failed` are not emitted yet. */
export const WEBHOOK_EVENT_TYPES = [
  "dreamboard.created",
  "dreamboard.updated",
  "contribution.received",
  "pot.funded",
  "pot.closed",
  "payout.ready",
  "payout.completed",
  "payout.failed",
] as const;

export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];
