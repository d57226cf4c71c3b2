import { createHash, createHmac } from "node:crypto";

export const KEY_ENVIRONMENTS = ["live", "test"] as const;
export type KeyEnvironment = (typeof KEY_ENVIRONMENTS)[number];

const TOKEN = /^cpk_(live|test)_[A-Za-z0-9]{32}$/;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SECRET_LENGTH = 32;
const PREFIX_LENGTH = 12;
/** The largest multiple of 62 a byte can hold: higher bytes are drawn again, or some letters would come up more often. */
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

/** Whether a text can be a key at all; most mistakes end here and cost nothing. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** What `api_keys.key_prefix` holds. Only three of its characters are secret, so several keys may share one. */
export function tokenPrefix(token: string): string {
  return token.slice(0, PREFIX_LENGTH);
}

/** The token as memory and tables may hold it: worthless without the pepper. */
export function tokenDigest(pepper: string, token: string): string {
  return createHmac("sha256", pepper).update(`api-key\n${token}`).digest("base64url");
}

export function keyHashDigest(keyHash: string): string {
  return createHash("sha256").update(keyHash).digest("base64url");
}
