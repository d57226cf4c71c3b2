import { compareBoard } from "../src/boards/compare-board.ts";
import { sendMails } from "../src/mail/send.ts";
import { copyPictures } from "../src/media/copy-pictures.ts";
import { messageOf } from "../src/platform/log.ts";
import type { Services } from "../src/platform/services.ts";
import { deliverWebhooks, type Pace } from "../src/webhooks/deliver.ts";
import { consumeBoardComparison } from "./board-comparison.ts";
import { consumeDeadLetters } from "./dead-letters.ts";
import { consumeMail } from "./mail.ts";
import { consumePictureCopies } from "./picture-copies.ts";
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
  const name = batch.queue.replace(new RegExp(`-${services.settings.ENVIRONMENT}$`), "");
  switch (name) {
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
    case "board-comparison":
      return consumeBoardComparison(batch, { compare: (boardId) => compareBoard(services, boardId), report });
    case "picture-copy":
      return consumePictureCopies(batch, { copy: (boardId) => copyPictures(services, boardId), report });
    // Only bugs of ours end here.
    case "webhook-delivery-dead":
    case "mail-dead":
    case "board-comparison-dead":
    case "picture-copy-dead":
      return consumeDeadLetters(batch, name.replace(/-dead$/, ""), services);
    default:
      throw new Error(`no consumer for the queue ${batch.queue}`);
  }
}
