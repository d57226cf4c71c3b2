import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { z } from "zod";
import { JsonLines } from "./json-lines.ts";

export type Mail = {
  id: string;
  from: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  at: string;
  idempotencyKey: string | null;
};

const addresses = z.union([z.string().min(3), z.array(z.string().min(3)).min(1).max(50)]);
const Email = z
  .object({
    from: z.string().min(3),
    to: addresses,
    subject: z.string().min(1),
    text: z.string().optional(),
    html: z.string().optional(),
  })
  .refine(({ text, html }) => text !== undefined || html !== undefined, { error: "Missing `html` or `text` field." });

/** `refuse` answers 403 as for a domain that is not verified; `down` answers 503. */
export const MAILBOX_MODES = ["take", "refuse", "down"] as const;
export type MailboxMode = (typeof MAILBOX_MODES)[number];

/** The mail that ChipIn sent. */
export class Mailbox {
  mode: MailboxMode = "take";
  readonly #mails: JsonLines<Mail>;
  readonly #byKey = new Map<string, Mail>();

  constructor(path: string | null) {
    this.#mails = new JsonLines<Mail>(path);
    for (const mail of this.#mails.items) if (mail.idempotencyKey) this.#byKey.set(mail.idempotencyKey, mail);
  }

  newest(): Mail[] {
    return this.#mails.newest();
  }

  find(id: string): Mail | null {
    return this.#mails.items.find((mail) => mail.id === id) ?? null;
  }

  /** Returns the first mail of a repeated idempotency key, as Resend does. */
  take(email: z.output<typeof Email>, idempotencyKey: string | null): Mail {
    const known = idempotencyKey && this.#byKey.get(idempotencyKey);
    if (known) return known;
    const mail: Mail = {
      id: randomUUID(),
      from: email.from,
      to: [email.to].flat().join(", "),
      subject: email.subject,
      text: email.text ?? "",
      html: email.html ?? "",
      at: new Date().toISOString(),
      idempotencyKey,
    };
    this.#mails.append(mail);
    if (idempotencyKey) this.#byKey.set(idempotencyKey, mail);
    return mail;
  }
}

/** The part of Resend's HTTP API that sends a mail. */
export function resendApi(mailbox: Mailbox): Hono {
  const api = new Hono();
  api.post("/emails", async (c) => {
    const refuse = (statusCode: 401 | 403 | 422 | 503, name: string, message: string) =>
      c.json({ statusCode, name, message }, statusCode);
    if (mailbox.mode === "down") return refuse(503, "service_unavailable", "The mailbox is set to down.");
    if (mailbox.mode === "refuse") return refuse(403, "validation_error", "The mailbox is set to refuse.");
    if (!c.req.header("authorization")?.startsWith("Bearer ")) {
      return refuse(401, "missing_api_key", "Missing API key in the authorization header.");
    }
    const email = Email.safeParse(await c.req.json().catch(() => null));
    if (!email.success) return refuse(422, "validation_error", z.prettifyError(email.error));
    return c.json({ id: mailbox.take(email.data, c.req.header("idempotency-key") ?? null).id });
  });
  return api;
}
