import { createHmac } from "node:crypto";

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
  const standard = secrets.map(
    (secret) => `v1,${hmac(standardKey(secret), `${eventId}.${t}.${body}`).toString("base64")}`,
  );
  return {
    "X-ChipIn-Signature": [`t=${t}`, ...own].join(","),
    "X-ChipIn-Event-Id": eventId,
    "webhook-id": eventId,
    "webhook-timestamp": t,
    "webhook-signature": standard.join(" "),
  };
}

const STANDARD_SECRET = /^whsec_((?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;

/**
 * The key for the Standard Webhooks signature. `whsec_` and base64 stands for the decoded bytes, as in every library. Any
 * other secret is its UTF-8 bytes; a receiver verifies with `new Webhook(base64(secret))`.
 */
function standardKey(secret: string): Buffer {
  const encoded = STANDARD_SECRET.exec(secret)?.[1];
  return encoded === undefined ? Buffer.from(secret, "utf8") : Buffer.from(encoded, "base64");
}

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text, "utf8").digest();
