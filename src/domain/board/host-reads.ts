import type { Cents } from "../money.ts";
import { type Owner, owns } from "./actor.ts";
import { wayToPay } from "./decide-payments.ts";
import { holdsAfter } from "./holds.ts";
import type { HoldReason, PaymentWay } from "./lifecycle.ts";
import {
  type MoneyStatement,
  moneyStatement,
  type StatementContribution,
  type StatementState,
  standingOf,
  withNames,
} from "./money-statement.ts";
import { netOf } from "./pot.ts";
import { type CountAndAmount, type EndPreview, openOf, previewEnding, returningOf } from "./preview-ending.ts";
import type { BoardProfile, ContributorProfile } from "./profile.ts";
import type { PublicView } from "./public-view.ts";
import { type BoardSnapshot, boardSnapshot } from "./snapshot.ts";
import type { BoardState } from "./state.ts";

/** Where the host's reads find a board: its state, and the profiles beside its log. */
export type ReadableBoard = Readonly<{
  state: Readonly<BoardState>;
  profile: BoardProfile | null;
  contributor(contributionId: string): ContributorProfile | null;
  view(now: Date): PublicView | null;
}>;

/** What the manage pages show in their frame, and on most tabs. `view` is null once the board is anonymised. */
export type HostOverview = Readonly<{
  board: BoardSnapshot;
  view: PublicView | null;
  /** What holds the payouts now, each reason once. */
  holds: readonly HoldReason[];
  open: CountAndAmount;
  returning: CountAndAmount;
  payoutEmail: string;
}>;

/** A paid contribution as its host sees it: the name and the message as typed. Amounts in cents, `paidAt` ISO 8601. */
export type HostContribution = Readonly<{
  id: string;
  paidAt: string;
  name: string | null;
  message: string | null;
  nameHidden: boolean;
  messageHidden: boolean;
  method: PaymentWay;
  amount: Cents;
  net: Cents;
  state: StatementState;
}>;

/** Whose board is meant, and which: ids share only their last characters with a code. */
type Named = Readonly<{ owner: Owner; boardId: string }>;

/** The reads of a board for its host's pages: what each needs and gives. All are null when it is not the owner's board. */
export type HostReads = {
  overview: { about: Named; answer: HostOverview | null };
  ending: { about: Named & Readonly<{ how: "close" | "cancel" }>; answer: EndPreview | null };
  /** The newest first, after the contribution `after`. `next` is what to ask for after; null at the end. */
  contributions: {
    about: Named & Readonly<{ after: string | null; limit: number }>;
    answer: Readonly<{ contributions: readonly HostContribution[]; next: string | null }> | null;
  };
  /** Totals, extras and payouts of all, with a page of the contributions: the newest first, after the contribution `after`. */
  statement: {
    about: Named & Readonly<{ after: string | null; limit: number }>;
    answer:
      | (Omit<MoneyStatement, "contributions"> &
          Readonly<{ contributions: readonly StatementContribution[]; next: string | null }>)
      | null;
  };
  /**
   * Every contribution, without names: all of it is one point in the log, because it is one answer. `too_long`: it has more
   * contributions than one answer holds.
   */
  ledger: { about: Named; answer: MoneyStatement | "too_long" | null };
  /** As typed, in the order of `ids`. */
  names: { about: Named & Readonly<{ ids: readonly string[] }>; answer: readonly (string | null)[] | null };
};

/** An answer of an object may have 32 MB, and a line has about 200 bytes. */
export const MOST_IN_A_LEDGER = 100_000;

/** These are in a module of their own, because every isolate loads the board and few requests come from its host. */
export function readForHost<Read extends keyof HostReads>(
  board: ReadableBoard,
  read: Read,
  about: HostReads[Read]["about"],
  now: Date,
): HostReads[Read]["answer"] {
  const { terms } = board.state;
  const isMeant = terms?.boardId === about.boardId && owns(about.owner, terms);
  return isMeant ? READERS[read](board, about, now) : null;
}

const READERS: {
  [Read in keyof HostReads]: (
    board: ReadableBoard,
    about: HostReads[Read]["about"],
    now: Date,
  ) => HostReads[Read]["answer"];
} = {
  overview: (board, _, now) => overviewOf(board, now),
  ending: ({ state, profile }, { how }, now) => previewEnding(state, how, { now, profile }),
  contributions: (board, about) => pageOf(board, about),
  statement: (board, { after, limit }) => {
    const statement = statementOf(board);
    if (!statement) return null;
    const newestFirst = statement.contributions.toReversed();
    const { page, next } = pageAfter(newestFirst, { after, limit });
    return { ...statement, contributions: withNames(page, board.contributor), next };
  },
  ledger: (board) => {
    const statement = statementOf(board);
    return statement && statement.contributions.length > MOST_IN_A_LEDGER ? "too_long" : statement;
  },
  names: ({ contributor }, { ids }) => ids.map((id) => contributor(id)?.name ?? null),
};

function overviewOf({ state, profile, view }: ReadableBoard, now: Date): HostOverview | null {
  const board = profile && boardSnapshot(state, profile);
  if (!board) return null;
  return {
    board,
    view: view(now),
    holds: [...new Set(holdsAfter(state, []).map(({ reason }) => reason))],
    open: openOf(state),
    returning: returningOf(state),
    payoutEmail: profile.payoutEmail,
  };
}

function statementOf({ state, contributor }: ReadableBoard): MoneyStatement | null {
  return state.terms && moneyStatement({ state, terms: state.terms, contributor });
}

/** `next`: the last of the page, where more follow. */
function pageAfter<Line extends Readonly<{ id: string }>>(
  lines: readonly Line[],
  { after, limit }: Readonly<{ after: string | null; limit: number }>,
): { page: readonly Line[]; next: string | null } {
  const from = after === null ? 0 : lines.findIndex(({ id }) => id === after) + 1;
  const page = lines.slice(from, from + limit);
  return { page, next: from + limit < lines.length ? (page.at(-1)?.id ?? null) : null };
}

function pageOf({ state, contributor }: ReadableBoard, { after, limit }: { after: string | null; limit: number }) {
  const { terms, hidden } = state;
  if (!terms) return null;
  const paid = [...state.contributions.values()]
    .flatMap((contribution) => {
      const standing = standingOf(contribution);
      const { completedAt: paidAt } = contribution;
      return standing === null || paidAt === null ? [] : [{ id: contribution.id, contribution, standing, paidAt }];
    })
    .toSorted((a, b) => compare(b.paidAt, a.paidAt) || compare(b.id, a.id));
  const { page, next } = pageAfter(paid, { after, limit });
  const contributions = page.map(({ contribution, standing, paidAt }): HostContribution => {
    const { id, amount } = contribution;
    const { name = null, message = null } = contributor(id) ?? {};
    const { name: nameHidden = false, message: messageHidden = false } = hidden.get(id) ?? {};
    const method = wayToPay(terms, contribution);
    const net = netOf(contribution);
    return { id, paidAt, name, message, nameHidden, messageHidden, method, amount, net, state: standing };
  });
  return { contributions, next };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
