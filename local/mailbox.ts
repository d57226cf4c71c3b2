import { createHash, randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
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
/** Resend takes neither attachments nor a time to send at in a call of many mails. */
const BatchEmail = Email.and(
  z.object({ attachments: z.undefined().optional(), scheduled_at: z.undefined().optional() }),
);

/**
 * `refuse` answers 403 as for a domain that is not verified, `down` 503, `busy` 429 as for too many calls, `quota` 429 as for a day's
 * quota that is used up. `lose` takes the mail and answers 500.
 */
export const MAILBOX_MODES = ["take", "refuse", "down", "busy", "quota", "lose"] as const;
export type MailboxMode = (typeof MAILBOX_MODES)[number];

const MAX_BATCH_MAILS = 100;
const RETRY_AFTER_SECONDS = 2;

type Call = Readonly<{ digest: string | null; ids: readonly string[] }>;

/** The mail that ChipIn sent. */
export class Mailbox {
  mode: MailboxMode = "take";
  readonly #mails: JsonLines<Mail>;
  /** What was taken under each idempotency key. The digest of a call before the last start is not known any more. */
  readonly #calls = new Map<string, Call>();

  constructor(path: string | null) {
    this.#mails = new JsonLines<Mail>(path);
    for (const { id, idempotencyKey: key } of this.#mails.items) {
      if (key) this.#calls.set(key, { digest: null, ids: [...(this.#calls.get(key)?.ids ?? []), id] });
    }
  }

  newest(): Mail[] {
    return this.#mails.newest();
  }

  find(id: string): Mail | null {
    return this.#mails.items.find((mail) => mail.id === id) ?? null;
  }

  /** The ids of the mails; those of the first call when the key is a repeated one, and null when its mails were others. */
  take(emails: readonly z.output<typeof Email>[], idempotencyKey: string | null): readonly string[] | null {
    const digest = createHash("sha256").update(JSON.stringify(emails)).digest("hex");
    const known = idempotencyKey ? this.#calls.get(idempotencyKey) : undefined;
    if (known) return known.digest === null || known.digest === digest ? known.ids : null;
    const at = new Date().toISOString();
    const ids = emails.map(({ from, to, subject, text = "", html = "" }) => {
      const mail: Mail = {
        id: randomUUID(),
        from,
        to: [to].flat().join(", "),
        subject,
        text,
        html,
        at,
        idempotencyKey,
      };
      this.#mails.append(mail);
      return mail.id;
    });
    if (idempotencyKey) this.#calls.set(idempotencyKey, { digest, ids });
    return ids;
  }
}

/** The part of Resend's HTTP API that sends mails: one, or up to a hundred by one call. */
export function resendApi(mailbox: Mailbox): Hono {
  const api = new Hono();
  const refuse = (c: Context, statusCode: 401 | 403 | 409 | 422 | 429 | 500 | 503, name: string, message: string) =>
    c.json({ statusCode, name, message }, statusCode);

  api.use("/emails/*", async (c, next) => {
    if (mailbox.mode === "down") return refuse(c, 503, "service_unavailable", "The mailbox is set to down.");
    if (mailbox.mode === "refuse") return refuse(c, 403, "validation_error", "The mailbox is set to refuse.");
    if (mailbox.mode === "quota") return refuse(c, 429, "daily_quota_exceeded", "The mailbox is set to quota.");
    if (mailbox.mode === "busy") {
      c.header("retry-after", String(RETRY_AFTER_SECONDS));
      return refuse(c, 429, "rate_limit_exceeded", "The mailbox is set to busy.");
    }
    if (!c.req.header("authorization")?.startsWith("Bearer ")) {
      return refuse(c, 401, "missing_api_key", "Missing API key in the authorization header.");
    }
    return await next();
  });

  /** The ids of what was taken, or the answer that says why nothing was. */
  const take = (c: Context, emails: readonly z.output<typeof Email>[]): readonly string[] | Response => {
    const ids = mailbox.take(emails, c.req.header("idempotency-key") ?? null);
    if (!ids) return refuse(c, 409, "invalid_idempotent_request", "The key was used with another payload.");
    return mailbox.mode === "lose" ? refuse(c, 500, "application_error", "The mailbox is set to lose.") : ids;
  };

  api.post("/emails", async (c) => {
    const email = Email.safeParse(await c.req.json().catch(() => null));
    if (!email.success) return refuse(c, 422, "validation_error", z.prettifyError(email.error));
    const ids = take(c, [email.data]);
    return ids instanceof Response ? ids : c.json({ id: ids[0] });
  });

  // Strict unless it is asked to be permissive: then invalid mails are listed, and the others are taken.
  api.post("/emails/batch", async (c) => {
    const list = z
      .array(z.unknown())
      .min(1)
      .max(MAX_BATCH_MAILS)
      .safeParse(await c.req.json().catch(() => null));
    if (!list.success) return refuse(c, 422, "validation_error", z.prettifyError(list.error));
    const emails = list.data.map((item) => BatchEmail.safeParse(item));
    const errors = emails.flatMap(({ error }, index) => (error ? [{ index, message: z.prettifyError(error) }] : []));
    if (errors.length > 0 && c.req.header("x-batch-validation") !== "permissive") {
      return refuse(c, 422, "validation_error", errors[0]?.message ?? "");
    }
    const ids = take(
      c,
      emails.flatMap(({ data }) => data ?? []),
    );
    return ids instanceof Response ? ids : c.json({ data: ids.map((id) => ({ id })), errors });
  });
  return api;
}
