import type { Owner } from "#domain/board/actor";
import type { PublicView, Receipt } from "#domain/board/public-view";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { codeOfReference } from "#domain/ids";
import { codeOfSlug } from "#domain/slug";
import { ChipInError } from "#platform/errors";
import type { BoardServices, Services } from "#platform/services";
import {
  type Copy,
  copyOf,
  forgetCopy,
  isKnownMiss,
  keepCopy,
  lastFailure,
  rememberFailure,
  rememberMiss,
} from "./board-copies.ts";
import { boardIdOf, callBoard, codeOf, noAnswer, noSuchBoard, PATIENCE_MS } from "./call-board.ts";
import { countMiss, refuseGuesser, rememberBoard } from "./guesses.ts";

/** A shared link on a busy morning does not queue at one object: a copy is good for this long in an isolate. */
const FRESH_MS = 1_000;
/** While one request refreshes, and for a while after a board did not answer, the others keep the copy they have. */
const STILL_CURRENT_MS = 2_000;
/** A board that did not answer is not asked again for so long. Without a copy the others are refused meanwhile. */
const RETRY_MS = 1_000;
/** A request waits no longer for a board of which there is a copy. */
const PATIENCE_WITH_COPY_MS = 1_000;
/** The oldest copy that is shown for a board that does not answer. */
const MAX_AGE_MS = 300_000;

/** `isCurrent`: it shows the board as of two seconds ago at most. Otherwise the board does not answer, and the answer may not be stored. */
export type SeenView = Readonly<{ view: PublicView; isCurrent: boolean }>;

/**
 * What a guest may see of the board. Null when there is no such board. A slug with another name before the right code finds
 * the board too: compare `view.slug`.
 * @throws ChipInError `unavailable` when the board does not answer and there is no copy of the last five minutes;
 *   `rate_limited` when the sender guesses links.
 */
export async function seeView(services: BoardServices, slug: string): Promise<SeenView | null> {
  const code = codeOfSlug(slug);
  if (!code) return null;
  const recalled = recallView(services, code, services.now());
  if (recalled) return recalled;
  const copy = copyOf(services, code);
  const known = copy && fromCopy(copy, services.now().getTime());
  if (isKnownMiss(services, code)) return null;
  refuseGuesser(services, code);
  if (!known && services.now().getTime() - lastFailure(services, code) < RETRY_MS) throw noAnswer();
  if (copy) copy.isRefreshing = true;
  try {
    const timeoutMs = known ? PATIENCE_WITH_COPY_MS : PATIENCE_MS.read;
    const view = await callBoard(services, code, (board) => board.read("view", {}), timeoutMs);
    const newer = copyOf(services, code);
    // A command's answer came in meanwhile, and may be later than this one.
    if (view && newer && newer !== copy) return { view: newer.view, isCurrent: true };
    if (!view) {
      forgetCopy(services, code);
      rememberMiss(services, code);
      await countMiss(services);
      return null;
    }
    rememberBoard(services, code);
    keepCopy(services, code, view);
    return { view, isCurrent: true };
  } catch (error) {
    const now = services.now().getTime();
    if (copy) copy.failedAt = now;
    const newest = copyOf(services, code);
    const shown = newest && fromCopy(newest, now);
    if (!(error instanceof ChipInError && error.code === "unavailable")) throw error;
    if (shown) return shown;
    rememberFailure(services, code);
    throw error;
  } finally {
    if (copy) copy.isRefreshing = false;
  }
}

/** What this isolate remembers of the board with this code; null when the board has to be asked. */
export function recallView(services: Pick<BoardServices, "settings">, code: string, now: Date): SeenView | null {
  const copy = copyOf(services, code);
  const at = now.getTime();
  return copy && !isWorthAsking(copy, at) ? fromCopy(copy, at) : null;
}

/** As `seeView`, for callers to whom it does not matter how current it is. */
export async function findPublicView(services: Services, slug: string): Promise<PublicView | null> {
  return (await seeView(services, slug))?.view ?? null;
}

/** The picture just seen for certain, for pages that must not show an older one. */
export function keepView(services: Services, view: PublicView): void {
  const code = codeOfSlug(view.slug);
  if (code) keepCopy(services, code, view);
}

/** @throws ChipInError `not_found` when there is no such board, or it is another owner's. */
export async function getBoard(services: Services, owner: Owner, idOrSlug: string): Promise<BoardSnapshot> {
  const board = await findBoard(services, owner, idOrSlug);
  if (!board) throw noSuchBoard();
  return board;
}

/** Null when there is no such board, or it is another owner's. */
export async function findBoard(services: Services, owner: Owner, idOrSlug: string): Promise<BoardSnapshot | null> {
  const boardId = boardIdOf({ idOrSlug });
  const code = codeOf(boardId === null ? { idOrSlug } : { boardId });
  // An anonymised board is a miss for guests only.
  if (!code) return null;
  const board = await callBoard(services, code, (stub) => stub.read("snapshot", { owner }));
  // Another owner's board exists: its guests still find it.
  return board && (boardId === null || boardId === board.id) ? board : null;
}

/** What the payer may see of their own contribution; null unless the reference belongs to this board. */
export async function findReceipt(services: Services, slug: string, reference: string): Promise<Receipt | null> {
  const code = codeOfSlug(slug);
  if (!code || codeOfReference(reference) !== code || isKnownMiss(services, code)) return null;
  refuseGuesser(services, code);
  const receipt = await callBoard(services, code, (board) => board.read("receipt", { reference }));
  if (!receipt) await countMiss(services);
  return receipt;
}

function isWorthAsking({ at, isRefreshing, failedAt }: Copy, now: number): boolean {
  if (now - at < FRESH_MS || now - failedAt < RETRY_MS) return false;
  // Another request asks already. The others wait with them only for a board that is likely to answer.
  return !isRefreshing || (failedAt === 0 && now - at >= STILL_CURRENT_MS);
}

/** What a copy of this age may show; null when it is too old. The gift of a board near its goal may be funded by now. */
function fromCopy({ view, at }: Copy, now: number): SeenView | null {
  const age = now - at;
  if (age < STILL_CURRENT_MS) return { view, isCurrent: true };
  if (age >= MAX_AGE_MS) return null;
  const mayBeFunded = view.phase === "open" && view.nearGoal !== false && view.gift?.kind === "product";
  return { view: mayBeFunded ? withoutGift(view) : view, isCurrent: false };
}

const giftless = new WeakMap<PublicView, PublicView>();

/** The same object for the same view, so that its page is rendered once. */
function withoutGift(view: PublicView): PublicView {
  const known = giftless.get(view) ?? { ...view, gift: null };
  giftless.set(view, known);
  return known;
}
