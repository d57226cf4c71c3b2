import { boardCode, paymentReference } from "../ids.ts";
import type { Cents } from "../money.ts";
import { type Actor, type Owner, owns } from "./actor.ts";
import { anonymisedProfile, type MoneyUnderWay, moneyUnderWay } from "./anonymise.ts";
import { chainHash, GENESIS_HASH } from "./chain.ts";
import type { BoardCommand, Refusal } from "./commands.ts";
import { decide } from "./decide.ts";
import type { BoardEvent, Hold, Payout, RecordedEvent, StoredEvent } from "./events.ts";
import { evolve, foldContribution } from "./evolve.ts";
import { holdsAfter } from "./holds.ts";
import { type Journal, type JournalEntry, journalEntry, type ProfileWrites } from "./journal.ts";
import type { BoardStatus, PaymentProviderName, RefundStatus } from "./lifecycle.ts";
import { type Pot, potOf, recount } from "./pot.ts";
import { type BoardProfile, copiedProfile, updatedProfile } from "./profile.ts";
import { endsCopies, isFunded, type PublicView, publicView, type Receipt, receiptOf } from "./public-view.ts";
import {
  CATALOGUE,
  type EventCatalogue,
  isReadable,
  readEvent,
  storedForm,
  type UnreadableEvent,
} from "./read-event.ts";
import { type BoardSnapshot, boardSnapshot } from "./snapshot.ts";
import { type BoardState, type Contribution, contributionByReference, unopenedBoard } from "./state.ts";

export type CommandContext = Readonly<{
  /** The clock. An event is never recorded earlier than the one before it. */
  at: Date;
  by: Actor;
  /** As whom the actor acts, where the board is not their own: a second parent. */
  owner?: Owner;
  /** The board the caller means, where it names one by id: ids share only their last characters with a code. */
  boardId?: string | null;
  /** The instant the rules judge by, where that is not `at`. */
  judgedAt?: Date;
  profiles?: ProfileWrites;
}>;

/** What the callers of a command need to know of what it did, beside whether it did something. */
export type CommandResult = Readonly<{
  /** After `open_contribution` and `retry_payment`. */
  checkout?: Readonly<{ receipt: Receipt; view: PublicView }>;
  /** After a `report_payment` that recorded a failure, for the watch on stolen cards. */
  failure?: Readonly<{ ipAddress: string | null; amount: Cents }>;
  /** A copy of what guests saw before must not be shown any more. */
  outdatesCopies?: true;
}>;

export type Execution = Readonly<{
  refusal: Refusal | null;
  /** What was recorded; a refusal may record something too. */
  events: readonly RecordedEvent[];
  result: CommandResult;
}>;

/** A payment that may still be made, as its provider must be asked about it. Instants ISO 8601. */
export type OpenAttempt = Readonly<{
  slug: string;
  reference: string;
  provider: PaymentProviderName;
  amount: Cents;
  attempt: number;
  openedAt: string;
  attemptExpiresAt: string | null;
  requestId: string | null;
}>;

/** The reads of one board: what each needs and gives. */
export type BoardReads = {
  view: { about: Record<string, never>; answer: PublicView | null };
  /** Null when this is not the owner's board. */
  snapshot: { about: { owner: Owner }; answer: BoardSnapshot | null };
  receipt: { about: { reference: string }; answer: Receipt | null };
  open_attempt: { about: { reference: string }; answer: OpenAttempt | null };
  refund_status: {
    about: { contributionId: string; providerPaymentId: string };
    answer: { status: RefundStatus; attempt: number } | null;
  };
};

/** How the board's books stand, for operators and the nightly comparison. */
export type BoardBooks = Readonly<{
  /** Null in an object without a log. */
  partnerId: string | null;
  hostId: string | null;
  status: BoardStatus;
  pot: Pot;
  /** Counted anew from the contributions. */
  recounted: Pot;
  contributionCount: number;
  payouts: readonly Payout[];
  /** What holds the payouts now. */
  holds: readonly Hold[];
  /** What providers took back of money that had been paid out. */
  lost: Cents;
  underWay: MoneyUnderWay;
  anonymised: boolean;
  headSeq: number;
  headHash: string;
  /** The first event this release cannot read. The board is then read-only. */
  unreadable: UnreadableEvent | null;
}>;

/** The events it reads and the rules it follows; by default this release's own. */
export type BoardOptions = Readonly<{ catalogue?: EventCatalogue; rules?: typeof decide }>;

/** A name is a few bytes, and a board can have a hundred thousand. */
const MAX_NAMES = 100;

/**
 * One dream board: its log, folded, and the rules over it. Everything that changes the board goes through `execute`, which
 * judges, records and answers without an `await`, so no two commands judge the same state. It knows no platform: a
 * `Journal` stores the log.
 */
export class Board {
  readonly #journal: Journal;
  #state: BoardState = unopenedBoard();
  #profile: BoardProfile | null;
  #head = { seq: 0, hash: GENESIS_HASH, at: "" };
  readonly #catalogue: EventCatalogue;
  readonly #rules: typeof decide;
  #unreadable: UnreadableEvent | null = null;
  /** Names that were read lately, by contribution: view after view shows the same few. */
  readonly #names = new Map<string, string | null>();

  /** Replays the log. An event this release cannot read ends the replay: the board is then read-only. */
  constructor(journal: Journal, { catalogue = CATALOGUE, rules = decide }: BoardOptions = {}) {
    this.#journal = journal;
    this.#catalogue = catalogue;
    this.#rules = rules;
    this.#profile = journal.boardProfile();
    for (const stored of journal.read(0)) {
      this.#head = { seq: stored.seq, hash: stored.hash, at: stored.at };
      if (this.#unreadable) continue;
      // Checked when it was appended.
      const entry = readEvent(stored, catalogue, { trusted: true });
      if (isReadable(entry)) this.#state = evolve(this.#state, entry.event, entry.at);
      else this.#unreadable = entry;
    }
  }

  get state(): Readonly<BoardState> {
    return this.#state;
  }

  get profile(): BoardProfile | null {
    return this.#profile;
  }

  get headSeq(): number {
    return this.#head.seq;
  }

  /** The instant of the newest event; null in an empty log. */
  get lastAt(): Date | null {
    return this.#head.at === "" ? null : new Date(this.#head.at);
  }

  get unreadable(): UnreadableEvent | null {
    return this.#unreadable;
  }

  execute(command: BoardCommand, { at, by, owner, boardId, judgedAt, profiles = {} }: CommandContext): Execution {
    if (this.#unreadable) return { refusal: { refused: "newer_release" }, events: [], result: {} };
    const { terms } = this.#state;
    if (terms && boardId && boardId !== terms.boardId) return unknownBoard();
    const last = this.lastAt;
    const recordedAt = last && last > at ? last : at;
    const dormant = this.#dormantOf(command);
    const { events, refusal } = this.#rules(this.#state, command, {
      now: judgedAt ?? recordedAt,
      at: recordedAt,
      by,
      owner,
      dormant,
      profile: this.#profile,
    });
    const wasFunded = isFunded(this.#state);
    const changed = this.#profileAfter(command, events);
    const written = changed ? { ...profiles, board: changed } : profiles;
    const recorded = events.length > 0 ? this.#record(events, { at: recordedAt, by, profiles: written }) : [];
    if (refusal) return { refusal, events: recorded, result: {} };
    if (changed && events.length === 0) this.rewriteProfile(changed);
    const result = this.#resultOf(command, recorded, recordedAt);
    const outdatesCopies = (!wasFunded && isFunded(this.#state)) || recorded.some(({ event }) => endsCopies(event));
    return { refusal, events: recorded, result: outdatesCopies ? { ...result, outdatesCopies } : result };
  }

  /** Stores the profile anew, with other ciphertext of the same values, or another note. It says nothing about the board: no event. */
  rewriteProfile(profile: BoardProfile): void {
    this.#journal.append([], { board: profile });
    this.#profile = profile;
  }

  read<Read extends keyof BoardReads>(
    read: Read,
    about: BoardReads[Read]["about"],
    now: Date,
  ): BoardReads[Read]["answer"] {
    return READERS[read](this, about, now);
  }

  view(now: Date): PublicView | null {
    if (!this.#profile) return null;
    return publicView({ state: this.#state, profile: this.#profile, nameOf: this.#nameOf }, now);
  }

  /** Null when this board is not the owner's. */
  snapshot(owner: Owner): BoardSnapshot | null {
    const { terms } = this.#state;
    return this.#profile && terms && owns(owner, terms) ? boardSnapshot(this.#state, this.#profile) : null;
  }

  receipt(reference: string): Receipt | null {
    const contribution = this.#state.anonymised ? null : this.#find(reference);
    return contribution ? receiptOf(this.#state, contribution, this.#nameOf) : null;
  }

  /** Null when there is no such payment, or it was made, or it is a test, which no provider knows. */
  openAttempt(reference: string): OpenAttempt | null {
    if (this.#state.terms?.sandbox) return null;
    const contribution = this.#find(reference);
    if (!contribution || !this.#profile) return null;
    if (contribution.status === "completed" || contribution.status === "refunded") return null;
    const { provider, amount, attempt, openedAt, attemptExpiresAt, requestId } = contribution;
    return { slug: this.#profile.slug, reference, provider, amount, attempt, openedAt, attemptExpiresAt, requestId };
  }

  /** How a refund stands, and which request at the provider it is; null when there is none. */
  refundStatus(contributionId: string, providerPaymentId: string): { status: RefundStatus; attempt: number } | null {
    const refund = this.#state.contributions.get(contributionId)?.refunds.get(providerPaymentId);
    return refund ? { status: refund.status, attempt: refund.attempt } : null;
  }

  books(): BoardBooks {
    const { terms, status, contributionCount } = this.#state;
    return {
      partnerId: terms?.partnerId ?? null,
      hostId: terms?.hostId ?? null,
      status,
      pot: potOf(this.#state),
      recounted: recount(this.#state),
      contributionCount,
      payouts: [...this.#state.payouts.values()],
      holds: holdsAfter(this.#state, []),
      lost: this.#state.lost,
      underWay: moneyUnderWay(this.#state),
      anonymised: this.#state.anonymised,
      headSeq: this.#head.seq,
      headHash: this.#head.hash,
      unreadable: this.#unreadable,
    };
  }

  #record(
    events: readonly BoardEvent[],
    { at, by, profiles }: { at: Date; by: Actor; profiles: ProfileWrites },
  ): RecordedEvent[] {
    const instant = at.toISOString();
    let { seq, hash } = this.#head;
    const code = this.#codeFor(events);
    const known = (id: string) => this.#state.contributions.get(id)?.reference;
    const entries: JournalEntry[] = [];
    const recorded: RecordedEvent[] = [];
    for (const event of events) {
      seq += 1;
      const unchained = { seq, at: instant, by, ...storedForm(event) };
      const stored: StoredEvent = { ...unchained, hash: chainHash(hash, unchained) };
      hash = stored.hash;
      entries.push(journalEntry(stored, code, known));
      recorded.push({ seq, at: instant, by, event });
    }
    const kept = profilesToKeep(events, profiles);
    this.#journal.append(entries, kept);
    if (kept.anonymised) this.#names.clear();
    for (const event of events) this.#state = evolve(this.#state, event, instant);
    this.#head = { seq, hash, at: instant };
    if (profiles.board) this.#profile = profiles.board;
    return recorded;
  }

  /** The profile after a command that changes it; null when it changes none. */
  #profileAfter(command: BoardCommand, events: readonly BoardEvent[]): BoardProfile | null {
    if (!this.#profile) return null;
    if (command.type === "update_board") {
      const isUpdated = events.some(({ type }) => type === "board_updated");
      return isUpdated ? updatedProfile(this.#profile, command) : null;
    }
    if (command.type === "copy_pictures") return this.#state.anonymised ? null : copiedProfile(this.#profile, command);
    if (command.type === "anonymise_board") {
      return events.length > 0 ? anonymisedProfile(this.#profile, this.#codeFor(events)) : null;
    }
    if (command.type === "fail_payout" && command.errorMessage !== null && events.length > 0) {
      const payoutErrors = { ...this.#profile.payoutErrors, [command.payoutId]: command.errorMessage };
      return { ...this.#profile, payoutErrors };
    }
    return null;
  }

  #resultOf(command: BoardCommand, recorded: readonly RecordedEvent[], now: Date): CommandResult {
    switch (command.type) {
      case "open_contribution":
        return this.#checkout(this.#state.submissions.get(command.submission) ?? "", now);
      case "retry_payment":
        return this.#checkout(this.#state.references.get(command.reference) ?? "", now);
      case "report_payment": {
        const failed = recorded.find(({ event }) => event.type === "payment_failed")?.event;
        if (failed?.type !== "payment_failed") return {};
        const ipAddress = this.#journal.contributorProfile(failed.contributionId)?.ipAddress ?? null;
        const amount = this.#state.contributions.get(failed.contributionId)?.amount;
        return amount === undefined ? {} : { failure: { ipAddress, amount } };
      }
      default:
        return {};
    }
  }

  #checkout(contributionId: string, now: Date): CommandResult {
    const contribution = this.#state.contributions.get(contributionId);
    const view = this.view(now);
    if (!contribution || !view) throw new Error("a recorded contribution is not in the state");
    return { checkout: { receipt: receiptOf(this.#state, contribution, this.#nameOf), view } };
  }

  #find(reference: string): Contribution | null {
    return contributionByReference(this.#state, reference) ?? this.#fromLog(reference);
  }

  /** The contribution a command names, where it has left the state. */
  #dormantOf(command: BoardCommand): Contribution | null {
    const reference = this.#namedBy(command);
    return reference === null || this.#state.references.has(reference) ? null : this.#fromLog(reference);
  }

  #namedBy(command: BoardCommand): string | null {
    if ("reference" in command) return command.reference;
    if (command.type === "request_refund") return this.#referenceOfId(command.contributionId);
    if (command.type !== "report_refund") return null;
    const { contribution } = command;
    return "reference" in contribution ? contribution.reference : this.#referenceOfId(contribution.id);
  }

  #fromLog(reference: string): Contribution | null {
    const events = [...this.#journal.readAbout(reference)].map((stored) =>
      readEvent(stored, this.#catalogue, { trusted: true }),
    );
    return foldContribution(events.filter(isReadable));
  }

  #codeFor([first]: readonly BoardEvent[]): string {
    const boardId = this.#state.terms?.boardId ?? (first?.type === "board_opened" ? first.boardId : null);
    if (boardId === null) throw new RangeError("the first event of a board must open it");
    return boardCode(boardId);
  }

  #referenceOfId(contributionId: string): string | null {
    const { terms } = this.#state;
    return terms && paymentReference(boardCode(terms.boardId), contributionId);
  }

  readonly #nameOf = (id: string): string | null => {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const name = this.#journal.contributorProfile(id)?.name ?? null;
    if (this.#names.size >= MAX_NAMES) this.#names.clear();
    this.#names.set(id, name);
    return name;
  };
}

const READERS: {
  [Read in keyof BoardReads]: (board: Board, about: BoardReads[Read]["about"], now: Date) => BoardReads[Read]["answer"];
} = {
  view: (board, _, now) => board.view(now),
  snapshot: (board, { owner }) => board.snapshot(owner),
  receipt: (board, { reference }) => board.receipt(reference),
  open_attempt: (board, { reference }) => board.openAttempt(reference),
  refund_status: (board, { contributionId, providerPaymentId }) =>
    board.refundStatus(contributionId, providerPaymentId),
};

function unknownBoard(): Execution {
  return { refusal: { refused: "unknown_board" }, events: [], result: {} };
}

/** A contributor's profile is kept with a new contribution only: a form that is sent again brings nothing new. */
function profilesToKeep(events: readonly BoardEvent[], profiles: ProfileWrites): ProfileWrites {
  const { contributor, board, origin } = profiles;
  const isNew = events.some(
    (event) => event.type === "contribution_opened" && event.contributionId === contributor?.id,
  );
  const isAnonymised = events.some(({ type }) => type === "board_anonymised");
  return {
    ...(board && { board }),
    ...(contributor && isNew && { contributor }),
    ...(origin && { origin }),
    ...(isAnonymised && { anonymised: true }),
  };
}
