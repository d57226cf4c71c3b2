import { sendMails } from "../src/mail/send.ts";
import { messageOf } from "../src/platform/log.ts";
import type { Services } from "../src/platform/services.ts";
import { deliverWebhooks, type Pace } from "../src/webhooks/deliver.ts";
import { consumeMail } from "./mail.ts";
import { sendAgain } from "./send-again.ts";
import { consumeWebhookDeliveries } from "./webhook-deliveries.ts";

/** @throws Error for a queue without a consumer; its messages then stay in it. */
export async function consumeQueue(batch: MessageBatch, services: Services): Promise<void> {
  const { queues, now } = services;
  const report = (error: unknown, message?: { id: string; attempts: number }) =>
    services.alert({
      event: "queue_message_failed",
      queue: batch.queue,
      message_id: message?.id,
      attempts: message?.attempts,
      error: messageOf(error),
    });
  const deliver = (pace: Pace) =>
    consumeWebhookDeliveries(batch, {
      deliver: (deliveryIds) => deliverWebhooks(services, deliveryIds, { pace }),
      // The usual queue hands on to the slow one, so that an endpoint that answers again is not slow any more.
      sendAgain: (messages) => sendAgain(queues.webhookDeliveries, messages, { now: now(), report }),
      sendToSlow: (bodies) =>
        sendAgain(
          queues.slowWebhookDeliveries,
          bodies.map((body) => ({ body, at: now() })),
          { now: now(), report },
        ),
      report,
    });
  // `webhook-delivery-staging` is that environment's `webhook-delivery`.
  switch (batch.queue.replace(new RegExp(`-${services.settings.ENVIRONMENT}$`), "")) {
    case "webhook-delivery":
      return deliver("usual");
    case "webhook-delivery-slow":
      return deliver("slow");
    case "mail":
      return consumeMail(batch, {
        send: (mailIds) => sendMails(services, mailIds),
        sendAgain: (messages) => sendAgain(queues.mail, messages, { now: now(), report }),
        report,
      });
    case "webhook-delivery-dead":
    case "mail-dead":
      // Only bugs of ours end here. The rows are still pending and are retried by a sweeper, so a person must look.
      for (const { id, body, attempts } of batch.messages) {
        services.alert({
          event: "dead_letter",
          queue: batch.queue,
          message_id: id,
          attempts,
          body: JSON.stringify(body),
        });
      }
      return batch.ackAll();
    default:
      throw new Error(`no consumer for the queue ${batch.queue}`);
  }
}
