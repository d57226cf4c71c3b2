import { isForeign } from "#domain/pictures";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { claimPictures } from "./claim-pictures.ts";

/**
 * The board shows these pictures from now on: its own are claimed, and what is left to do is queued (`media/copy-pictures.ts`).
 * Fails nothing: the queue's consumer claims too, and a job finds boards whose pictures were not copied.
 */
export async function arrangePictures(
  services: Services,
  boardId: string,
  addresses: readonly string[],
): Promise<void> {
  const { queues, log } = services;
  const note = (error: unknown) => log({ event: "pictures_not_arranged", error: messageOf(error) });
  await Promise.all([
    claimPictures(services, boardId, addresses).catch(note),
    addresses.some((address) => isForeign(address) || address.startsWith("/pictures/"))
      ? queues.pictureCopies.sendBatch([{ body: { boardId } }]).catch(note)
      : null,
  ]);
}
