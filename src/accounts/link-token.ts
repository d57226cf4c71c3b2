import { createHash } from "node:crypto";

const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The secret of a link that is sent by mail, or of a cookie: 256 random bits. Only its digest is stored. (product-facts 17.1) */
export function mintLinkToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES))).toString("base64url");
}

/** Hex SHA-256; null of what cannot be a token, which costs no query. */
export function linkTokenDigest(token: string): string | null {
  return TOKEN.test(token) ? createHash("sha256").update(token).digest("hex") : null;
}
