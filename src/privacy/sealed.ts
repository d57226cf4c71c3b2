import { decrypt, encrypt, type Keyring, keyIdOf } from "./encryption.ts";

/*
 * The one form of stored ciphertext: in a text column the text that `encrypt` returns, in JSON an object that holds it.
 * JSON without `encrypted` is in clear: it was stored before the column was sealed, or there is nothing to hide.
 */

export type SealedJson = Readonly<{ encrypted: string }>;

/** Fields of webhook payloads that are stored sealed, at any depth. (data-models: recipient_data is encrypted) */
export const SEALED_FIELDS: readonly string[] = ["recipient_data"];

export async function sealText(keyring: Keyring, text: string): Promise<string> {
  return await encrypt(keyring, text);
}

/**
 * @param options.orClear the column held clear text before it was sealed: a text of another form is returned as it is.
 * @throws Error as `decrypt`.
 */
export async function openText(keyring: Keyring, stored: string, { orClear = false } = {}): Promise<string> {
  return orClear && keyIdOf(stored) === null ? stored : await decrypt(keyring, stored);
}

export async function sealJson(keyring: Keyring, value: unknown): Promise<SealedJson> {
  return { encrypted: await encrypt(keyring, JSON.stringify(value)) };
}

/** The value that was sealed, or one in clear as it is. @throws Error as `decrypt`. */
export async function openJson(keyring: Keyring, stored: unknown): Promise<unknown> {
  return isSealed(stored) ? JSON.parse(await decrypt(keyring, stored.encrypted)) : stored;
}

export function isSealed(value: unknown): value is SealedJson {
  return isObject(value) && typeof value.encrypted === "string" && Object.keys(value).length === 1;
}

/** The payload with its private fields sealed. */
export async function sealFields(keyring: Keyring, payload: unknown): Promise<unknown> {
  return await changeFields(payload, async (value) => (isSealed(value) ? value : await sealJson(keyring, value)));
}

/** The payload as receivers get it. @throws Error as `decrypt`. */
export async function openFields(keyring: Keyring, payload: unknown): Promise<unknown> {
  return await changeFields(payload, (value) => openJson(keyring, value));
}

/** A copy in which `change` has replaced every private field that is not null. Without such a field, the payload itself. */
export async function changeFields(payload: unknown, change: (value: unknown) => Promise<unknown>): Promise<unknown> {
  if (holdersOf(payload).length === 0) return payload;
  const copy = structuredClone(payload);
  const changes = holdersOf(copy).map(async ({ holder, name }) => {
    holder[name] = await change(holder[name]);
  });
  await Promise.all(changes);
  return copy;
}

type Holder = { holder: Record<string, unknown>; name: string };

function holdersOf(value: unknown, found: Holder[] = []): Holder[] {
  if (Array.isArray(value)) for (const item of value) holdersOf(item, found);
  else if (isObject(value)) {
    for (const [name, field] of Object.entries(value)) {
      if (!SEALED_FIELDS.includes(name)) holdersOf(field, found);
      else if (field !== null) found.push({ holder: value, name });
    }
  }
  return found;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
