import { findContribution } from "#domain/board/standing";
import type { BoardObject, MoneyCommand, Recorded, Reported, StandingOffer } from "../../src/boards/board-object.ts";
import type { BoardAbout, ContributorAbout } from "../../src/domain/board/about.ts";
import { chainHash, GENESIS_HASH } from "../../src/domain/board/chain.ts";
import type {
  BoardCommand,
  CancelBoard,
  CloseBoard,
  ExpirePayment,
  NotePaymentRequest,
  OpenBoard,
  OpenContribution,
  Refusal,
  ReportPayment,
} from "../../src/domain/board/commands.ts";
import { decide, isRefusal } from "../../src/domain/board/decide.ts";
import type { BoardEvent, RecordedEvent } from "../../src/domain/board/events.ts";
import { evolve, recount } from "../../src/domain/board/evolve.ts";
import { publicView, receiptOf } from "../../src/domain/board/public-view.ts";
import { boardSnapshot } from "../../src/domain/board/snapshot.ts";
import { type BoardState, unopenedBoard } from "../../src/domain/board/state.ts";
import { newId } from "../../src/domain/ids.ts";
import { cents } from "../../src/domain/money.ts";
import { type ProjectionContext, project } from "../../src/projection/project.ts";

type Asked = Omit<BoardObject, "view" | "snapshot" | "receipt" | "fetch" | "projectAgain" | "restore">;

/** Every board of one test by its code, as `env.DREAM_BOARD` hands them out. */
export class BoardsInMemory {
  readonly #boards = new Map<string, BoardInMemory>();
  readonly #context: ProjectionContext;
  readonly #now: () => Date;

  constructor(context: ProjectionContext, now: () => Date) {
    this.#context = context;
    this.#now = now;
  }

  getByName(code: string): BoardInMemory {
    const board = this.#boards.get(code) ?? new BoardInMemory(this.#context, this.#now);
    this.#boards.set(code, board);
    return board;
  }
}

/** A board's object without its runtime: the real rules, the real projection, its log in memory. */
export class BoardInMemory implements Asked {
  state: BoardState = unopenedBoard();
  readonly log: RecordedEvent[] = [];
  /** Commands in the order they came, whatever became of them. */
  readonly commands: BoardCommand[] = [];
  /** While set, every call fails with it, as to an object that cannot be reached. */
  outage: Error | null = null;
  /** While true nothing reaches Postgres. */
  isCutOff = false;
  #about: BoardAbout | null = null;
  readonly #contributors = new Map<string, ContributorAbout>();
  #projectedSeq = 0;
  #projecting: Promise<void> = Promise.resolve();
  readonly #context: ProjectionContext;
  readonly #now: () => Date;

  constructor(context: ProjectionContext, now: () => Date) {
    this.#context = context;
    this.#now = now;
  }

  get events(): BoardEvent[] {
    return this.log.map(({ event }) => event);
  }

  async open(command: OpenBoard, about: BoardAbout) {
    const outcome = await this.#handle(command, { about });
    return "refused" in outcome ? outcome : this.#withBoard(outcome);
  }

  async openContribution(
    command: Omit<OpenContribution, "type" | "contributionId">,
    contributor: ContributorAbout,
  ): Promise<Refusal | ReturnType<BoardInMemory["handingOver"]>> {
    const contributionId = newId(this.#now());
    const beside = { contributor: { id: contributionId, about: contributor } };
    const outcome = await this.#handle({ type: "open_contribution", contributionId, ...command }, beside);
    if ("refused" in outcome) return outcome;
    return this.handingOver(this.state.submissions.get(command.submission) ?? "");
  }

  async retryPayment(reference: string): Promise<Refusal | ReturnType<BoardInMemory["handingOver"]>> {
    const outcome = await this.#handle({ type: "retry_payment", reference });
    return "refused" in outcome ? outcome : this.handingOver(reference);
  }

  async reportPayment(report: ReportPayment): Promise<Refusal | Reported> {
    const before = this.log.length;
    const outcome = await this.#handle(report);
    if ("refused" in outcome) return outcome;
    const recorded = this.log.slice(before, before + outcome.events).map(({ event }) => event);
    if (recorded.some((event) => event.type === "flag_raised" && event.flag === "amount_mismatch")) {
      const expected = this.state.contributions.get(report.reference)?.amount ?? cents(0);
      return { refused: "amount_mismatch", expected, received: report.amount };
    }
    return { outcome: recorded.length > 0 ? "recorded" : "old_news" };
  }

  settle(command: MoneyCommand): Promise<Refusal | Recorded> {
    return this.#handle(command);
  }

  notePaymentRequest(command: NotePaymentRequest): Promise<Refusal | Recorded> {
    return this.#handle(command);
  }

  async refundStanding(contributionId: string, providerPaymentId: string) {
    if (this.outage) throw this.outage;
    const refund = findContribution(this.state, contributionId)?.refunds.get(providerPaymentId);
    return refund ? { status: refund.status, attempt: refund.attempt } : null;
  }

  async reportRefund({ reference, ...news }: Parameters<BoardObject["reportRefund"]>[0]): Promise<Refusal | Recorded> {
    const contributionId = this.state.contributions.get(reference)?.id;
    if (contributionId === undefined) return { refused: "unknown_payment", reference };
    return await this.#handle({ type: "report_refund", contributionId, ...news, by: { kind: "system" } });
  }

  expirePayment(command: ExpirePayment, asOf: Date): Promise<Refusal | Recorded> {
    return this.#handle(command, {}, asOf);
  }

  standingOffer(reference: string): StandingOffer | null {
    const contribution = this.state.contributions.get(reference);
    if (!contribution || !this.#about) return null;
    if (contribution.status === "completed" || contribution.status === "refunded") return null;
    const { provider, amount, attempt, openedAt, offerExpiresAt, requestId } = contribution;
    return { slug: this.#about.slug, reference, provider, amount, attempt, openedAt, offerExpiresAt, requestId };
  }

  async close(partnerId: string, command: CloseBoard) {
    if (this.state.terms?.partnerId !== partnerId) return { refused: "unknown_board" } as const;
    const outcome = await this.#handle(command);
    return "refused" in outcome ? outcome : this.#withBoard(outcome);
  }

  async cancel(partnerId: string | null, command: CancelBoard) {
    if (partnerId !== null && this.state.terms?.partnerId !== partnerId) return { refused: "unknown_board" } as const;
    const outcome = await this.#handle(command);
    return "refused" in outcome ? outcome : this.#withBoard(outcome);
  }

  passDeadline(asOf: Date, _requestId = "", providersAsked = false): Promise<Refusal | Recorded> {
    return this.#handle({ type: "pass_deadline", providersAsked }, {}, asOf);
  }

  inspect() {
    const { status, raised, contributionCount, terms } = this.state;
    const { seq: headSeq = 0, hash: headHash = GENESIS_HASH } = this.log.at(-1) ?? {};
    return {
      ...{ partnerId: terms?.partnerId ?? null, hostId: terms?.hostId ?? null, headSeq, headHash },
      ...{ projectedSeq: this.#projectedSeq, poisonedSeq: null, status, raisedCents: raised },
      ...{ recountedCents: recount(this.state).raised, contributionCount },
    };
  }

  /** Writes everything after `seq` again. */
  async projectAgain(seq: number): Promise<void> {
    await this.#projecting;
    this.#projectedSeq = Math.min(seq, this.#projectedSeq);
    await this.#project();
  }

  handingOver(reference: string) {
    const nameOf = (id: string) => this.#contributors.get(id)?.name ?? null;
    const receipt = receiptOf(this.state, reference, nameOf);
    const view = this.#about && publicView({ state: this.state, about: this.#about, nameOf }, this.#now());
    if (!receipt || !view) throw new Error("a recorded contribution has no receipt");
    return { receipt, view };
  }

  /** No `await` between deciding and recording, as in the object. */
  async #handle(
    command: BoardCommand,
    { about, contributor }: { about?: BoardAbout; contributor?: { id: string; about: ContributorAbout } } = {},
    judgedAt = this.#now(),
  ): Promise<Refusal | Recorded> {
    if (this.outage) throw this.outage;
    this.commands.push(command);
    const outcome = decide(this.state, command, judgedAt);
    if (isRefusal(outcome)) return outcome;
    if (about) this.#about = about;
    if (contributor) this.#contributors.set(contributor.id, contributor.about);
    for (const event of outcome) this.#record(event);
    await this.#project();
    return { events: outcome.length, projected: this.#projectedSeq === this.log.length };
  }

  #record(event: BoardEvent): void {
    const { seq = 0, hash = GENESIS_HASH, at: last = "" } = this.log.at(-1) ?? {};
    const now = this.#now().toISOString();
    const entry = { seq: seq + 1, at: now > last ? now : last, event };
    this.log.push({ ...entry, hash: chainHash(hash, entry) });
    this.state = evolve(this.state, event, entry.at);
  }

  /** One flush at a time, whoever asks. */
  #project(): Promise<void> {
    const flush = async () => {
      const batch = this.log.slice(this.#projectedSeq);
      if (this.isCutOff || batch.length === 0 || !this.#about) return;
      const contributor = (id: string) => this.#contributors.get(id) ?? null;
      await project(this.#context, { state: this.state, about: this.#about, contributor }, batch);
      this.#projectedSeq = batch.at(-1)?.seq ?? this.#projectedSeq;
    };
    this.#projecting = this.#projecting.then(flush, flush);
    return this.#projecting;
  }

  async #withBoard(recorded: Recorded) {
    const board = this.#about && boardSnapshot(this.state, this.#about);
    if (!board) throw new Error("an opened board has no snapshot");
    return { ...recorded, board };
  }
}
