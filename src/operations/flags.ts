import { and, eq, sql } from "drizzle-orm";
import { boardFlags } from "#database/payment-tables";
import type { FlagKind } from "#domain/board/lifecycle";
import type { Services } from "#platform/services";
import { type RecordedAction, recordOnBoard } from "./record-on-board.ts";

export type FlagToClear = Readonly<{
  boardId: string;
  flag: FlagKind;
  contributionId: string | null;
  providerPaymentId: string | null;
  /** Kept beside the log. */
  note: string;
}>;

/** A person has looked: the flag holds nothing up any more. @throws ChipInError `not_found`. */
export async function clearFlag(services: Services, { note, boardId, ...flag }: FlagToClear): Promise<RecordedAction> {
  const action = await recordOnBoard(services, boardId, { type: "clear_flag", ...flag });
  await services.database
    .update(boardFlags)
    .set({ note })
    .where(
      and(
        eq(boardFlags.dreamBoardId, boardId),
        eq(boardFlags.flag, flag.flag),
        sql`${boardFlags.contributionId} IS NOT DISTINCT FROM ${flag.contributionId}::uuid`,
        sql`${boardFlags.providerPaymentId} IS NOT DISTINCT FROM ${flag.providerPaymentId}`,
      ),
    );
  return action;
}
