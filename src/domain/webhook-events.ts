/** Every event a partner may subscribe to (product-facts 13). Each one listed is emitted by a flow, and no other is. */
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
