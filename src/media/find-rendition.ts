import { pictureKeyAt } from "#domain/pictures";
import type { Services } from "#platform/services";

/** What a path shows, to be sent; null when there is nothing. */
export async function findRendition({ pictures }: Pick<Services, "pictures">, path: string) {
  const named = pictureKeyAt(path);
  const found = named && (await pictures.get(named.key));
  const type = path.endsWith(".jpg") ? "image/jpeg" : "image/webp";
  return found && { id: named.id, body: found.body, size: found.size, type };
}
