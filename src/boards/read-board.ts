import type { PublicView, Receipt } from "#domain/board/public-view";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { boardCode, codeOfReference, parsePublicId } from "#domain/ids";
import { codeOfSlug } from "#domain/slug";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { callBoard } from "./board-object.ts";
import { isKnownMiss, rememberMiss } from "./negative-cache.ts";

/** A shared link on a busy morning does not queue at one object: a view is good for this long in an isolate. */
const VIEW_FRESH_MS = 1_000;
const MAX_VIEWS = 500;

type CachedView = { view: PublicView; fetchedAt: number; refreshing: boolean };
const views = new Map<string, CachedView>();

/** The code of the board that `idOrSlug` (`db_…`, a UUID or a slug) names, or null when it can name none. */
export function codeOf(idOrSlug: string): string | null {
  const boardId = parsePublicId("board", idOrSlug);
  return boardId ? boardCode(boardId) : codeOfSlug(idOrSlug);
}

/**
 * What a guest may see of the board, at most a second old. Null when there is no such board. A slug with another name
 * before the right code finds the board too: compare `view.slug`.
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
  if (cached) cached.refreshing = true;
  const view = await callBoard(services, code, (board) => board.view()).finally(() => {
    if (cached) cached.refreshing = false;
  });
  if (!view) {
    views.delete(code);
    rememberMiss(code, now);
    return null;
  }
  keep(code, { view, fetchedAt: now.getTime(), refreshing: false });
  return view;
}

/** The picture just seen for certain, for pages that must not show an older one. */
export function keepView(view: PublicView, now: Date): void {
  const code = codeOfSlug(view.slug);
  if (code) keep(code, { view, fetchedAt: now.getTime(), refreshing: false });
}

/** @throws ChipInError `not_found` when there is no such board, or it is another partner's. */
export async function getBoard(services: Services, partnerId: string, idOrSlug: string): Promise<BoardSnapshot> {
  const code = codeOf(idOrSlug);
  const now = services.now();
  if (!code || isKnownMiss(code, now)) throw noSuchBoard();
  const board = await callBoard(services, code, (stub) => stub.snapshot(partnerId));
  // Another partner's board is no miss: its guests still find it.
  if (!board || !names(board, idOrSlug)) throw noSuchBoard();
  return board;
}

/** What the payer may see of their own contribution; null unless the reference belongs to this board. */
export async function findReceipt(services: Services, slug: string, reference: string): Promise<Receipt | null> {
  const code = codeOfSlug(slug);
  if (!code || codeOfReference(reference) !== code || isKnownMiss(code, services.now())) return null;
  return await callBoard(services, code, (board) => board.receipt(reference));
}

/** Hands a page's WebSocket upgrade to its board. */
export async function connectLive(services: Services, slug: string, request: Request): Promise<Response> {
  const code = codeOfSlug(slug);
  if (!code || isKnownMiss(code, services.now())) return new Response(null, { status: 404 });
  const response = await callBoard(services, code, (board) => board.fetch(request));
  if (response.status === 404) rememberMiss(code, services.now());
  return response;
}

export function noSuchBoard(): ChipInError {
  return new ChipInError("not_found", "There is no such dream board.");
}

/** Ids share their last characters with the code only: a made-up id with a right ending names no board. */
export function names(board: BoardSnapshot, idOrSlug: string): boolean {
  const boardId = parsePublicId("board", idOrSlug);
  return boardId === null || boardId === board.id;
}

function keep(code: string, entry: CachedView): void {
  const oldest = views.size >= MAX_VIEWS && !views.has(code) ? views.keys().next().value : undefined;
  if (oldest !== undefined) views.delete(oldest);
  views.set(code, entry);
}
