import type { Owner } from "#domain/board/actor";
import type { PublicView, Receipt } from "#domain/board/public-view";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { codeOfReference } from "#domain/ids";
import { codeOfSlug } from "#domain/slug";
import type { Services } from "#platform/services";
import { boardIdOf, callBoard, codeOf, noSuchBoard } from "./call-board.ts";
import { countMiss, refuseGuesser, rememberBoard } from "./guesses.ts";
import { isKnownMiss, rememberMiss } from "./negative-cache.ts";

/** A shared link on a busy morning does not queue at one object: a view is good for this long in an isolate. */
const VIEW_FRESH_MS = 1_000;
const MAX_VIEWS = 500;

type CachedView = { view: PublicView; fetchedAt: number; refreshing: boolean };
const views = new Map<string, CachedView>();

/**
 * What a guest may see of the board, at most a second old. Null when there is no such board. A slug with another name
 * before the right code finds the board too: compare `view.slug`.
 * @throws ChipInError `unavailable`, `rate_limited` (the sender guesses links).
 */
export async function findPublicView(services: Services, slug: string): Promise<PublicView | null> {
  const code = codeOfSlug(slug);
  if (!code) return null;
  const now = services.now();
  const cached = views.get(code);
  // While one request refreshes, the others keep the picture they have for one more moment.
  const fresh = cached && now.getTime() - cached.fetchedAt < VIEW_FRESH_MS * (cached.refreshing ? 2 : 1);
  if (fresh) return cached.view;
  if (isKnownMiss(code, now)) return null;
  refuseGuesser(services, code);
  if (cached) cached.refreshing = true;
  const view = await callBoard(services, code, (board) => board.read("view", {})).finally(() => {
    if (cached) cached.refreshing = false;
  });
  if (!view) {
    views.delete(code);
    rememberMiss(code, now);
    await countMiss(services);
    return null;
  }
  rememberBoard(services, code);
  keep(code, { view, fetchedAt: now.getTime(), refreshing: false });
  return view;
}

/** The picture just seen for certain, for pages that must not show an older one. */
export function keepView(view: PublicView, now: Date): void {
  const code = codeOfSlug(view.slug);
  if (code) keep(code, { view, fetchedAt: now.getTime(), refreshing: false });
}

/** @throws ChipInError `not_found` when there is no such board, or it is another owner's. */
export async function getBoard(services: Services, owner: Owner, idOrSlug: string): Promise<BoardSnapshot> {
  const boardId = boardIdOf({ idOrSlug });
  const code = codeOf(boardId === null ? { idOrSlug } : { boardId });
  // An anonymised board is a miss for guests only.
  if (!code) throw noSuchBoard();
  const board = await callBoard(services, code, (stub) => stub.read("snapshot", { owner }));
  // Another owner's board exists: its guests still find it.
  if (!board || (boardId !== null && boardId !== board.id)) throw noSuchBoard();
  return board;
}

/** What the payer may see of their own contribution; null unless the reference belongs to this board. */
export async function findReceipt(services: Services, slug: string, reference: string): Promise<Receipt | null> {
  const code = codeOfSlug(slug);
  if (!code || codeOfReference(reference) !== code || isKnownMiss(code, services.now())) return null;
  refuseGuesser(services, code);
  const receipt = await callBoard(services, code, (board) => board.read("receipt", { reference }));
  if (!receipt) await countMiss(services);
  return receipt;
}

function keep(code: string, entry: CachedView): void {
  const oldest = views.size >= MAX_VIEWS && !views.has(code) ? views.keys().next().value : undefined;
  if (oldest !== undefined) views.delete(oldest);
  views.set(code, entry);
}
