import type { BoardSnapshot } from "#domain/board/snapshot";
import { publicId } from "#domain/ids";
import { COPY_PROBLEMS, type CopyProblem } from "#domain/pictures";
import { absolute, presentGift, presentOverflowGift } from "./gift.ts";

/**
 * The board resource of the partner API and of webhook payloads. It holds neither e-mail address nor card number.
 * (product-facts 12.2) `publicOrigin` is the origin of the guest pages, without a trailing slash.
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
    sandbox: board.sandbox,
    public_url: `${publicOrigin}/${board.slug}`,
    created_at: board.createdAt,
    updated_at: board.updatedAt,
  };
}

/** Which of the board's pictures guests do not see, and why. */
export function copyWarnings({ copyProblems = {}, gift }: BoardSnapshot): { field: string; reason: string }[] {
  const ofGift = gift.type === "philanthropy" ? "gift_data.cause_image" : "gift_data.product_image";
  const warningOf = (field: string, problem: CopyProblem | undefined) =>
    problem ? [{ field, reason: `could not be copied, so guests see a drawing: ${COPY_PROBLEMS[problem]}` }] : [];
  return [...warningOf("child_photo_url", copyProblems.photo), ...warningOf(ofGift, copyProblems.gift)];
}
