import { z } from "zod";
import type { MailOutcome } from "../src/mail/send.ts";
import { eachMessage, type Report } from "./each-message.ts";

/** The mail provider allows only a few requests a second. */
const CONCURRENCY = 2;

const MailMessage = z.object({ mailId: z.guid() });

export interface MailDeps {
  send(mailId: string): Promise<MailOutcome>;
  /** Enqueues the mail for another attempt at `at`. */
  sendAgain(mailId: string, at: Date): Promise<void>;
  report: Report;
}

export async function consumeMail(batch: MessageBatch, deps: MailDeps): Promise<void> {
  await eachMessage(batch, CONCURRENCY, deps.report, async (body) => {
    const { mailId } = MailMessage.parse(body);
    const result = await deps.send(mailId);
    if (result.outcome === "retry") await deps.sendAgain(mailId, result.at);
  });
}
