import type { BoardSnapshot } from "#domain/board/snapshot";
import { publicId } from "#domain/ids";
import { absolute, presentGift, presentOverflowGift } from "./gift.ts";

export type WireBoard = ReturnType<typeof presentBoard>;

/**
 * The board object of the partner API and of webhook payloads. Never the host's or the payout e-mail, never a card
 * number. (product-facts 12.2) `publicOrigin` is where guests meet us, no trailing slash.
 */
export function presentBoard(board: BoardSnapshot, publicOrigin: string) {
  return {
    id: publicId("board", board.id),
    slug: board.slug,
    child_name: board.childName,
    child_photo_url: absolute(board.childPhotoUrl, publicOrigin),
    birthday_date: board.birthdayDate,
    gift_type: board.giftType,
    gift_data: presentGift(board.gift, publicOrigin),
    payout_method: board.payoutMethod,
    overflow_gift_data: board.overflowGift && presentOverflowGift(board.overflowGift),
    goal_cents: board.goal as number,
    raised_cents: board.raised as number,
    payable_cents: board.payable as number,
    overflow_cents: board.overflow as number,
    message: board.message,
    deadline: board.deadline,
    status: board.status,
    display_mode: board.displayMode,
    contribution_count: board.contributionCount,
    public_url: `${publicOrigin}/${board.slug}`,
    created_at: board.createdAt,
    updated_at: board.updatedAt,
  };
}
