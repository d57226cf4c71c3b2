import { isolated } from "#domain/isolate";
import type { AdminFacts } from "./admin-facts.ts";
import type { MailContent } from "./content.ts";
import type { EndpointFacts } from "./endpoint-facts.ts";
import type { BoardFacts, MailFacts } from "./facts.ts";
import type { HostMailKind } from "./kinds.ts";
import { boardCancelled } from "./templates/board-cancelled.ts";
import { boardClosed } from "./templates/board-closed.ts";
import { boardExpired } from "./templates/board-expired.ts";
import { boardLive } from "./templates/board-live.ts";
import { boardReported } from "./templates/board-reported.ts";
import { closingTomorrow } from "./templates/closing-tomorrow.ts";
import { contributionReceived } from "./templates/contribution-received.ts";
import { endpointDisabled } from "./templates/endpoint-disabled.ts";
import { endpointFailing } from "./templates/endpoint-failing.ts";
import { goalReached } from "./templates/goal-reached.ts";
import { moneyNeedsAPerson } from "./templates/money-needs-a-person.ts";
import { payoutFailed } from "./templates/payout-failed.ts";
import { payoutSent, type SentPayout } from "./templates/payout-sent.ts";
import { payoutsWaiting } from "./templates/payouts-waiting.ts";
import { settlementDifference } from "./templates/settlement-difference.ts";

const SECOND_PARENT_REASON =
  "You get this e-mail because you look after a dream board on ChipIn together with its host.";

const TEMPLATES: Record<HostMailKind, (facts: MailFacts) => MailContent> = {
  board_live: boardLive,
  contribution_received: contributionReceived,
  goal_reached: goalReached,
  closing_tomorrow: closingTomorrow,
  board_closed: boardClosed,
  board_expired: boardExpired,
  board_cancelled: boardCancelled,
};

export function composeMail(kind: HostMailKind, facts: MailFacts, to: "host" | "second_parent" = "host"): MailContent {
  const content = TEMPLATES[kind]({ ...facts, board: withIsolatedName(facts.board) });
  return to === "host" ? content : { ...content, reason: SECOND_PARENT_REASON };
}

export function composePayeeMail(board: BoardFacts, payout: SentPayout): MailContent {
  return payoutSent(withIsolatedName(board), payout);
}

function withIsolatedName(board: BoardFacts): BoardFacts {
  return { ...board, childName: isolated(board.childName) };
}

export function composeAdminMail(facts: AdminFacts): MailContent {
  switch (facts.about) {
    case "board":
      return moneyNeedsAPerson(facts);
    case "settlement":
      return settlementDifference(facts);
    case "waiting_payouts":
      return payoutsWaiting(facts);
    case "failed_payout":
      return payoutFailed(facts);
    case "reports":
      return boardReported(facts);
    default:
      return facts satisfies never;
  }
}

export function composePartnerMail(facts: EndpointFacts): MailContent {
  switch (facts.about) {
    case "failing_endpoint":
      return endpointFailing(facts);
    case "disabled_endpoint":
      return endpointDisabled(facts);
    default:
      return facts satisfies never;
  }
}
