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
