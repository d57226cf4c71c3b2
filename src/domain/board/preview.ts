import type { PayoutMethod } from "../gift.ts";
import { boardCode } from "../ids.ts";
import type { Cents } from "../money.ts";
import { boardSlug } from "../slug.ts";
import { SYSTEM } from "./actor.ts";
import { decide } from "./decide.ts";
import { evolve } from "./evolve.ts";
import type { BoardProfile } from "./profile.ts";
import { type PublicView, publicView } from "./public-view.ts";
import { unopenedBoard } from "./state.ts";

export type UnopenedBoard = Readonly<{
  boardId: string;
  partnerId: string;
  hostId: string;
  profile: Omit<BoardProfile, "slug">;
  payoutMethod: PayoutMethod;
  goal: Cents;
  deadline: Date;
}>;

/** A board as its guests will see it, before it is opened. Null when it could not be opened now. */
export function previewBoard({ boardId, profile, ...terms }: UnopenedBoard, now: Date): PublicView | null {
  const giftType = profile.gift.type;
  const command = { type: "open_board", boardId, hostSince: null, giftType, sandbox: false, ...terms } as const;
  const { events } = decide(unopenedBoard(), command, { now, at: now, by: SYSTEM });
  const state = events.reduce((so, event) => evolve(so, event, now.toISOString()), unopenedBoard());
  const slug = boardSlug(profile.childName, boardCode(boardId));
  return publicView({ state, profile: { ...profile, slug }, nameOf: () => null }, now);
}
