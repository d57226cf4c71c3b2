import { z } from "zod";
import type { DeliveryOutcome } from "../src/webhooks/deliver.ts";
import { consumeTogether, type Report } from "./consume-together.ts";
import type { NextMessage } from "./send-again.ts";

const WebhookDeliveryMessage = z.object({ deliveryId: z.guid() });

export interface WebhookDeliveriesDeps {
  deliver(deliveryIds: readonly string[]): Promise<ReadonlyMap<string, DeliveryOutcome>>;
  /** Enqueues deliveries for another attempt. */
  sendAgain(messages: readonly NextMessage<{ deliveryId: string }>[]): Promise<void>;
  /** Enqueues deliveries to endpoints that gave no answer lately. */
  sendToSlow(bodies: readonly { deliveryId: string }[]): Promise<void>;
  report: Report;
}

export async function consumeWebhookDeliveries(batch: MessageBatch, deps: WebhookDeliveriesDeps): Promise<void> {
  await consumeTogether(batch, WebhookDeliveryMessage, deps.report, async (bodies) => {
    const outcomes = [...(await deps.deliver([...new Set(bodies.map(({ deliveryId }) => deliveryId))]))];
    await deps.sendAgain(
      outcomes.flatMap(([deliveryId, result]) => ("at" in result ? [{ body: { deliveryId }, at: result.at }] : [])),
    );
    await deps.sendToSlow(
      outcomes.flatMap(([deliveryId, { outcome }]) => (outcome === "slow" ? [{ deliveryId }] : [])),
    );
  });
}
