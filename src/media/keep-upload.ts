import type { PictureKind } from "#domain/pictures";
import type { Services } from "#platform/services";
import { type Kept, keepPicture, refuse } from "./keep-picture.ts";
import { readCapped } from "./read-capped.ts";

export const MAX_UPLOAD_BYTES = 8_000_000;
/** For the other fields of the form, and what stands between them. */
const MAX_FORM_BYTES = 64_000;

/**
 * `fields`: the form's texts by name, empty when the body was too large to read. `picture`: null when no file was chosen.
 */
export type Upload = Readonly<{ fields: Readonly<Record<string, string>>; picture: Kept | null }>;

/**
 * Keeps the picture of a form, or of a request whose body is the file:
 *
 *     const { fields, picture } = await keepUpload(services, request, { kind: "photo", field: "photo" });
 *     if (picture && "refused" in picture) show(picture.reason, fields);
 *     else if (picture) draft.photo = picture.path;
 *
 * A form comes as `multipart/form-data`; `field` names its file. The body is counted while it is read: of one that is too large
 * the rest stays unread. Who may call it, and how often, is the route's to say. It must not stand behind a smaller limit of bodies.
 * @throws what Postgres and the bucket say
 */
export async function keepUpload(
  services: Services,
  request: Request,
  { kind, field }: Readonly<{ kind: PictureKind; field: string }>,
): Promise<Upload> {
  const type = request.headers.get("Content-Type") ?? "";
  const isForm = /^multipart\/form-data\b/i.test(type);
  const maxBytes = MAX_UPLOAD_BYTES + (isForm ? MAX_FORM_BYTES : 0);
  const body = request.body ? await readCapped(request.body, maxBytes) : new Uint8Array();
  if (!body) return { fields: {}, picture: refuse("too_large") };
  if (!isForm) return { fields: {}, picture: await keepPicture(services, body, kind) };
  const form = await new Response(body, { headers: { "Content-Type": type } }).formData().catch(() => null);
  if (!form) return { fields: {}, picture: refuse("unreadable") };
  const fields: Record<string, string> = {};
  for (const [name, value] of form) if (name !== field && typeof value === "string") fields[name] = value;
  const file = form.get(field);
  return { fields, picture: file instanceof File ? await keepFile(services, file, kind) : null };
}

/** A browser sends a file without a name when none was chosen. */
async function keepFile(services: Services, file: File, kind: PictureKind): Promise<Kept | null> {
  if (file.name === "" && file.size === 0) return null;
  if (file.size > MAX_UPLOAD_BYTES) return refuse("too_large");
  return await keepPicture(services, new Uint8Array(await file.arrayBuffer()), kind);
}
