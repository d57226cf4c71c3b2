import { publicId } from "#domain/ids";

/** An event to present, its private fields opened. */
export type PresentableEvent = Readonly<{
  id: string;
  type: string;
  apiVersion: string;
  sequence: number | null;
  data: unknown;
  createdAt: Date;
}>;

/** The body of a webhook, and an event as the API answers it. */
export function presentWebhook({ id, type, apiVersion, sequence, data, createdAt }: PresentableEvent) {
  return {
    id: publicId("event", id),
    type,
    api_version: apiVersion,
    created_at: createdAt.toISOString(),
    sequence,
    data,
  };
}

/** An event of the API, with the board it is about; null for a test event. */
export function presentEvent({ dreamBoardId, ...event }: PresentableEvent & { dreamBoardId: string | null }) {
  return { ...presentWebhook(event), dream_board_id: dreamBoardId && publicId("board", dreamBoardId) };
}

/** One event on its way to one endpoint. `nextAttemptAt` counts while it is pending. */
export type PresentableDelivery = Readonly<{
  webhookEndpointId: string;
  url: string;
  status: "pending" | "delivered" | "failed";
  nextAttemptAt: Date;
  deliveredAt: Date | null;
  tried: readonly Readonly<{
    attempt: number;
    attemptedAt: Date;
    responseCode: number | null;
    latencyMs: number;
    responseBody: string | null;
    error: string | null;
  }>[];
}>;

export function presentDelivery({ tried, ...delivery }: PresentableDelivery) {
  const isPending = delivery.status === "pending";
  return {
    webhook_id: publicId("webhookEndpoint", delivery.webhookEndpointId),
    url: delivery.url,
    status: delivery.status,
    next_attempt_at: isPending ? delivery.nextAttemptAt.toISOString() : null,
    delivered_at: delivery.deliveredAt?.toISOString() ?? null,
    attempts: tried.map(({ attempt, attemptedAt, responseCode, latencyMs, responseBody, error }) => ({
      attempt,
      attempted_at: attemptedAt.toISOString(),
      response_code: responseCode,
      latency_ms: latencyMs,
      response_body: responseBody,
      error,
    })),
  };
}
