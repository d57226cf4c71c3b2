import { type Gift, type OverflowGift, withPicture } from "../gift.ts";
import type { UpdateBoard } from "./commands.ts";

/**
 * What a board says about a family. It is stored beside the log, never in it, so that anonymisation can wipe it without
 * breaking the chain of hashes. Dates are `YYYY-MM-DD`; the card's number and the cardholder's name are ciphertext.
 */
export type BoardProfile = Readonly<{
  slug: string;
  childName: string;
  childPhotoUrl: string;
  birthdayDate: string;
  gift: Gift;
  overflowGift: OverflowGift | null;
  message: string | null;
  payoutEmail: string;
  karriCardCiphertext: string | null;
  /** Why payouts failed, in the words of whoever said so, by payout id. */
  payoutErrors?: Readonly<Record<string, string>>;
  /** Absent from a profile that was stored before the name was asked for. */
  karriCardholderCiphertext?: string | null;
  /** When Karri said that the card is valid, ISO 8601. Null or absent when it was not asked. */
  karriVerifiedAt?: string | null;
}>;

/** The child's name after anonymisation. (data-models) */
export const ANONYMISED_NAME = "Anonymized";

/** The profile after the owner's changes. */
export function updatedProfile(profile: BoardProfile, { message, photo, giftPicture }: UpdateBoard): BoardProfile {
  return {
    ...profile,
    ...(message !== undefined && { message }),
    ...(photo !== undefined && { childPhotoUrl: photo }),
    ...(giftPicture !== undefined && { gift: withPicture(profile.gift, giftPicture) }),
  };
}

/** What a guest told about themselves with one contribution, and where it came from (kept 30 days against fraud). */
export type ContributorProfile = Readonly<{
  name: string | null;
  message: string | null;
  ipAddress: string | null;
  userAgent: string | null;
}>;
