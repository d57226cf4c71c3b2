import { cents } from "../money.ts";
import { addDays } from "../time.ts";
import type { BoardEventOf } from "./events.ts";
import type { BoardState, BoardTerms, Contribution, Flag } from "./state.ts";

const NEW_BOARD_DAYS = 1;
const NEW_BOARD_POT = cents(500_000);
const NEW_HOST_DAYS = 7;
const NEW_HOST_POT = cents(1_000_000);

type FlagOpened = BoardEventOf<"flag_opened">;
type FlagName = Pick<FlagOpened, "flag" | "contributionId" | "providerPaymentId">;

/** A flag is opened once: a repeated report of the same thing opens no second one. */
export function flagKey({ flag, contributionId, providerPaymentId }: FlagName): string {
  return [flag, contributionId ?? "", providerPaymentId ?? ""].join("/");
}

export function openFlags(state: BoardState): Flag[] {
  return [...state.flags.values()].filter(({ cleared }) => !cleared);
}

/** Empty when the flag was opened before, cleared or not. */
export function openFlag(state: BoardState, flag: Omit<FlagOpened, "type">): FlagOpened[] {
  return state.flags.has(flagKey(flag)) ? [] : [{ type: "flag_opened", ...flag }];
}

/** What is odd now that `contribution` is paid and the pot stands at `payable`. */
export function flagsOfCompletion(
  state: BoardState,
  terms: BoardTerms,
  contribution: Contribution,
  { payable, now }: { payable: number; now: Date },
): FlagOpened[] {
  // Test money endangers nothing.
  if (terms.sandbox) return [];
  const { id: contributionId, provider, signals } = contribution;
  const isYoung = (since: string | null, days: number) => since !== null && now < addDays(new Date(since), days);
  const flags = signals.flatMap((flag) =>
    openFlag(state, { flag, contributionId, provider, providerPaymentId: null, received: null }),
  );
  const ofBoard = (flag: FlagOpened["flag"]) =>
    openFlag(state, { flag, contributionId: null, provider: null, providerPaymentId: null, received: null });
  if (payable > NEW_BOARD_POT && isYoung(terms.openedAt, NEW_BOARD_DAYS)) flags.push(...ofBoard("new_board_spike"));
  if (payable > NEW_HOST_POT && isYoung(terms.hostSince, NEW_HOST_DAYS)) flags.push(...ofBoard("new_host"));
  return flags;
}
