import { createHash, createHmac } from "node:crypto";

/** The signature Svix puts on a message: HMAC-SHA256 over `id.timestamp.body`, its key the Base64 after `whsec_`. */
export function svixSignature(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

/** One message has one id, however often it is sent. */
export function messageId(...about: readonly string[]): string {
  return `msg_${createHash("sha256").update(about.join(" ")).digest("base64url").slice(0, 27)}`;
}

/** The body of a thin message: which object changed, and to what; everything else is looked up. */
export function thinMessage(type: string, timestamp: string, data: { id: string; status: string }): string {
  return JSON.stringify({ type, timestamp, data: { id: data.id, status: data.status } });
}

/** An instant as Ozow writes it, to the second. */
export function ozowInstant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
