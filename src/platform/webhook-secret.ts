/** Base64 of whole bytes, with or without its padding. */
const SECRET = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?)$/;

/**
 * The bytes of `whsec_` and base64.
 * @throws RangeError for any other text, and for an empty key, whose signatures prove nothing. The message does not hold the secret.
 */
export function parseWebhookSecret(secret: string): Uint8Array {
  const [, encoded = ""] = SECRET.exec(secret) ?? [];
  const key = Buffer.from(encoded, "base64");
  if (key.length === 0) throw new RangeError("A webhook secret must be whsec_ and the base64 of at least one byte.");
  return key;
}
