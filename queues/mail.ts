import { z } from "zod";
import type { MailOutcome } from "../src/mail/send.ts";
import { consumeTogether, type Report } from "./consume-together.ts";
import type { NextMessage } from "./send-again.ts";

const MailMessage = z.object({ mailId: z.guid() });

export interface MailDeps {
  send(mailIds: readonly string[]): Promise<ReadonlyMap<string, MailOutcome>>;
  /** Enqueues mails for another attempt. */
  sendAgain(messages: readonly NextMessage<{ mailId: string }>[]): Promise<void>;
  report: Report;
}

export async function consumeMail(batch: MessageBatch, deps: MailDeps): Promise<void> {
  await consumeTogether(batch, MailMessage, deps.report, async (bodies) => {
    const outcomes = await deps.send([...new Set(bodies.map(({ mailId }) => mailId))]);
    await deps.sendAgain(
      [...outcomes].flatMap(([mailId, result]) => ("at" in result ? [{ body: { mailId }, at: result.at }] : [])),
    );
  });
}
