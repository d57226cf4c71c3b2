import { sql } from "drizzle-orm";
import { webhookEndpoints } from "#database/schema";
import type { WebhookEventType } from "#domain/webhook-events";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { sealText } from "#privacy/sealed";

export type NewEndpoint = Readonly<{
  id: string;
  apiKeyId: string;
  /** Checked by `checkEndpointUrl`. */
  url: string;
  events: readonly WebhookEventType[];
  secret: string;
}>;

/** Stores an endpoint with its secret sealed. A repeated call with the same id returns the stored endpoint. */
export async function registerEndpoint({ database, settings, now }: Services, endpoint: NewEndpoint) {
  const { id, apiKeyId, url } = endpoint;
  const secret = await sealText(keyringOf(settings), endpoint.secret);
  const [row] = await database
    .insert(webhookEndpoints)
    .values({ id, apiKeyId, url, events: [...endpoint.events], secret, createdAt: now(), updatedAt: now() })
    .onConflictDoUpdate({ target: webhookEndpoints.id, set: { id: sql`excluded.id` } })
    .returning();
  if (!row) throw new Error("the endpoint was not stored");
  return row;
}
