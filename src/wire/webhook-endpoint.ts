import { publicId } from "#domain/ids";
import type { WebhookEventType } from "#domain/webhook-events";

export type WebhookEndpointRow = Readonly<{
  id: string;
  url: string;
  events: readonly string[];
  isActive: boolean;
  createdAt: Date;
}>;

/** Never the secret. (product-facts 12.5) */
export function presentWebhookEndpoint({ id, url, events, isActive, createdAt }: WebhookEndpointRow) {
  return {
    id: publicId("webhookEndpoint", id),
    url,
    // Only known events are ever stored.
    events: events as WebhookEventType[],
    is_active: isActive,
    created_at: createdAt.toISOString(),
  };
}
