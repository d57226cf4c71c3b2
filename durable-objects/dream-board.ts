import { DurableObject } from "cloudflare:workers";
import { ADMIN, SYSTEM } from "#domain/board/actor";
import { Board, type BoardReads, type CommandContext, type Execution } from "#domain/board/board";
import { firstBrokenLink, GENESIS_HASH } from "#domain/board/chain";
import type { BoardCommand, Refusal } from "#domain/board/commands";
import { CLOSING_GRACE_MS } from "#domain/board/decide-closing";
import { journalEntry } from "#domain/board/journal";
import { isOpenStatus } from "#domain/board/lifecycle";
import { alert, log } from "#platform/log";
import type { BoardInspection, BoardObject, ExecuteContext, Executed, Restored, RestorePiece } from "#platform/objects";
import { BoardJournal } from "./board-journal.ts";
import { logRecorded } from "./board-log-lines.ts";
import { boardProjector } from "./board-projection.ts";
import type { BoardProjector } from "./board-projector.ts";
import { CommitGroup } from "./commit-group.ts";
import { LiveViewers } from "./live-viewers.ts";

/** The alarm looks after a flush that did not end, this long after the events were recorded. */
const SAFETY_NET_MS = 5_000;
/** The alarm waits no longer than this for a long backlog, so that a deadline never waits behind it. */
const MAX_ALARM_MS = 30_000;
/** A clock of the host this far behind the last event is reported: the board's time stands still until it catches up. */
const MAX_CLOCK_SKEW_MS = 5_000;

/**
 * The Durable Object of one dream board, addressed by its code: the only writer of its money, its status and its payouts.
 * `Board` has the rules; this class gives it SQLite, the alarm, the sockets and the projection. The log in SQLite is the
 * truth. Losing the memory loses nothing; losing the storage loses what was not projected yet, and the rest comes back
 * from `board_events`.
 */
export class DreamBoard extends DurableObject<Env> implements BoardObject {
  readonly #journal = new BoardJournal(this.ctx.storage);
  readonly #commits = new CommitGroup();
  readonly #viewers = new LiveViewers(this.ctx, () => this.read("view", {}));
  readonly #projector: BoardProjector;
  #board = new Board(this.#journal);
  #alarmAt: number | null = null;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#projector = boardProjector({
      journal: this.#journal,
      board: () => this.#board,
      code: this.#code,
      env,
      waitUntil: (work) => context.waitUntil(work),
    });
    const { unreadable } = this.#board;
    if (unreadable) alert({ event: "board_read_only", board: this.#code, ...unreadable });
    context.blockConcurrencyWhile(async () => {
      this.#alarmAt = await context.storage.getAlarm();
      // Alarms are dropped after some failed tries. A board whose alarm is gone heals when anything wakes it.
      if (this.#alarmAt === null && this.#projector.isBehind) await this.#setAlarm();
    });
  }

  async execute(
    command: BoardCommand,
    { requestId, waitForProjection = false, ...context }: ExecuteContext,
  ): Promise<Refusal | Executed> {
    const run = () => this.#execute(command, context, requestId);
    // Callbacks come in bursts.
    const { refusal, events, result } = command.type === "report_payment" ? await this.#commits.join(run) : run();
    if (refusal) return refusal;
    const projected = waitForProjection && (await this.#projector.waitFor(this.#board.headSeq));
    const board = waitForProjection ? this.#board.snapshot(ADMIN) : null;
    return { ...result, outcome: events.length > 0 ? "recorded" : "no_change", projected, board };
  }

  read<Read extends keyof BoardReads>(read: Read, about: BoardReads[Read]["about"]): BoardReads[Read]["answer"] {
    return this.#journal.isRestoring ? null : this.#board.read(read, about, new Date());
  }

  inspect(): BoardInspection {
    const { projectedSeq, poisonedSeq } = this.#projector.progress;
    return { ...this.#board.books(), projectedSeq, poisonedSeq };
  }

  async projectAgain(seq: number): Promise<BoardInspection> {
    await this.#projector.rewind(seq);
    await this.#setAlarm();
    return this.inspect();
  }

  /** Never overwrites a log, only what an earlier, interrupted restore has left. A repeated piece changes nothing. */
  async restore(piece: RestorePiece): Promise<Restored> {
    const { isRestoring } = this.#journal;
    const { headSeq } = this.#board;
    if (this.#hasAlready(piece)) return { restored: true };
    if (headSeq > 0 && !isRestoring) return { restored: false, reason: "this board has a log of its own" };
    if (!piece.first && !isRestoring)
      return { restored: false, reason: "the restore did not begin with its first piece" };
    const start = piece.first ? { seq: 0, hash: GENESIS_HASH } : { seq: headSeq, hash: this.#board.books().headHash };
    const broken = firstBrokenLink(piece.events, start);
    if (broken !== null) return { restored: false, reason: `the log's chain breaks at event ${broken}` };
    const code = this.#code ?? "";
    const entries = piece.events.map((stored) => journalEntry(stored, code));
    this.#journal.restore(entries, piece);
    this.#board = new Board(this.#journal);
    this.#projector.reload();
    await this.#setAlarm();
    return { restored: true };
  }

  /** Whether the piece would add nothing: the runtime repeats calls. */
  #hasAlready({ first, last, events, contributors }: RestorePiece): boolean {
    if (first) return false;
    const { headSeq, headHash } = this.#board.books();
    const end = events.at(-1);
    if (end) return end.seq === headSeq && end.hash === headHash;
    return last && contributors.length === 0 && headSeq > 0 && !this.#journal.isRestoring;
  }

  /** Only for the upgrade of a guest's live connection; everything else is RPC. */
  override fetch(): Response {
    return this.read("view", {}) ? this.#viewers.welcome() : new Response(null, { status: 404 });
  }

  /** Pages only listen; `ping` is answered by the runtime without waking the object. */
  override webSocketMessage(socket: WebSocket): void {
    socket.close(1008, "this connection only listens");
  }

  /** A hint, not a fact: reads the state again, does what is due, and always sets itself anew. */
  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    const stop = new AbortController();
    try {
      if (this.#deadlineAt !== null && Date.now() >= this.#board.state.deadline.getTime()) {
        this.#execute({ type: "pass_deadline", providersAsked: false }, { by: SYSTEM }, "alarm");
      }
      // A timer that is left running would keep the object in memory, and billed.
      const patience = scheduler.wait(MAX_ALARM_MS, { signal: stop.signal }).catch(() => {});
      await Promise.race([this.#projector.kick(), patience]);
    } finally {
      stop.abort();
      await this.#setAlarm();
    }
  }

  #execute(command: BoardCommand, context: Omit<CommandContext, "at">, requestId: string): Execution {
    const at = new Date();
    const { lastAt } = this.#board;
    if (lastAt && lastAt.getTime() - at.getTime() > MAX_CLOCK_SKEW_MS) {
      alert({ event: "clock_behind_log", board: this.#code, behind_ms: lastAt.getTime() - at.getTime() });
    }
    const execution: Execution = this.#journal.isRestoring
      ? { refusal: { refused: "newer_release" }, events: [], result: {} }
      : this.#board.execute(command, { ...context, at });
    const { refusal, events } = execution;
    if (events.length > 0) this.#afterRecording(at.getTime(), execution);
    else if (this.#projector.isBehind) this.ctx.waitUntil(this.#projector.kick());
    const outcome = refusal?.refused ?? events[0]?.event.type ?? "no_change";
    log({ event: "board_command", board: this.#code, command: command.type, outcome, request_id: requestId });
    return execution;
  }

  #afterRecording(now: number, { events }: Execution): void {
    // An alarm write joins the same commit, so no crash can leave events that nothing will project.
    const wakeAt = Math.min(now + SAFETY_NET_MS, this.#deadlineAt ?? Number.POSITIVE_INFINITY);
    if (this.#alarmAt === null || this.#alarmAt > wakeAt) {
      this.#alarmAt = wakeAt;
      this.ctx.storage.setAlarm(wakeAt);
    }
    this.ctx.waitUntil(this.#projector.kick());
    logRecorded(this.#code, events);
    this.#viewers.changed(now);
  }

  /** When the board must look at its deadline, or close whatever is still open; null once it is no longer open. */
  get #deadlineAt(): number | null {
    const { state, unreadable } = this.#board;
    if (!isOpenStatus(state.status) || unreadable || this.#journal.isRestoring) return null;
    const deadline = state.deadline.getTime();
    return Date.now() >= deadline ? deadline + CLOSING_GRACE_MS : deadline;
  }

  async #setAlarm(): Promise<void> {
    const due = [this.#projector.wakeAt, this.#deadlineAt].filter((at) => at !== null);
    const next = due.length > 0 ? Math.min(...due) : null;
    // An alarm in the past would fire at once, again and again, while Postgres stays away.
    this.#alarmAt = next === null ? null : Math.max(next, Date.now() + 500);
    if (this.#alarmAt === null) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(this.#alarmAt);
  }

  get #code(): string | null {
    return this.ctx.id.name ?? null;
  }
}
