import { DurableObject } from "cloudflare:workers";
import type {
  BoardInspection,
  BoardObject,
  MoneyCommand,
  Recorded,
  Reported,
  StandingOffer,
} from "../src/boards/board-object.ts";
import type { BoardAbout, ContributorAbout } from "../src/domain/board/about.ts";
import { firstBrokenLink } from "../src/domain/board/chain.ts";
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
} from "../src/domain/board/commands.ts";
import { CLOSING_GRACE_MS, decide, isRefusal } from "../src/domain/board/decide.ts";
import type { BoardEvent, RecordedEvent } from "../src/domain/board/events.ts";
import { evolve, recount } from "../src/domain/board/evolve.ts";
import type { RefundStatus } from "../src/domain/board/lifecycle.ts";
import { type PublicView, publicView, type Receipt, receiptOf } from "../src/domain/board/public-view.ts";
import { type BoardSnapshot, boardSnapshot } from "../src/domain/board/snapshot.ts";
import { findContribution } from "../src/domain/board/standing.ts";
import type { BoardState } from "../src/domain/board/state.ts";
import { newId } from "../src/domain/ids.ts";
import { cents } from "../src/domain/money.ts";
import { alert, log } from "../src/platform/log.ts";
import { type Beside, BoardLog } from "./board-log.ts";
import { boardProjector } from "./board-projection.ts";
import type { BoardProjector } from "./board-projector.ts";
import { LiveViewers } from "./live-viewers.ts";
import { Turn } from "./turn.ts";

/** The alarm looks after a flush that nobody came back from, this long after the events were recorded. */
const SAFETY_NET_MS = 5_000;
/** The alarm leaves a long backlog to the flush itself, so that a deadline is never waited for behind it. */
const MAX_ALARM_MS = 30_000;

/**
 * One dream board, addressed by its code, and the only writer of its money, its status and its payouts. The log in this
 * object's SQLite is the truth; `#state` is that log folded, and Postgres is projected from it. Losing the memory loses
 * nothing; losing the storage loses what was not projected yet, and the rest comes back from `board_events`.
 */
export class DreamBoard extends DurableObject<Env> implements BoardObject {
  readonly #log = new BoardLog(this.ctx.storage);
  readonly #viewers = new LiveViewers(this.ctx, () => this.view());
  readonly #projector: BoardProjector;
  #state: BoardState = this.#log.replay();
  #about: BoardAbout | null = this.#log.about();
  readonly #turn = new Turn();
  #alarmAt: number | null = null;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#projector = boardProjector({
      log: this.#log,
      state: () => this.#state,
      about: () => this.#about,
      code: () => this.#code,
      env,
      waitUntil: (work) => context.waitUntil(work),
    });
    context.blockConcurrencyWhile(async () => {
      this.#alarmAt = await context.storage.getAlarm();
    });
  }

  /** Claims this object for a board, or says that another board has it. */
  async open(
    command: OpenBoard,
    about: BoardAbout,
    requestId: string,
  ): Promise<Refusal | (Recorded & { board: BoardSnapshot })> {
    const outcome = this.#handle(command, requestId, { about });
    if ("refused" in outcome) return outcome;
    return this.#withBoard(outcome);
  }

  /** Sending the same submission again gives the same receipt. */
  openContribution(
    command: Omit<OpenContribution, "type" | "contributionId">,
    contributor: ContributorAbout,
    requestId: string,
  ): Refusal | { receipt: Receipt; view: PublicView } {
    const contributionId = newId(this.#now());
    const beside = { contributor: { id: contributionId, about: contributor } };
    const outcome = this.#handle({ type: "open_contribution", contributionId, ...command }, requestId, beside);
    if ("refused" in outcome) return outcome;
    return this.#handingOver(this.#state.submissions.get(command.submission) ?? "");
  }

  /** A fresh offer for a payment that was never made; while one stands, that one. */
  retryPayment(reference: string, requestId: string): Refusal | { receipt: Receipt; view: PublicView } {
    const outcome = this.#handle({ type: "retry_payment", reference }, requestId);
    return "refused" in outcome ? outcome : this.#handingOver(reference);
  }

  /** Old news records nothing and answers like the first time. */
  async reportPayment(report: ReportPayment, requestId: string): Promise<Refusal | Reported> {
    let recorded: readonly BoardEvent[] = [];
    const outcome = await this.#turn.join(() =>
      this.#handle(report, requestId, {}, { onRecorded: (events) => (recorded = events) }),
    );
    if ("refused" in outcome) return outcome;
    for (const event of recorded) {
      if (event.type === "flag_raised" && event.flag === "amount_mismatch") return this.#wrongAmount(report);
      if (event.type !== "payment_progressed" || event.status !== "failed") continue;
      const ipAddress = this.#log.contributor(event.contributionId)?.ipAddress ?? null;
      const amount = this.#state.contributions.get(report.reference)?.amount ?? cents(0);
      return { outcome: "recorded", failure: { ipAddress, amount } };
    }
    return { outcome: recorded.length > 0 ? "recorded" : "old_news" };
  }

  notePaymentRequest(command: NotePaymentRequest, requestId: string): Refusal | Recorded {
    return this.#handle(command, requestId);
  }

  /** Waits until Postgres has it: what asked for it reads there next. */
  async settle(command: MoneyCommand, requestId: string): Promise<Refusal | Recorded> {
    const outcome = this.#handle(command, requestId);
    if ("refused" in outcome) return outcome;
    return { ...outcome, projected: await this.#projector.waitFor(this.#log.headSeq) };
  }

  /** Does not wait for Postgres: a provider that calls back wants its answer. */
  reportRefund(
    { reference, ...news }: Parameters<BoardObject["reportRefund"]>[0],
    requestId: string,
  ): Refusal | Recorded {
    const contributionId = this.#state.contributions.get(reference)?.id;
    if (contributionId === undefined) return { refused: "unknown_payment", reference };
    return this.#handle({ type: "report_refund", contributionId, ...news, by: { kind: "system" } }, requestId);
  }

  refundStanding(contributionId: string, providerPaymentId: string): { status: RefundStatus; attempt: number } | null {
    const refund = findContribution(this.#state, contributionId)?.refunds.get(providerPaymentId);
    return refund ? { status: refund.status, attempt: refund.attempt } : null;
  }

  /** Stops waiting for a payment, judged as of `asOf`: too early is refused, an ended one is old news. */
  expirePayment(command: ExpirePayment, asOf: Date, requestId: string): Refusal | Recorded {
    return this.#handle(command, requestId, {}, { judgedAt: asOf });
  }

  standingOffer(reference: string): StandingOffer | null {
    const contribution = this.#state.contributions.get(reference);
    if (!contribution || !this.#about) return null;
    if (contribution.status === "completed" || contribution.status === "refunded") return null;
    const { provider, amount, attempt, openedAt, offerExpiresAt, requestId } = contribution;
    return { slug: this.#about.slug, reference, provider, amount, attempt, openedAt, offerExpiresAt, requestId };
  }

  /** Only for the board's own partner; anybody else's board does not exist. Closing a closed board is old news. */
  async close(
    partnerId: string,
    command: CloseBoard,
    requestId: string,
  ): Promise<Refusal | (Recorded & { board: BoardSnapshot })> {
    if (this.#state.terms?.partnerId !== partnerId) return { refused: "unknown_board" };
    const outcome = this.#handle(command, requestId);
    if ("refused" in outcome) return outcome;
    return this.#withBoard(outcome);
  }

  /** Cancelling a cancelled board is old news. */
  async cancel(
    partnerId: string | null,
    command: CancelBoard,
    requestId: string,
  ): Promise<Refusal | (Recorded & { board: BoardSnapshot })> {
    if (partnerId !== null && this.#state.terms?.partnerId !== partnerId) return { refused: "unknown_board" };
    const outcome = this.#handle(command, requestId);
    return "refused" in outcome ? outcome : this.#withBoard(outcome);
  }

  /**
   * At the deadline: closes a board with money, expires one without. Before it, judged as of `asOf`: refused. So it is
   * while payments are open whose providers have not been asked, but not for long.
   */
  passDeadline(asOf: Date, requestId: string, providersAsked = false): Refusal | Recorded {
    return this.#handle({ type: "pass_deadline", providersAsked }, requestId, {}, { judgedAt: asOf });
  }

  view(): PublicView | null {
    if (!this.#about) return null;
    return publicView({ state: this.#state, about: this.#about, nameOf: this.#nameOf }, new Date());
  }

  /** The owner's picture, or null when this board is not the partner's. */
  snapshot(partnerId: string): BoardSnapshot | null {
    if (!this.#about || this.#state.terms?.partnerId !== partnerId) return null;
    return boardSnapshot(this.#state, this.#about);
  }

  receipt(reference: string): Receipt | null {
    return receiptOf(this.#state, reference, this.#nameOf);
  }

  /** Only for the upgrade of a guest's live connection; everything else is RPC. */
  override fetch(): Response {
    if (!this.view()) return new Response(null, { status: 404 });
    return this.#viewers.welcome();
  }

  /** Guests have nothing to say here; `ping` is answered by the runtime without waking anybody. */
  override webSocketMessage(socket: WebSocket): void {
    socket.close(1008, "this connection only listens");
  }

  override webSocketClose(socket: WebSocket): void {
    try {
      // A phone that dropped has no code that may be sent back.
      socket.close(1000);
    } catch {
      // Closed already.
    }
  }

  /** A hint, not a fact: reads the truth again, does what is due, and always sets itself anew. */
  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    try {
      if (this.#deadlineAt !== null && Date.now() >= this.#state.deadline.getTime()) {
        this.passDeadline(new Date(), "alarm");
      }
      await Promise.race([this.#projector.kick(), scheduler.wait(MAX_ALARM_MS)]);
    } finally {
      await this.#setAlarm();
    }
  }

  inspect(): BoardInspection {
    const { status, raised: raisedCents, contributionCount, terms } = this.#state;
    const { partnerId = null, hostId = null } = terms ?? {};
    const { projectedSeq, poisonedSeq } = this.#projector.progress;
    const { headSeq, headHash } = this.#log;
    const recountedCents = recount(this.#state).raised;
    return {
      partnerId,
      hostId,
      headSeq,
      headHash,
      projectedSeq,
      poisonedSeq,
      status,
      raisedCents,
      recountedCents,
      contributionCount,
    };
  }

  /** Projects again everything after `seq`: for a Postgres that was restored to an earlier point, or a mended poison. */
  async projectAgain(seq: number): Promise<BoardInspection> {
    await this.#projector.rewind(seq);
    await this.#setAlarm();
    return this.inspect();
  }

  /** Fills an object that lost its storage with the log kept in Postgres. Never overwrites a log. */
  async restore(
    events: readonly RecordedEvent[],
    about: BoardAbout,
    contributors: ReadonlyMap<string, ContributorAbout>,
  ): Promise<{ restored: boolean; reason?: string }> {
    if (this.#log.headSeq > 0) return { restored: false, reason: "this board has a log of its own" };
    const broken = firstBrokenLink(events);
    if (broken !== null) return { restored: false, reason: `the log's chain breaks at event ${broken}` };
    this.#log.restore(events, about, contributors);
    this.#state = this.#log.replay();
    this.#about = about;
    this.#projector.reload();
    this.ctx.waitUntil(this.#setAlarm());
    return { restored: true };
  }

  /** What happens is recorded as of now, whatever instant it is judged by. */
  #handle(
    command: BoardCommand,
    requestId: string,
    beside: Beside = {},
    { judgedAt, onRecorded }: { judgedAt?: Date; onRecorded?: (events: readonly BoardEvent[]) => void } = {},
  ): Refusal | Recorded {
    const now = this.#now();
    // No `await` between deciding and recording: another call would slip in and judge the same state.
    const outcome = decide(this.#state, command, judgedAt ?? now);
    if (isRefusal(outcome)) {
      this.#note("board_command", { command: command.type, outcome: outcome.refused, request_id: requestId });
      return outcome;
    }
    if (outcome.length > 0) {
      this.#log.append(outcome, now, besideOf(outcome, beside)); // one transaction; the runtime holds our answer until it is durable
      for (const event of outcome) this.#state = evolve(this.#state, event, now.toISOString());
      if (beside.about) this.#about = beside.about;
      onRecorded?.(outcome);
      this.#afterRecording(now.getTime(), outcome);
    } else if (this.#projector.isBehind) {
      // Whoever asks again also gets a board going whose alarm was lost.
      this.ctx.waitUntil(this.#projector.kick());
    }
    this.#note("board_command", {
      command: command.type,
      outcome: outcome[0]?.type ?? "old_news",
      request_id: requestId,
    });
    return { events: outcome.length, projected: false };
  }

  #afterRecording(now: number, events: readonly BoardEvent[]): void {
    // An alarm write joins the same commit, so no crash can leave events that nobody will project.
    const wakeAt = Math.min(now + SAFETY_NET_MS, this.#deadlineAt ?? Number.POSITIVE_INFINITY);
    if (this.#alarmAt === null || this.#alarmAt > wakeAt) {
      this.#alarmAt = wakeAt;
      this.ctx.storage.setAlarm(wakeAt);
    }
    this.ctx.waitUntil(this.#projector.kick());
    for (const event of events) {
      if (event.type === "flag_raised") alert({ event: "flag_raised", board: this.#code, flag: event.flag });
      if (event.type === "refund_progressed" && (event.status === "failed" || event.status === "by_hand")) {
        alert({ event: "refund_needs_a_person", board: this.#code, status: event.status, reason: event.reason });
      }
      if (event.type !== "refund_requested") continue;
      this.#note("refund_requested", { cause: event.cause, amount_cents: event.amount });
    }
    this.#viewers.changed(now);
  }

  #handingOver(reference: string): { receipt: Receipt; view: PublicView } {
    const receipt = this.receipt(reference);
    const view = this.view();
    if (!receipt || !view) throw new Error("a recorded contribution has no receipt");
    return { receipt, view };
  }

  #wrongAmount({ reference, amount: received }: ReportPayment): Refusal {
    const expected = this.#state.contributions.get(reference)?.amount ?? cents(0);
    return { refused: "amount_mismatch", expected, received };
  }

  async #withBoard(recorded: Recorded): Promise<Recorded & { board: BoardSnapshot }> {
    const projected = await this.#projector.waitFor(this.#log.headSeq);
    const board = this.#about && boardSnapshot(this.#state, this.#about);
    if (!board) throw new Error("an opened board has no snapshot");
    return { ...recorded, projected, board };
  }

  /** When the board must look at its deadline, or close whatever is still open; null once it is no longer open. */
  get #deadlineAt(): number | null {
    const { status, deadline } = this.#state;
    if (status !== "active" && status !== "funded") return null;
    const isPast = Date.now() >= deadline.getTime();
    return isPast ? deadline.getTime() + CLOSING_GRACE_MS : deadline.getTime();
  }

  async #setAlarm(): Promise<void> {
    const due = [this.#projector.wakeAt, this.#deadlineAt].filter((at) => at !== null);
    const next = due.length > 0 ? Math.min(...due) : null;
    // Asked for something in the past the alarm would fire at once, for ever, while Postgres stays away.
    this.#alarmAt = next === null ? null : Math.max(next, Date.now() + 500);
    if (this.#alarmAt === null) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(this.#alarmAt);
  }

  /** Never earlier than what is already recorded, whatever the host's clock says: projection relies on the order. */
  #now(): Date {
    const now = new Date();
    const last = this.#log.lastAt;
    return last && last > now ? last : now;
  }

  get #code(): string | null {
    return this.ctx.id.name ?? null;
  }

  readonly #nameOf = (id: string): string | null => this.#log.contributor(id)?.name ?? null;

  #note(event: string, fields: Record<string, string | number | null>): void {
    log({ event, board: this.#code, ...fields });
  }
}

/** A guest is kept beside a contribution that was opened; a form that was known is told of by its first sending. */
function besideOf(events: readonly BoardEvent[], { contributor, ...beside }: Beside): Beside {
  const isNew = events.some(
    (event) => event.type === "contribution_opened" && event.contributionId === contributor?.id,
  );
  return contributor && isNew ? { ...beside, contributor } : beside;
}
