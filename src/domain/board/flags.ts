import { cents } from "../money.ts";
import { addDays } from "../time.ts";
import type { BoardEvent } from "./events.ts";
import type { BoardState, BoardTerms, Contribution, Flag } from "./state.ts";

/** What may be odd about a contribution while it is begun; it counts once its money is there. (product-facts 16) */
export const SIGNALS = ["unexpected_country"] as const;
export type Signal = (typeof SIGNALS)[number];

/** Why a person must look before this board is paid out. (product-facts 16) */
export const FLAG_KINDS = [
  ...SIGNALS,
  "high_value",
  "new_board_spike",
  "new_host",
  /** a provider took another amount than we asked for */
  "amount_mismatch",
  /** a refund that was paid out came back from the bank */
  "refund_returned",
] as const;
export type FlagKind = (typeof FLAG_KINDS)[number];

const NEW_BOARD_DAYS = 1;
const NEW_BOARD_POT = cents(500_000);
const NEW_HOST_DAYS = 7;
const NEW_HOST_POT = cents(1_000_000);
/** Unreachable as long as no contribution may be larger. (product-facts X 16) */
const HIGH_VALUE = cents(1_000_000);

type FlagRaised = Extract<BoardEvent, { type: "flag_raised" }>;
type FlagName = Pick<FlagRaised, "flag" | "contributionId" | "providerPaymentId">;

/** One flag stands once: the same thing told again is old news. */
export function flagKey({ flag, contributionId, providerPaymentId = "" }: FlagName): string {
  return [flag, contributionId ?? "", providerPaymentId].join("/");
}

export function openFlags(state: BoardState): Flag[] {
  return [...state.flags.values()].filter(({ cleared }) => !cleared);
}

/** Nothing when it has been raised before, cleared or not. */
export function raise(state: BoardState, flag: Omit<FlagRaised, "type">): FlagRaised[] {
  return state.flags.has(flagKey(flag)) ? [] : [{ type: "flag_raised", ...flag }];
}

/** What is odd now that `contribution` is paid and the pot stands at `raised`. */
export function flagsOfCompletion(
  state: BoardState,
  terms: BoardTerms,
  contribution: Contribution,
  { raised, now }: { raised: number; now: Date },
): FlagRaised[] {
  const { id: contributionId, amount, signals } = contribution;
  const isYoung = (since: string | null, days: number) => since !== null && now < addDays(new Date(since), days);
  const flags = signals.flatMap((flag) => raise(state, { flag, contributionId }));
  if (amount > HIGH_VALUE) flags.push(...raise(state, { flag: "high_value", contributionId }));
  if (raised > NEW_BOARD_POT && isYoung(state.openedAt, NEW_BOARD_DAYS)) {
    flags.push(...raise(state, { flag: "new_board_spike", contributionId: null }));
  }
  if (raised > NEW_HOST_POT && isYoung(terms.hostSince, NEW_HOST_DAYS)) {
    flags.push(...raise(state, { flag: "new_host", contributionId: null }));
  }
  return flags;
}
