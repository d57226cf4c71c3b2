import { pictureKey, readPicturePath } from "#domain/pictures";
import type { Services } from "#platform/services";

/** The rendition at a path, to be sent; null when there is none. */
export async function findRendition({ pictures }: Pick<Services, "pictures">, path: string) {
  const named = readPicturePath(path);
  const found = named && (await pictures.get(pictureKey(named.id, named.side)));
  return found && { id: named.id, body: found.body, size: found.size };
}
