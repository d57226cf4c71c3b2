import { createHmac, type Hmac } from "node:crypto";
import { BoundedMap } from "./bounded-map.ts";

const MAX_SECRETS = 20;

const encoder = new TextEncoder();
/** By secret. Settings have few. */
const keys = new BoundedMap<string, Uint8Array>(MAX_SECRETS);

/** HMAC-SHA256 under a secret of the settings. Its bytes are kept, because every request needs one. */
export function hmacOf(secret: string): Hmac {
  let key = keys.get(secret);
  if (!key) {
    key = encoder.encode(secret);
    keys.set(secret, key);
  }
  return createHmac("sha256", key);
}
