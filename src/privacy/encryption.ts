const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Nonce and tag alone, in base64url without padding. */
const SHORTEST_ENCODED = Math.ceil(((NONCE_BYTES + TAG_BYTES) * 4) / 3);
const KEY_ENTRY = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]+={0,2})$/;
const CIPHERTEXT = /^([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]+)$/;

/** The first key encrypts. Every key decrypts, so an older key stays listed while any ciphertext needs it. */
export type Keyring = Readonly<{ currentId: string; keys: ReadonlyMap<string, Uint8Array<ArrayBuffer>> }>;

/**
 * @param text `keyid:base64` of 32 bytes, the current key first, older ones after it, comma-separated.
 * @param kind what the keys are, for messages.
 * @throws Error naming the entry that is wrong, never its key.
 */
export function parseKeyring(text: string, kind = "encryption key"): Keyring {
  const keys = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [index, entry] of text.split(",").entries()) {
    const [, id, encoded] = KEY_ENTRY.exec(entry.trim()) ?? [];
    if (!id || !encoded) throw new Error(`${kind} ${index + 1} must look like keyid:base64`);
    if (keys.has(id)) throw new Error(`${kind} "${id}" is listed twice`);
    const key = new Uint8Array(Buffer.from(encoded, "base64"));
    if (key.length !== KEY_BYTES) throw new Error(`${kind} "${id}" must be ${KEY_BYTES} bytes in base64`);
    keys.set(id, key);
  }
  const [currentId = ""] = keys.keys();
  return { currentId, keys };
}

const keyrings = new WeakMap<object, Keyring>();

/** The keyring of these settings, parsed once per isolate. @throws Error as `parseKeyring`. */
export function keyringOf(settings: Readonly<{ CARD_DATA_ENCRYPTION_KEY: string }>): Keyring {
  let keyring = keyrings.get(settings);
  if (!keyring) {
    keyring = parseKeyring(settings.CARD_DATA_ENCRYPTION_KEY);
    keyrings.set(settings, keyring);
  }
  return keyring;
}

/** The id of the key a text was encrypted with; null for a text that `encrypt` did not return. */
export function keyIdOf(text: string): string | null {
  const [, keyId, encoded = ""] = CIPHERTEXT.exec(text) ?? [];
  return keyId !== undefined && encoded.length >= SHORTEST_ENCODED ? keyId : null;
}

/** AES-256-GCM under the current key: `keyid.base64url(nonce ‖ ciphertext ‖ tag)`, different every time. */
export async function encrypt(keyring: Keyring, plaintext: string): Promise<string> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const key = await importKey(keyring, keyring.currentId);
  const ciphertext = await crypto.subtle.encrypt(
    parameters(nonce, keyring.currentId),
    key,
    new TextEncoder().encode(plaintext),
  );
  return `${keyring.currentId}.${Buffer.concat([nonce, Buffer.from(ciphertext)]).toString("base64url")}`;
}

/**
 * The plaintext of what `encrypt` returned.
 * @throws Error when the text has another form, its key is not in the ring, or any byte was changed.
 */
export async function decrypt(keyring: Keyring, text: string): Promise<string> {
  const [, keyId = "", encoded = ""] = CIPHERTEXT.exec(text) ?? [];
  const bytes = new Uint8Array(Buffer.from(encoded, "base64url"));
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error("not an encrypted text");
  const key = await importKey(keyring, keyId);
  try {
    const nonce = bytes.slice(0, NONCE_BYTES);
    const plaintext = await crypto.subtle.decrypt(parameters(nonce, keyId), key, bytes.slice(NONCE_BYTES));
    return new TextDecoder().decode(plaintext);
  } catch (cause) {
    throw new Error(`this was not encrypted with key "${keyId}", or was changed since`, { cause });
  }
}

// The key's id is authenticated too, so a ciphertext cannot be moved under the id of another key.
function parameters(nonce: Uint8Array<ArrayBuffer>, keyId: string) {
  return { name: "AES-GCM", iv: nonce, additionalData: new TextEncoder().encode(keyId) };
}

/** By the bytes of a key, which belong to one keyring. Keys, not promises: a promise belongs to the request that made it. */
const imported = new WeakMap<Uint8Array, CryptoKey>();

async function importKey({ keys }: Keyring, id: string): Promise<CryptoKey> {
  const bytes = keys.get(id);
  if (!bytes) throw new Error(`encryption key "${id}" is not configured`);
  const known = imported.get(bytes);
  if (known) return known;
  const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
  imported.set(bytes, key);
  return key;
}
