import { cents } from "../money.ts";
import type { Standing } from "./events.ts";
import type { BoardState, Contribution } from "./state.ts";

export function isOpen({ status }: Pick<BoardState, "status">): boolean {
  return status === "active" || status === "funded";
}

/** Where the board stands when nothing but its status changes. */
export function standing(state: BoardState, status: Standing["status"] = state.status): Standing {
  return { status, raised: state.raised, contributionCount: state.contributionCount };
}

export function standingWith(state: BoardState, { amount, fee }: Contribution): Standing {
  const raised = cents(state.raised + amount - fee);
  return { status: state.status, raised, contributionCount: state.contributionCount + 1 };
}

export function standingWithout(state: BoardState, { amount, fee }: Contribution): Standing {
  const raised = cents(state.raised - (amount - fee));
  return { status: state.status, raised, contributionCount: state.contributionCount - 1 };
}

export function findContribution(state: BoardState, contributionId: string): Contribution | undefined {
  return state.contributions.get(state.references.get(contributionId) ?? "");
}
