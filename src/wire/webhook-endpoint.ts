import { publicId } from "#domain/ids";
import type { WebhookEventType } from "#domain/webhook-events";

export type WebhookEndpointStatus = "active" | "paused" | "disabled" | "deleted";
export type WebhookEndpointReason = "registered" | "resumed" | "requested" | "failing" | "gone" | "key_ended";

/** A webhook endpoint to present. */
export type PresentableWebhookEndpoint = Readonly<{
  id: string;
  url: string;
  events: readonly string[];
  isActive: boolean;
  state: WebhookEndpointStatus;
  reason: WebhookEndpointReason;
  since: Date;
  failingSince: Date | null;
  retiredSecretValidUntil: Date | null;
  createdAt: Date;
}>;

/** It does not hold the secret. (product-facts 12.5) */
export function presentWebhookEndpoint(endpoint: PresentableWebhookEndpoint) {
  const { id, url, events, isActive, state, reason, since, failingSince, retiredSecretValidUntil, createdAt } =
    endpoint;
  return {
    id: publicId("webhookEndpoint", id),
    url,
    // Only listed events are stored.
    events: events as WebhookEventType[],
    is_active: isActive,
    status: state,
    status_reason: reason,
    status_since: since.toISOString(),
    failing_since: failingSince?.toISOString() ?? null,
    previous_secret_valid_until: retiredSecretValidUntil?.toISOString() ?? null,
    created_at: createdAt.toISOString(),
  };
}
