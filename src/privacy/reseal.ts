import { type Keyring, keyIdOf } from "./encryption.ts";
import { changeFields, isSealed, openText, sealJson, sealText } from "./sealed.ts";
import type { SealedPlace } from "./sealed-places.ts";

/**
 * A stored value with all its ciphertext under the current key. What is under it already, and clear values of a place
 * that does not seal them, stay as they are.
 * @throws Error as `decrypt`.
 */
export async function reseal(
  keyring: Keyring,
  { form, wasClear = false }: Omit<SealedPlace, "column">,
  stored: unknown,
): Promise<unknown> {
  switch (form) {
    case "text":
      return typeof stored === "string" ? await resealText(keyring, stored, wasClear) : stored;
    case "json":
      return await resealJson(keyring, stored, wasClear);
    case "fields":
      return await changeFields(stored, (value) => resealJson(keyring, value, wasClear));
    default:
      return form satisfies never;
  }
}

async function resealJson(keyring: Keyring, stored: unknown, sealsClear: boolean): Promise<unknown> {
  if (isSealed(stored)) return { encrypted: await resealText(keyring, stored.encrypted, false) };
  return sealsClear ? await sealJson(keyring, stored) : stored;
}

async function resealText(keyring: Keyring, stored: string, sealsClear: boolean): Promise<string> {
  const keyId = keyIdOf(stored);
  if (keyId === keyring.currentId || (keyId === null && !sealsClear)) return stored;
  return await sealText(keyring, await openText(keyring, stored, { orClear: sealsClear }));
}
