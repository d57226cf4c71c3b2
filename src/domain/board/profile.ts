import { type Gift, type OverflowGift, pictureOf, withPicture } from "../gift.ts";
import type { CopyProblems } from "../pictures.ts";
import type { CopyPictures, UpdateBoard } from "./commands.ts";

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
  copyProblems?: CopyProblems;
}>;

/** The child's name after anonymisation. (data-models) */
export const ANONYMISED_NAME = "Anonymized";

/** The profile after the owner's changes. What is known of a picture goes with it. */
export function updatedProfile(profile: BoardProfile, { message, photo, giftPicture }: UpdateBoard): BoardProfile {
  const { copyProblems, ...kept } = profile;
  const { photo: ofPhoto, gift: ofGift } = copyProblems ?? {};
  const problems = {
    ...(ofPhoto && photo === undefined && { photo: ofPhoto }),
    ...(ofGift && giftPicture === undefined && { gift: ofGift }),
  };
  return {
    ...kept,
    ...(Object.keys(problems).length > 0 && { copyProblems: problems }),
    ...(message !== undefined && { message }),
    ...(photo !== undefined && { childPhotoUrl: photo }),
    ...(giftPicture !== undefined && { gift: withPicture(profile.gift, giftPicture) }),
  };
}

/** The profile with what was copied. An address that has changed meanwhile keeps its picture. */
export function copiedProfile(profile: BoardProfile, { copies }: CopyPictures): BoardProfile {
  let { childPhotoUrl, gift } = profile;
  const problems: { -readonly [Of in keyof CopyProblems]: CopyProblems[Of] } = { ...profile.copyProblems };
  for (const copy of copies) {
    if (copy.from !== (copy.of === "photo" ? childPhotoUrl : pictureOf(gift))) continue;
    delete problems[copy.of];
    if ("problem" in copy) problems[copy.of] = copy.problem;
    else if (copy.of === "photo") childPhotoUrl = copy.to;
    else gift = withPicture(gift, copy.to);
  }
  const { copyProblems: _, ...kept } = profile;
  return { ...kept, childPhotoUrl, gift, ...(Object.keys(problems).length > 0 && { copyProblems: problems }) };
}

/** What a guest told about themselves with one contribution, and where it came from (kept 30 days against fraud). */
export type ContributorProfile = Readonly<{
  name: string | null;
  message: string | null;
  ipAddress: string | null;
  userAgent: string | null;
}>;
