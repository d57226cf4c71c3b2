import { createHmac } from "node:crypto";
import { standardKeys } from "./secret.ts";

export type WebhookToSign = Readonly<{
  /** The public id, `evt_…`. It is the same for every attempt, so receivers can drop duplicates. */
  eventId: string;
  /** The body as it is sent, byte for byte. */
  body: string;
  /** Usually one. While a secret is being replaced, every valid one, newest first. */
  secrets: readonly string[];
  /** When this attempt is made, not when the event happened: receivers allow five minutes of skew. */
  at: Date;
}>;

/**
 * Two signatures over the same bytes: ChipIn's (`X-ChipIn-Signature: t=<unix>,v1=<hex>`, HMAC-SHA256 of `<t>.<body>`) and
 * the one of Standard Webhooks, which its libraries verify. (product-facts 13)
 */
export function signatureHeaders({ eventId, body, secrets, at }: WebhookToSign): Record<string, string> {
  if (secrets.length === 0) throw new RangeError("a webhook must be signed with at least one secret");
  const t = String(Math.floor(at.getTime() / 1000));
  const own = secrets.map((secret) => `v1=${hmac(secret, `${t}.${body}`).toString("hex")}`);
  const standard = secrets
    .flatMap(standardKeys)
    .map((key) => `v1,${hmac(key, `${eventId}.${t}.${body}`).toString("base64")}`);
  return {
    "X-ChipIn-Signature": [`t=${t}`, ...own].join(","),
    "X-ChipIn-Event-Id": eventId,
    "webhook-id": eventId,
    "webhook-timestamp": t,
    "webhook-signature": standard.join(" "),
  };
}

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text, "utf8").digest();
