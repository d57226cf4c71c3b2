import { randomBytes } from "node:crypto";

/** What a partner's secret may be, and the keys that libraries make of it. */

const PREFIX = "whsec_";
/** As every library of Standard Webhooks decodes it: some need the padding, and none takes the alphabet of URLs. */
const PADDED_BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const BASE64 = /^[A-Za-z0-9+/]{2,}={0,2}$/;
const DRAW = "whsec_$(openssl rand -base64 32)";

/** A new secret in the form of Standard Webhooks. */
export function drawSecret(): string {
  return PREFIX + randomBytes(32).toString("base64");
}

/** Why receivers could not verify with this secret, as the end of a sentence that begins with the field; null when they can. */
export function unusableSecret(secret: string): string | null {
  // Libraries disagree about the bytes of other characters, and a line break or a space at an end is left of copying.
  if (!/^[\x20-\x7e]*$/.test(secret)) return "must hold printable ASCII characters only, and no line break";
  if (secret !== secret.trim()) return "must not begin or end with a space";
  if (!secret.startsWith(PREFIX)) return null;
  const encoded = secret.slice(PREFIX.length);
  if (encoded !== "" && PADDED_BASE64.test(encoded)) return null;
  return `must go on with base64 and its padding after ${PREFIX}, as stock libraries read it; draw one with "${DRAW}"`;
}

/**
 * The keys for the signatures of Standard Webhooks. `whsec_` and base64 stands for the decoded bytes, as in every library. A secret
 * without `whsec_` is its own bytes (`{format: "raw"}`), and where it could be base64, libraries decode it unless they are told
 * otherwise: then there are two keys, and a receiver verifies with either.
 */
export function standardKeys(secret: string): Buffer[] {
  const encoded = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : "";
  if (encoded !== "" && PADDED_BASE64.test(encoded)) return [Buffer.from(encoded, "base64")];
  const raw = Buffer.from(secret, "utf8");
  return BASE64.test(secret) ? [raw, Buffer.from(secret, "base64")] : [raw];
}
