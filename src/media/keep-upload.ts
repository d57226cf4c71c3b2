import { MAX_UPLOAD_BYTES, type PictureKind } from "#domain/pictures";
import type { Services } from "#platform/services";
import { type Kept, keepPicture, refuse } from "./keep-picture.ts";

/** `file`: the form's field. `waitMs`: until this host may send one more picture. */
export type Upload = Readonly<{ file: unknown; kind: PictureKind; waitMs?: number | undefined }>;

/**
 * Keeps the picture of a form; null when none was chosen. The file was read with the form, which has a limit of its own.
 * @throws what Postgres and the bucket say
 */
export async function keepUpload(services: Services, { file, kind, waitMs = 0 }: Upload): Promise<Kept | null> {
  if (!(file instanceof File) || (file.name === "" && file.size === 0)) return null;
  if (file.size > MAX_UPLOAD_BYTES) return refuse("too_large");
  if (waitMs > 0) return refuse("too_many");
  return await keepPicture(services, new Uint8Array(await file.arrayBuffer()), kind);
}
