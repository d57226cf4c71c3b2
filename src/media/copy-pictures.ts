import { executeOnBoard } from "#boards/call-board";
import { claimPictures } from "#boards/claim-pictures";
import { findBoard } from "#boards/read-board";
import { ADMIN, SYSTEM } from "#domain/board/actor";
import type { PictureCopy } from "#domain/board/commands";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { pictureOf } from "#domain/gift";
import { boardCode } from "#domain/ids";
import { type CopyProblem, isForeign, type PictureKind } from "#domain/pictures";
import type { Services } from "#platform/services";
import type { Fetch } from "#webhooks/public-host";
import { deleteReplaced } from "./delete-pictures.ts";
import { fetchPicture } from "./fetch-picture.ts";
import { keepPicture } from "./keep-picture.ts";
import type { Refusal } from "./sniff.ts";

type CopyOptions = Readonly<{ fetch?: Fetch; timeoutMs?: number }>;

/**
 * Brings the board's pictures from other hosts into our store, and deletes those of ours that it does not show any more. It may
 * be repeated, and run beside itself: an address that the board no longer has is left alone.
 * @throws what the board, Postgres or the bucket say
 */
export async function copyPictures(services: Services, boardId: string, options: CopyOptions = {}): Promise<void> {
  const board = await findBoard(services, ADMIN, boardId);
  if (!board) return;
  const copies = (await Promise.all(picturesOf(board).map((picture) => copy(services, picture, options)))).filter(
    (made) => made !== null,
  );
  if (copies.length > 0) {
    const code = boardCode(boardId);
    const context = { boardId, waitForProjection: true };
    await executeOnBoard({ ...services, actor: SYSTEM }, code, { type: "copy_pictures", copies }, context);
    for (const made of copies) {
      const outcome = "problem" in made ? made.problem : "copied";
      services.log({ event: "picture_copy", board: code, picture: made.of, outcome });
    }
  }
  const findShown = async () => {
    const shown = await findBoard(services, ADMIN, boardId);
    return shown ? picturesOf(shown).map(({ from }) => from) : [];
  };
  await claimPictures(services, boardId, await findShown());
  await deleteReplaced(services, boardId, findShown);
}

type Picture = Readonly<{ of: PictureCopy["of"]; kind: PictureKind; from: string }>;

function picturesOf({ childPhotoUrl, gift }: BoardSnapshot): Picture[] {
  return [
    { of: "photo", kind: "photo", from: childPhotoUrl },
    { of: "gift", kind: gift.type === "philanthropy" ? "cause" : "gift", from: pictureOf(gift) },
  ];
}

/** Null for a picture that is on our own host already. */
async function copy(
  services: Services,
  { of, kind, from }: Picture,
  { fetch = (url, init) => globalThis.fetch(url, init), timeoutMs }: CopyOptions,
): Promise<PictureCopy | null> {
  if (!isForeign(from) || from.startsWith(`${services.settings.PUBLIC_ORIGIN}/`)) return null;
  const file = await fetchPicture(services.settings, from, { fetch, ...(timeoutMs !== undefined && { timeoutMs }) });
  if (typeof file === "string") return { of, from, problem: file };
  const kept = await keepPicture(services, file, kind);
  return "path" in kept ? { of, from, to: kept.path } : { of, from, problem: problemOf(kept.refused) };
}

function problemOf(refusal: Refusal): CopyProblem {
  switch (refusal) {
    case "too_large":
    case "too_many_pixels":
    case "unreadable":
      return refusal;
    default:
      return "not_a_picture";
  }
}
