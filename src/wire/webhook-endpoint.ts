import { publicId } from "#domain/ids";
import type { WebhookEventType } from "#domain/webhook-events";

/** A webhook endpoint to present. */
export type PresentableWebhookEndpoint = Readonly<{
  id: string;
  url: string;
  events: readonly string[];
  isActive: boolean;
  createdAt: Date;
}>;

/** It does not hold the secret. (product-facts 12.5) */
export function presentWebhookEndpoint({ id, url, events, isActive, createdAt }: PresentableWebhookEndpoint) {
  return {
    id: publicId("webhookEndpoint", id),
    url,
    // Only listed events are stored.
    events: events as WebhookEventType[],
    is_active: isActive,
    created_at: createdAt.toISOString(),
  };
}
