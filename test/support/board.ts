import { isDeepStrictEqual } from "node:util";
import { type ActOrigin, type Actor, ADMIN, SYSTEM } from "#domain/board/actor";
import { ANONYMOUS } from "#domain/board/anonymise";
import { Board, type BoardReads, type CommandContext, type Execution } from "#domain/board/board";
import type { BoardCommand, OpenBoard, ReportPayment, ReportRefund } from "#domain/board/commands";
import type { BoardEvent, Payout, RecordedEvent, StoredEvent } from "#domain/board/events";
import { holdsAfter } from "#domain/board/holds";
import { type HostReads, readForHost } from "#domain/board/host-reads";
import type { Journal, JournalEntry, ProfileWrites } from "#domain/board/journal";
import { type ExecutionMethod, type FlagKind, type PaymentWay, type Signal, TEST_PAGE } from "#domain/board/lifecycle";
import type { BoardProfile, ContributorProfile } from "#domain/board/profile";
import type { BoardState, Contribution, Refund } from "#domain/board/state";
import { boardCode, newId, paymentReference } from "#domain/ids";
import { cents } from "#domain/money";
import { boardSlug } from "#domain/slug";
import type {
  BoardInspection,
  BoardObject,
  ExecuteContext,
  Executed,
  Restored,
  RestorePiece,
  RewindTo,
  Rewound,
} from "#platform/objects";
import { type ReencryptedProfile, reencryptProfile } from "#privacy/reencrypt-profile";
import { type ProjectionContext, project } from "#projection/project";

export const OPENED_AT = new Date("2026-06-01T08:00:00.000Z");
export const DEADLINE = new Date("2026-06-20T21:59:59.000Z");
export const BEFORE_DEADLINE = new Date("2026-06-10T08:00:00.000Z");
export const AFTER_DEADLINE = new Date("2026-06-20T22:00:00.000Z");

/** An instant `ms` milliseconds from another. */
export function later(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}

export const NO_CONTRIBUTOR: ContributorProfile = { name: null, message: null, ipAddress: null, userAgent: null };

export function openCommand(overrides: Partial<OpenBoard> = {}): OpenBoard {
  return {
    type: "open_board",
    boardId: newId(OPENED_AT),
    partnerId: newId(OPENED_AT),
    hostId: newId(OPENED_AT),
    hostSince: null,
    giftType: "takealot_product",
    payoutMethod: "takealot_gift_card",
    goal: cents(100_000),
    deadline: DEADLINE,
    sandbox: false,
    ...overrides,
  };
}

export function boardProfile(boardId: string, overrides: Partial<BoardProfile> = {}): BoardProfile {
  return {
    slug: boardSlug("Maya", boardCode(boardId)),
    childName: "Maya",
    childPhotoUrl: "https://example.com/maya.jpg",
    birthdayDate: "2026-06-21",
    gift: {
      type: "takealot_product",
      productUrl: "https://www.takealot.com/lego/PLID12345678",
      productId: "PLID12345678",
      productName: "LEGO Friends Treehouse",
      productImage: "https://media.takealot.com/lego.jpg",
      productPrice: 100_000,
    },
    overflowGift: { causeId: "food-forward", causeName: "FoodForward SA", impactDescription: "Feed a class" },
    message: "Thank you all!",
    payoutEmail: "parent@example.com",
    karriCardCiphertext: null,
    ...overrides,
  };
}

/** A journal in memory. `events` is the stored log. */
export class MemoryJournal implements Journal {
  readonly events: StoredEvent[] = [];
  readonly #entries: JournalEntry[] = [];
  readonly contributors = new Map<string, ContributorProfile>();
  readonly origins: { first: number; last: number; origin: ActOrigin }[] = [];
  profile: BoardProfile | null = null;

  append(entries: readonly JournalEntry[], { board, contributor, origin, anonymised }: ProfileWrites): void {
    // A copy as it comes back from storage.
    const stored: JournalEntry[] = JSON.parse(JSON.stringify(entries));
    // A journal may also hand out what it was given: it must be what would come back, and stay so.
    if (!isDeepStrictEqual(entries, stored)) throw new Error("an event holds what JSON does not");
    freeze(entries);
    this.#entries.push(...stored);
    this.events.push(...stored.map((entry) => entry.stored));
    if (board) this.profile = board;
    if (contributor) this.contributors.set(contributor.id, contributor.profile);
    if (anonymised) {
      for (const id of this.contributors.keys()) this.contributors.set(id, ANONYMOUS);
      this.origins.length = 0;
    }
    const [first, last] = [stored.at(0)?.stored.seq ?? 0, stored.at(-1)?.stored.seq ?? 0];
    if (origin) this.origins.push({ first, last, origin });
  }

  origin(seq: number): ActOrigin | null {
    return this.origins.find(({ first, last }) => first <= seq && seq <= last)?.origin ?? null;
  }

  read(seq: number): StoredEvent[] {
    return this.events.filter((event) => event.seq > seq);
  }

  readAbout(reference: string): StoredEvent[] {
    return this.#entries.filter((entry) => entry.reference === reference).map(({ stored }) => stored);
  }

  boardProfile(): BoardProfile | null {
    return this.profile;
  }

  contributorProfile(contributionId: string): ContributorProfile | null {
    return this.contributors.get(contributionId) ?? null;
  }
}

function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
}

type PayoutStep = { method?: ExecutionMethod; execution?: string; at?: Date; by?: Actor; externalRef?: string };
type PlayContext = Partial<Omit<CommandContext, "at">>;

/** An opened board with the real rules and a journal in memory, with short methods for commands. */
export class TestBoard {
  readonly journal = new MemoryJournal();
  readonly board = new Board(this.journal);
  readonly opening: OpenBoard;

  constructor(overrides: Partial<OpenBoard> = {}, profile: Partial<BoardProfile> = {}) {
    this.opening = openCommand(overrides);
    const profiles = { board: boardProfile(this.opening.boardId, profile) };
    this.play(this.opening, OPENED_AT, { profiles });
  }

  get boardId(): string {
    return this.opening.boardId;
  }

  get code(): string {
    return boardCode(this.boardId);
  }

  get state(): Readonly<BoardState> {
    return this.board.state;
  }

  /** The stored events so far. */
  get log(): readonly StoredEvent[] {
    return this.journal.events;
  }

  play(command: BoardCommand, at = BEFORE_DEADLINE, { by = SYSTEM, ...context }: PlayContext = {}): Execution {
    return this.board.execute(command, { at, by, ...context });
  }

  /** The result of a command for a table: the recorded event types, then the refusal. */
  outcome(command: BoardCommand, at?: Date, context?: PlayContext): string[] {
    return words(this.play(command, at, context));
  }

  /** Opens a contribution and returns its payment reference. */
  contribution(
    amount: number,
    {
      submission = newId(OPENED_AT),
      at = BEFORE_DEADLINE,
      signals = [],
      provider = this.opening.sandbox ? TEST_PAGE : "payfast",
      contributor = NO_CONTRIBUTOR,
      challengePassed = true,
    }: {
      submission?: string;
      at?: Date;
      signals?: readonly Signal[];
      provider?: PaymentWay;
      contributor?: Partial<ContributorProfile>;
      challengePassed?: boolean;
    } = {},
  ): string {
    const contributionId = newId(at);
    const form = { contributionId, submission, provider, signals, amount: cents(amount), challengePassed };
    const profile = { ...NO_CONTRIBUTOR, ...contributor };
    const profiles = { contributor: { id: contributionId, profile } };
    const { refusal } = this.play({ type: "open_contribution", ...form }, at, { profiles });
    if (refusal) throw new Error(`refused: ${refusal.refused}`);
    return paymentReference(this.code, contributionId);
  }

  report(reference: string, overrides: Partial<ReportPayment> = {}, at?: Date): Execution {
    return this.play({ ...this.paymentReport(reference), ...overrides }, at);
  }

  paymentReport(reference: string): ReportPayment {
    const known = this.state.contributions.get(this.state.references.get(reference) ?? "");
    return {
      type: "report_payment",
      provider: this.opening.sandbox ? TEST_PAGE : (known?.provider ?? "payfast"),
      reference,
      status: "completed",
      amount: known?.amount ?? cents(2_000),
      providerPaymentId: `pf-${reference}`,
      providerStatus: "COMPLETE",
    };
  }

  /** Opens and pays a contribution and returns its reference. */
  paid(amount: number, at = BEFORE_DEADLINE, contributor: Partial<ContributorProfile> = {}): string {
    const reference = this.contribution(amount, { at, contributor });
    this.report(reference, {}, at);
    return reference;
  }

  /** The contribution of a reference or an id. @throws Error when it is not in the state. */
  of(named: string): Contribution {
    const { contributions, references } = this.state;
    const contribution = contributions.get(named) ?? contributions.get(references.get(named) ?? "");
    if (!contribution) throw new Error(`no contribution ${named}`);
    return contribution;
  }

  retry(reference: string, at?: Date): Execution {
    return this.play({ type: "retry_payment", reference }, at);
  }

  expire(reference: string, at?: Date): Execution {
    return this.play({ type: "expire_payment", reference }, at);
  }

  close(at?: Date, by: Actor = SYSTEM): Execution {
    return this.play({ type: "close_board", reason: "manual" }, at, { by });
  }

  cancel(at?: Date, by: Actor = SYSTEM): Execution {
    return this.play({ type: "cancel_board" }, at, { by });
  }

  passDeadline(at = AFTER_DEADLINE, providersLookedUp = true): Execution {
    return this.play({ type: "pass_deadline", providersLookedUp }, at);
  }

  /** An admin requests a refund of the contribution's own payment, or of `providerPaymentId`. */
  requestRefund(reference: string, providerPaymentId: string | null = null, at?: Date): Execution {
    const { id: contributionId } = this.of(reference);
    return this.play({ type: "request_refund", contributionId, providerPaymentId }, at, { by: ADMIN });
  }

  reportRefund(
    reference: string,
    status: ReportRefund["status"],
    { at, ...overrides }: Partial<ReportRefund> & { at?: Date } = {},
  ): Execution {
    return this.play(
      {
        type: "report_refund",
        contribution: { reference },
        providerPaymentId: `pf-${reference}`,
        status,
        providerRefundId: "refund-1",
        reason: null,
        ...overrides,
      },
      at,
    );
  }

  withdrawRefund(reference: string, at?: Date): Execution {
    const { id: contributionId } = this.of(reference);
    const providerPaymentId = `pf-${reference}`;
    return this.play({ type: "withdraw_refund", contributionId, providerPaymentId }, at, { by: ADMIN });
  }

  refund(reference: string, providerPaymentId = `pf-${reference}`): Refund | undefined {
    return this.of(reference).refunds.get(providerPaymentId);
  }

  /** The payouts as they are now, in the order they were planned. */
  get payouts(): Payout[] {
    return [...this.state.payouts.values()];
  }

  /** What holds the payouts now. */
  get holds(): string[] {
    return holdsAfter(this.state, []).map(({ reason }) => reason);
  }

  /** The payout of this number. @throws Error when there is none. */
  payout(nth = 0): Payout {
    const payout = this.payouts[nth];
    if (!payout) throw new Error(`no payout ${nth}`);
    return payout;
  }

  hold(): Execution {
    return this.play({ type: "place_hold" }, undefined, { by: ADMIN });
  }

  liftHold(): Execution {
    return this.play({ type: "lift_hold" }, undefined, { by: ADMIN });
  }

  startPayout(nth = 0, { method = "hand", execution = newId(OPENED_AT), at, by = ADMIN }: PayoutStep = {}): Execution {
    return this.play({ type: "start_payout", payoutId: this.payout(nth).id, method, execution }, at, { by });
  }

  completePayout(nth = 0, { method = "hand", execution, at, by = ADMIN, externalRef = "order-1" }: PayoutStep = {}) {
    const said = { payoutId: this.payout(nth).id, method, execution, externalRef, completedAt: null };
    return this.play({ type: "complete_payout", ...said }, at, { by });
  }

  failPayout(nth = 0, { method = "hand", execution, at, by = ADMIN }: PayoutStep = {}): Execution {
    const said = {
      payoutId: this.payout(nth).id,
      method,
      execution,
      errorCode: "refused",
      errorMessage: "No such card",
    };
    return this.play({ type: "fail_payout", ...said }, at, { by });
  }

  retryPayout(nth = 0): Execution {
    return this.play({ type: "retry_payout", payoutId: this.payout(nth).id }, undefined, { by: ADMIN });
  }

  supplement(reference: string): Execution {
    return this.play({ type: "supplement_payout", contributionId: this.of(reference).id }, undefined, { by: ADMIN });
  }

  anonymise(at?: Date, by: Actor = SYSTEM): Execution {
    return this.play({ type: "anonymise_board" }, at, { by });
  }

  clear(flag: FlagKind, contributionId: string | null = null, providerPaymentId: string | null = null): Execution {
    const by = ADMIN;
    return this.play({ type: "clear_flag", flag, contributionId, providerPaymentId }, undefined, { by });
  }
}

export function words({ events, refusal }: Pick<Execution, "events" | "refusal">): string[] {
  return [...types(events), ...(refusal ? [`refused: ${refusal.refused}`] : [])];
}

export function eventsOf({ events }: Pick<Execution, "events">): BoardEvent[] {
  return events.map(({ event }) => event);
}

export function types(events: readonly RecordedEvent[]): string[] {
  return events.map(({ event }) => event.type);
}

type ObjectOptions = Readonly<{
  now(): Date;
  /** With a context the board is projected as by its object. */
  projection?: ProjectionContext;
  board?: TestBoard;
}>;

/**
 * A board's object without its runtime: the real `Board`, and the real projection where a context is given.
 * `test/workers/dream-board.test.ts` tests the real object.
 */
export class MemoryBoardObject implements BoardObject {
  readonly journal: MemoryJournal;
  readonly board: Board;
  /** All commands in order, including refused ones. */
  readonly commands: (BoardCommand & { by: Actor })[] = [];
  /** While set, every call throws it, like a call to an unreachable object. */
  outage: Error | null = null;
  /** While true it answers like an object in the middle of a restore. */
  isRestoring = false;
  /** While true nothing reaches Postgres. */
  isCutOff = false;
  readonly #options: ObjectOptions;
  #projectedSeq = 0;
  #projecting: Promise<void> = Promise.resolve();

  constructor(options: ObjectOptions) {
    this.#options = options;
    this.journal = options.board?.journal ?? new MemoryJournal();
    this.board = options.board?.board ?? new Board(this.journal);
  }

  async execute(command: BoardCommand, { by, owner, boardId, judgedAt, profiles, waitForProjection }: ExecuteContext) {
    this.#reach();
    this.commands.push({ ...command, by });
    const execution = this.board.execute(command, {
      at: this.#options.now(),
      by,
      ...(owner && { owner }),
      ...(boardId !== undefined && { boardId }),
      ...(judgedAt && { judgedAt }),
      ...(profiles && { profiles }),
    });
    // Always projected before the answer, so that a test finds the rows.
    await this.project();
    if (execution.refusal) return execution.refusal;
    const executed: Executed = {
      ...execution.result,
      outcome: execution.events.length > 0 ? "recorded" : "no_change",
      projected: waitForProjection === true && this.#projectedSeq === this.board.headSeq,
      board: waitForProjection ? this.board.snapshot(ADMIN) : null,
    };
    return executed;
  }

  read<Read extends keyof BoardReads>(read: Read, about: BoardReads[Read]["about"]): BoardReads[Read]["answer"] {
    this.#reach();
    return this.board.read(read, about, this.#options.now());
  }

  readForHost<Read extends keyof HostReads>(read: Read, about: HostReads[Read]["about"]): HostReads[Read]["answer"] {
    this.#reach();
    const { state, profile } = this.board;
    const contributor = (id: string) => this.journal.contributorProfile(id);
    const view = (now: Date) => this.board.view(now);
    return readForHost({ state, profile, contributor, view }, read, about, this.#options.now());
  }

  inspect(): BoardInspection {
    this.#reach();
    return { ...this.board.books(), projectedSeq: this.#projectedSeq, poisonedSeq: null };
  }

  async projectAgain(seq: number) {
    this.#reach();
    this.#projectedSeq = Math.min(seq, this.#projectedSeq);
    await this.project();
    return this.inspect();
  }

  restore(_piece: RestorePiece): Restored {
    throw new Error("a board in memory is not restored");
  }

  rewind(_to: RewindTo): Rewound {
    throw new Error("a board in memory is not rewound");
  }

  restart(): void {
    throw new Error("a board in memory is not restarted");
  }

  scrubOrigins(before: string): { scrubbed: number | null } {
    this.#reach();
    if (this.isRestoring) return { scrubbed: null };
    const opened = this.journal.events.filter(({ type, at }) => type === "contribution_opened" && at < before);
    let scrubbed = 0;
    for (const id of opened.map(({ data }) => String(data.contributionId))) {
      const profile = this.journal.contributors.get(id);
      if (!profile || (profile.ipAddress ?? profile.userAgent) === null) continue;
      this.journal.contributors.set(id, { ...profile, ipAddress: null, userAgent: null });
      scrubbed += 1;
    }
    return { scrubbed };
  }

  async reencrypt(): Promise<ReencryptedProfile> {
    this.#reach();
    const { projection } = this.#options;
    if (!projection) throw new Error("a board in memory needs a context for its keys");
    return await reencryptProfile(projection.keyring, () => this.board);
  }

  fetch(_upgrade: Request): Response {
    if (!this.board.state.terms) return new Response(null, { status: 404 });
    throw new Error("a board in memory has no sockets");
  }

  /** Writes the events that Postgres lacks. One flush runs at a time. */
  project(): Promise<void> {
    const { projection } = this.#options;
    if (!projection) this.#projectedSeq = this.board.headSeq;
    else this.#projecting = this.#projecting.then(() => this.#flush(projection));
    return this.#projecting;
  }

  async #flush(projection: ProjectionContext): Promise<void> {
    const { terms } = this.board.state;
    const profile = this.journal.boardProfile();
    const batch = this.journal.read(this.#projectedSeq);
    const last = batch.at(-1);
    if (this.isCutOff || !terms || !profile || !last) return;
    const contributor = (id: string) => this.journal.contributorProfile(id);
    const origin = (seq: number) => this.journal.origin(seq);
    await project(projection, { terms, profile, contributor, origin }, batch);
    this.#projectedSeq = last.seq;
  }

  #reach(): void {
    if (this.outage) throw this.outage;
  }
}

/** The boards of one test by their codes, for `Services.objects`. */
export class MemoryBoards {
  readonly #boards = new Map<string, MemoryBoardObject>();
  readonly #options: Omit<ObjectOptions, "board">;

  constructor(options: Omit<ObjectOptions, "board">) {
    this.#options = options;
  }

  readonly board = (code: string): MemoryBoardObject => {
    const known = this.#boards.get(code) ?? new MemoryBoardObject(this.#options);
    this.#boards.set(code, known);
    return known;
  };
}
