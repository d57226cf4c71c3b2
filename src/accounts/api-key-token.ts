import { createHash } from "node:crypto";
import { hmacOf } from "#platform/hmac";

export type KeyEnvironment = "live" | "test";

const TOKEN = /^cpk_(live|test)_[A-Za-z0-9]{32}$/;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SECRET_LENGTH = 32;
const PREFIX_LENGTH = 12;
/** The largest multiple of 62 up to 256. Higher bytes are drawn again, or some letters would be more frequent. */
const FAIR_BYTES = 248;

/** `cpk_live_` or `cpk_test_` and 32 random letters and digits (190 bits). */
export function mintToken(environment: KeyEnvironment): string {
  let secret = "";
  while (secret.length < SECRET_LENGTH) {
    const [byte = FAIR_BYTES] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < FAIR_BYTES) secret += ALPHABET[byte % ALPHABET.length];
  }
  return `cpk_${environment}_${secret}`;
}

/** Whether a text has the form of a key. A text that has not costs no query. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** The value of `api_keys.key_prefix`. Only three of its characters are secret, so several keys may share one. */
export function tokenPrefix(token: string): string {
  return token.slice(0, PREFIX_LENGTH);
}

/** The environment of a key, by the value of `api_keys.key_prefix`. */
export function environmentOf(prefix: string): KeyEnvironment {
  return prefix.startsWith("cpk_test_") ? "test" : "live";
}

/** The form of a token that memory and tables may hold. It is of no use without the pepper. */
export function tokenDigest(pepper: string, token: string): string {
  return hmacOf(pepper).update(`api-key\n${token}`).digest("base64url");
}

export function keyHashDigest(keyHash: string): string {
  return createHash("sha256").update(keyHash).digest("base64url");
}
