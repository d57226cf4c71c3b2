export const PICTURE_KINDS = ["photo", "gift", "cause"] as const;
/** `photo`: of a child, a square. `gift`, `cause`: a thing, whole. */
export type PictureKind = (typeof PICTURE_KINDS)[number];

/** What of a kind is stored: the sides of the squares that its renditions fit into, in pixels, the largest last. */
export const SIDES = {
  photo: [192, 384, 640],
  gift: [320, 640, 960],
  cause: [320, 640, 960],
} as const satisfies Record<PictureKind, readonly number[]>;

/** `/pictures/{id}/{side}.webp` */
export function picturePath(id: string, side: number): string {
  return `/pictures/${id}/${side}.webp`;
}

export function pictureKey(id: string, side: number): string {
  return `${id}/${side}.webp`;
}

const PATH = /^\/pictures\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/([1-9]\d{1,3})\.webp$/;

/** Which rendition of which picture a path names; null when it names none of ours. */
export function readPicturePath(path: string): Readonly<{ id: string; side: number }> | null {
  const [, id, side] = PATH.exec(path) ?? [];
  return id === undefined || side === undefined ? null : { id, side: Number(side) };
}

/** What tells the copies of one picture from those of others. */
export function tagOfPicture(id: string): string {
  return `picture-${id}`;
}
