import { z } from "zod";
import type { DeliveryOutcome } from "../src/webhooks/deliver.ts";
import { eachMessage, type Report } from "./each-message.ts";

/** The platform lets six fetches of one invocation wait for an answer; a seventh would time out in our own queue. */
const AT_ONCE = 6;

const WebhookDelivery = z.object({ deliveryId: z.guid() });

export interface WebhookDeliveriesDeps {
  deliver(deliveryId: string): Promise<DeliveryOutcome>;
  /** Sees to it that the delivery is tried again at `at`. */
  again(deliveryId: string, at: Date): Promise<void>;
  report: Report;
}

export async function consumeWebhookDeliveries(batch: MessageBatch, deps: WebhookDeliveriesDeps): Promise<void> {
  await eachMessage(batch, AT_ONCE, deps.report, async (body) => {
    const { deliveryId } = WebhookDelivery.parse(body);
    const result = await deps.deliver(deliveryId);
    if (result.outcome === "retry") await deps.again(deliveryId, result.at);
  });
}
