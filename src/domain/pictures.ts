export const PICTURE_KINDS = ["photo", "gift", "cause"] as const;
/** `photo`: of a child, a square. `gift`, `cause`: a thing, whole. */
export type PictureKind = (typeof PICTURE_KINDS)[number];

/** Of one picture that a host sends. (product-facts 9) */
export const MAX_UPLOAD_BYTES = 5 * 1024 * 1024;

/** What of a kind is stored: the sides of the squares that its renditions fit into, in pixels, the largest last. */
export const SIDES = {
  photo: [192, 384, 640],
  gift: [320, 640, 960],
  cause: [320, 640, 960],
} as const satisfies Record<PictureKind, readonly number[]>;

/** The path of one rendition. */
export function picturePath(id: string, side: number): string {
  return `/pictures/${id}/${side}.webp`;
}

/** The key in the bucket of what is at a path; null for a path that is none of ours. */
export function pictureKeyAt(path: string): Readonly<{ id: string; key: string }> | null {
  const [, key, id] = FILE.exec(path) ?? [];
  return key === undefined || id === undefined ? null : { id, key };
}

/** Of photos, beside their renditions. */
export const LINK_PREVIEW = "preview.jpg";

const FILE = /^\/pictures\/(([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/(?:[1-9]\d{1,3}\.webp|preview\.jpg))$/;
const PATH = /^\/pictures\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/([1-9]\d{1,3})\.webp$/;

/** Which rendition of which picture a path names; null when it names none of ours. */
export function readPicturePath(path: string): Readonly<{ id: string; side: number }> | null {
  const [, id, side] = PATH.exec(path) ?? [];
  return id === undefined || side === undefined ? null : { id, side: Number(side) };
}

/** The picture that messengers show of the link of a board with this photo; null for a photo that is not in our store. */
export function linkPreviewPath(photo: string): string | null {
  const named = readPicturePath(photo);
  return named && named.side === SIDES.photo.at(-1) ? `/pictures/${named.id}/${LINK_PREVIEW}` : null;
}

/** All renditions of the picture whose largest one a path names, the smallest first; none for another path. */
export function renditionsAt(path: string): readonly Readonly<{ path: string; side: number }>[] {
  const named = readPicturePath(path);
  const sides = Object.values(SIDES).find((ofKind) => ofKind.at(-1) === named?.side) ?? [];
  return named ? sides.map((side) => ({ path: picturePath(named.id, side), side })) : [];
}

/** Whether an address is on another host: pages show such a picture only after it was copied. */
export function isForeign(address: string): boolean {
  return /^https:\/\//.test(address);
}

/** Why a picture from another host could not be copied. `unreachable`, `not_found` and `unreadable` may pass. */
export const COPY_PROBLEMS = {
  not_public: "its address, or one it redirects to, is not on the public internet",
  unreachable: "its host gave no picture within ten seconds",
  not_found: "its host answered without a picture",
  too_many_redirects: "it redirects more than three times",
  too_large: "it has more than 5 MB",
  too_many_pixels: "it has more than 50 megapixels, or more than 12,000 pixels a side",
  not_a_picture: "it is not a JPEG, PNG or WebP",
  unreadable: "it cannot be decoded",
} as const;
export type CopyProblem = keyof typeof COPY_PROBLEMS;

/** Which pictures of a board could not be copied, and why. */
export type CopyProblems = Readonly<{ photo?: CopyProblem; gift?: CopyProblem }>;

/** What tells the copies of one picture from those of others. */
export function tagOfPicture(id: string): string {
  return `picture-${id}`;
}
