/** Base64 of whole bytes, with or without its padding. */
const SECRET = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?)$/;

/**
 * The bytes behind `whsec_…`; the text itself is never the key.
 * @throws RangeError for anything else: an empty key would let everybody sign. Its text does not repeat the secret.
 */
export function parseWebhookSecret(secret: string): Uint8Array {
  const [, encoded = ""] = SECRET.exec(secret) ?? [];
  const key = Buffer.from(encoded, "base64");
  if (key.length === 0)
    throw new RangeError("An Ozow webhook secret must be whsec_ and the base64 of at least one byte.");
  return key;
}
