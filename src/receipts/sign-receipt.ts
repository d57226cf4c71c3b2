import { type PaymentReceived, type ReceiptKeys, receiptStatement, receiptText } from "#domain/signed-receipt";
import type { Settings } from "#platform/settings";
import { parseKeyring } from "#privacy/encryption";

type KeySettings = Pick<Settings, "RECEIPT_SIGNING_KEYS">;
type SigningKeys = Readonly<{ currentId: string; current: CryptoKey; published: ReceiptKeys }>;

/** RFC 8410: what stands before the 32 bytes of a private key. */
const PKCS8 = Uint8Array.from(Buffer.from("302e020100300506032b657004220420", "hex"));

/** By their settings, once per isolate. Keys, not promises: a promise belongs to the request that made it. */
const known = new WeakMap<object, SigningKeys>();

/** The payment as one line of text that anyone can check; null where no key is configured. */
export async function signReceipt(
  settings: KeySettings,
  payment: Omit<PaymentReceived, "keyId">,
): Promise<string | null> {
  const keys = await signingKeysOf(settings);
  if (!keys) return null;
  const receipt = { ...payment, keyId: keys.currentId };
  const statement = new TextEncoder().encode(receiptStatement(receipt));
  return receiptText(receipt, new Uint8Array(await crypto.subtle.sign("Ed25519", keys.current, statement)));
}

/** The public keys of all receipts that were ever signed with a key that is still listed. */
export async function publicReceiptKeys(settings: KeySettings): Promise<ReceiptKeys> {
  return (await signingKeysOf(settings))?.published ?? { keys: [] };
}

async function signingKeysOf(settings: KeySettings): Promise<SigningKeys | null> {
  const { RECEIPT_SIGNING_KEYS: text } = settings;
  if (text === "") return null;
  const before = known.get(settings);
  if (before) return before;
  const pairs = await Promise.all(
    [...parseKeyring(text, "signing key").keys].map(async ([kid, seed]) => {
      const key = await crypto.subtle.importKey("pkcs8", Buffer.concat([PKCS8, seed]), "Ed25519", true, ["sign"]);
      const { x = "" } = (await crypto.subtle.exportKey("jwk", key)) as JsonWebKey;
      return { key, listed: { kid, kty: "OKP", crv: "Ed25519", x } as const };
    }),
  );
  const [current] = pairs;
  if (!current) return null;
  const keys = {
    currentId: current.listed.kid,
    current: current.key,
    published: { keys: pairs.map((it) => it.listed) },
  };
  known.set(settings, keys);
  return keys;
}
