import type { BoardProfile } from "#domain/board/profile";
import { type Keyring, keyIdOf } from "./encryption.ts";
import { reseal } from "./reseal.ts";
import { SEALED_PROFILE_FIELDS } from "./sealed-places.ts";

/** `keyId` is the key the object encrypts with: objects start with new settings later than the Worker does. */
export type ReencryptedProfile = Readonly<{ keyId: string; changed: number; unreadable: number }>;

type ProfileHolder = Readonly<{ profile: BoardProfile | null; rewriteProfile(profile: BoardProfile): void }>;

/** Brings the ciphertexts in a board's profile under the current key. `board` gives the board as it is at that moment. */
export async function reencryptProfile(keyring: Keyring, board: () => ProfileHolder): Promise<ReencryptedProfile> {
  const { currentId: keyId } = keyring;
  let [changed, unreadable] = [0, 0];
  for (const field of SEALED_PROFILE_FIELDS) {
    const stored = board().profile?.[field] ?? null;
    if (stored === null || [null, keyId].includes(keyIdOf(stored))) continue;
    let sealed: unknown;
    try {
      sealed = await reseal(keyring, { form: "text" }, stored);
    } catch {
      unreadable += 1;
      continue;
    }
    // The profile may have changed meanwhile.
    const { profile } = board();
    if (profile?.[field] !== stored) continue;
    board().rewriteProfile({ ...profile, [field]: sealed });
    changed += 1;
  }
  return { keyId, changed, unreadable };
}
