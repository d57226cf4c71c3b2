import type { MailContent } from "./content.ts";
import type { MailFacts } from "./facts.ts";
import type { MailKind } from "./kinds.ts";
import { boardClosed } from "./templates/board-closed.ts";
import { boardExpired } from "./templates/board-expired.ts";
import { boardLive } from "./templates/board-live.ts";
import { contributionReceived } from "./templates/contribution-received.ts";
import { goalReached } from "./templates/goal-reached.ts";

const TEMPLATES: Record<MailKind, (facts: MailFacts) => MailContent> = {
  board_live: boardLive,
  contribution_received: contributionReceived,
  goal_reached: goalReached,
  board_closed: boardClosed,
  board_expired: boardExpired,
};

export function composeMail(kind: MailKind, facts: MailFacts): MailContent {
  return TEMPLATES[kind](facts);
}
