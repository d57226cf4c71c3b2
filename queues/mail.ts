import { z } from "zod";
import type { MailOutcome } from "../src/mail/send.ts";
import { eachMessage, type Report } from "./each-message.ts";

/** Mail is in no hurry, and the provider allows only a few requests a second. */
const AT_ONCE = 2;

const Mail = z.object({ mailId: z.guid() });

export interface MailDeps {
  send(mailId: string): Promise<MailOutcome>;
  /** Sees to it that the mail is tried again at `at`. */
  again(mailId: string, at: Date): Promise<void>;
  report: Report;
}

export async function consumeMail(batch: MessageBatch, deps: MailDeps): Promise<void> {
  await eachMessage(batch, AT_ONCE, deps.report, async (body) => {
    const { mailId } = Mail.parse(body);
    const result = await deps.send(mailId);
    if (result.outcome === "retry") await deps.again(mailId, result.at);
  });
}
