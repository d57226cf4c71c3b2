import { pictures } from "#database/own-tables";
import { LINK_PREVIEW, type PictureKind, picturePath, SIDES } from "#domain/pictures";
import { messageOf } from "#platform/log";
import type { Encoding } from "#platform/pictures";
import type { Services } from "#platform/services";
import { inspectFile, type Measured, REFUSALS, type Refusal } from "./sniff.ts";

const FORMAT = "image/webp";
/** A photo as a phone shows it, 384 pixels wide, has 40 KB at most where the encoder knows qualities. */
const MAX_BYTES_PER_PIXEL = 0.27;
const QUALITIES = [75, 60, 45] as const;

/** `path`: for the board's profile and for `src`. `reason`: a sentence for the person who chose the file. */
export type Kept = Readonly<{ path: string }> | Readonly<{ refused: Refusal; reason: string }>;

/**
 * Stores a picture under a random name, encoded again in the sizes of its kind. It belongs to no board until `claimPictures`;
 * without one it is deleted after seven days. @param file its bytes, already capped @throws what Postgres and the bucket say
 */
export async function keepPicture(services: Services, file: Uint8Array, kind: PictureKind): Promise<Kept> {
  const inspected = inspectFile(file);
  if (typeof inspected === "string") return refuse(inspected);
  const encoded = await encodeAll(services, { file, kind, ...inspected });
  if (!encoded) return refuse("unreadable");
  const preview = kind === "photo" ? await previewOf(services, encoded.at(-1)?.rendition ?? file) : [];
  const stored = [
    ...encoded.map(({ side, rendition }) => ({ name: `${side}.webp`, type: FORMAT, file: rendition })),
    ...preview,
  ];
  const id = crypto.randomUUID();
  const bytes = stored.reduce((sum, one) => sum + one.file.byteLength, 0);
  // First, so that the sweep knows of whatever is stored.
  await services.database.insert(pictures).values({ id, kind, bytes, createdAt: services.now() });
  await Promise.all(stored.map((one) => services.pictures.put(`${id}/${one.name}`, one.file, one.type)));
  return { path: picturePath(id, Math.max(...SIDES[kind])) };
}

export function refuse(refused: Refusal): Extract<Kept, { refused: Refusal }> {
  return { refused, reason: REFUSALS[refused] };
}

/** None when it cannot be made: a photo does not depend on it. */
async function previewOf(services: Services, photo: Uint8Array) {
  try {
    const { makeLinkPreview } = await import("./link-preview.ts");
    return [{ name: LINK_PREVIEW, type: "image/jpeg", file: await makeLinkPreview(services, photo) }];
  } catch (error) {
    services.log({ event: "link_preview_not_made", error: messageOf(error) });
    return [];
  }
}

/** Null when the picture cannot be decoded. */
async function encodeAll({ images, log }: Services, picture: Measured & { file: Uint8Array; kind: PictureKind }) {
  const { file, kind, width, height } = picture;
  const fit = kind === "photo" ? "crop" : "scale-down";
  try {
    return await Promise.all(
      SIDES[kind].map(async (side) => {
        // A square of a small photo is a smaller square.
        const length = kind === "photo" ? Math.min(side, width, height) : side;
        const box = { width: length, height: length, fit, format: FORMAT } as const;
        return { side, rendition: await encodeWithin(images, file, box) };
      }),
    );
  } catch (error) {
    log({ event: "picture_not_encoded", kind, error: messageOf(error) });
    return null;
  }
}

/** By the best quality with which a rendition has its bytes. */
async function encodeWithin(images: Services["images"], file: Uint8Array, box: Omit<Encoding, "quality">) {
  let rendition = await images.encode(file, { ...box, quality: QUALITIES[0] });
  for (const quality of QUALITIES.slice(1)) {
    if (rendition.byteLength <= box.width * box.height * MAX_BYTES_PER_PIXEL) break;
    rendition = await images.encode(file, { ...box, quality });
  }
  return rendition;
}
