import { z } from "zod";
import type { DeliveryOutcome } from "../src/webhooks/deliver.ts";
import { eachMessage, type Report } from "./each-message.ts";

/** The runtime lets six fetches of one invocation wait for a response. A seventh would spend its time-out waiting. */
const CONCURRENCY = 6;

const WebhookDeliveryMessage = z.object({ deliveryId: z.guid() });

export interface WebhookDeliveriesDeps {
  deliver(deliveryId: string): Promise<DeliveryOutcome>;
  /** Enqueues the delivery for another attempt at `at`. */
  sendAgain(deliveryId: string, at: Date): Promise<void>;
  report: Report;
}

export async function consumeWebhookDeliveries(batch: MessageBatch, deps: WebhookDeliveriesDeps): Promise<void> {
  await eachMessage(batch, CONCURRENCY, deps.report, async (body) => {
    const { deliveryId } = WebhookDeliveryMessage.parse(body);
    const result = await deps.deliver(deliveryId);
    if (result.outcome === "retry") await deps.sendAgain(deliveryId, result.at);
  });
}
