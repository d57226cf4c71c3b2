import { DurableObject } from "cloudflare:workers";
import { ADMIN, SYSTEM } from "#domain/board/actor";
import { Board, type BoardReads, type CommandContext, type Execution } from "#domain/board/board";
import type { BoardCommand, Refusal } from "#domain/board/commands";
import { CLOSING_GRACE_MS } from "#domain/board/decide-closing";
import { sandboxDueAt } from "#domain/board/decide-sandbox";
import type { HostReads } from "#domain/board/host-reads";
import { isOpenStatus } from "#domain/board/lifecycle";
import { alert, log } from "#platform/log";
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
import type { ReencryptedProfile } from "#privacy/reencrypt-profile";
import { BoardAlarm } from "./board-alarm.ts";
import { BoardJournal } from "./board-journal.ts";
import type { BoardProjector } from "./board-projector.ts";
import { CommitGroup } from "./commit-group.ts";
import { LiveViewers } from "./live-viewers.ts";
import { logRecorded } from "./log-recorded.ts";
import { boardProjector } from "./projector-wiring.ts";
import { restorePiece } from "./restore-piece.ts";
import { prepareRewind } from "./rewind.ts";

/** The alarm looks after a flush that did not end, this long after the events were recorded. */
const SAFETY_NET_MS = 5_000;
/** The alarm waits no longer than this for a long backlog, so that a deadline never waits behind it. */
const MAX_ALARM_MS = 30_000;
/** A board that is to be rewound starts anew this soon, also when its caller has died. */
const RESTART_WITHIN_MS = 10_000;
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
  readonly #alarm = new BoardAlarm(this.ctx.storage);
  readonly #projector: BoardProjector;
  #board = new Board(this.#journal);
  /** A rewind is prepared: what is recorded now would be lost. */
  #isLeaving = false;

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
      const isSet = await this.#alarm.load();
      // The runtime drops an alarm after some failed tries. A board that is behind sets one again when it wakes.
      if (!isSet && (this.#projector.isBehind || this.#sandboxDueAt !== null)) await this.#setAlarm();
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

  async readForHost<Read extends keyof HostReads>(
    read: Read,
    about: HostReads[Read]["about"],
  ): Promise<HostReads[Read]["answer"]> {
    const { readForHost } = await import("#domain/board/host-reads");
    if (this.#journal.isRestoring) return null;
    const board = {
      state: this.#board.state,
      profile: this.#board.profile,
      contributor: (id: string) => this.#journal.contributorProfile(id),
      view: (now: Date) => this.#board.view(now),
    };
    return readForHost(board, read, about, new Date());
  }

  inspect(): BoardInspection {
    const { projectedSeq, poisonedSeq } = this.#projector.progress;
    return {
      ...this.#board.books(),
      projectedSeq,
      poisonedSeq,
      ...(this.#journal.isRestoring && { restoring: true }),
    };
  }

  async projectAgain(seq: number): Promise<BoardInspection> {
    await this.#projector.rewind(seq);
    await this.#setAlarm();
    return this.inspect();
  }

  async restore(piece: RestorePiece): Promise<Restored> {
    const { written, ...outcome } = restorePiece(this.#journal, this.#board.books(), { piece, code: this.#code ?? "" });
    if (written) {
      this.#board = new Board(this.#journal);
      this.#projector.reload();
      await this.#setAlarm();
    }
    return outcome;
  }

  async rewind(to: RewindTo): Promise<Rewound> {
    this.#isLeaving = true;
    const rewound = await prepareRewind(this.ctx.storage, to);
    if (!rewound.prepared) this.#isLeaving = false;
    else {
      log({ event: "board_rewind_prepared", board: this.#code, ...to, undo: rewound.undo });
      // The caller asks for the restart. Should it never come, the board must not refuse payments for ever.
      this.ctx.waitUntil(scheduler.wait(RESTART_WITHIN_MS).then(() => this.restart()));
    }
    return rewound;
  }

  restart(): void {
    this.ctx.abort("restarted by an operator");
  }

  scrubOrigins(before: string): { scrubbed: number | null } {
    return { scrubbed: this.#journal.isRestoring ? null : this.#journal.scrubOrigins(before) };
  }

  async reencrypt(): Promise<ReencryptedProfile> {
    const { reencrypt } = await import("./board-postgres.ts");
    return await reencrypt(this.env, () => this.#board);
  }

  /** Only for the upgrade of a guest's live connection; everything else is RPC. */
  override fetch(request: Request): Response {
    return this.#viewers.welcome(request, Date.now());
  }

  /** Pages only listen; `ping` is answered by the runtime without waking the object. */
  override webSocketMessage(socket: WebSocket): void {
    socket.close(1008, "this connection only listens");
  }

  /** A page that says goodbye waits for the answer, in workerd for ten seconds. */
  override webSocketClose(socket: WebSocket): void {
    socket.close(1000);
  }

  /** A hint, not a fact: reads the state again, does what is due, and always sets itself anew. */
  override async alarm(): Promise<void> {
    this.#alarm.fired();
    const stop = new AbortController();
    try {
      if (this.#sandboxDueAt !== null && Date.now() >= this.#sandboxDueAt) {
        this.#execute({ type: "tend_sandbox", until: new Date() }, { by: SYSTEM }, "alarm");
      }
      if (this.#deadlineAt !== null && Date.now() >= this.#board.state.deadline.getTime()) {
        this.#execute({ type: "pass_deadline", providersLookedUp: false }, { by: SYSTEM }, "alarm");
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
    const isClosed = this.#journal.isRestoring || this.#isLeaving;
    const execution: Execution = isClosed
      ? { refusal: { refused: "newer_release" }, events: [], result: {} }
      : this.#board.execute(command, { ...context, at });
    const { refusal, events } = execution;
    if (events.length > 0) this.#afterRecording(at.getTime(), execution);
    else if (this.#projector.isBehind) this.#project();
    // What came of a report, those who bring it say: `callback`, `payment_found`.
    if (command.type !== "report_payment") {
      const outcome = refusal?.refused ?? events[0]?.event.type ?? "no_change";
      log({ event: "board_command", board: this.#code, command: command.type, outcome, request_id: requestId });
    }
    return execution;
  }

  #afterRecording(now: number, { events }: Execution): void {
    // The alarm joins the same commit, so no crash can leave events that nothing will project.
    this.#alarm.noLaterThan(Math.min(now + SAFETY_NET_MS, this.#deadlineAt ?? Number.POSITIVE_INFINITY));
    this.#project();
    logRecorded(this.#code, events);
    this.#viewers.changed(now);
  }

  /** The runtime need not hear of one flush from everything that waits for it. */
  #project(): void {
    if (!this.#projector.isCarrying) this.ctx.waitUntil(this.#projector.kick());
  }

  /** When the board must look at its deadline, or close whatever is still open; null once it is no longer open. */
  get #deadlineAt(): number | null {
    const { state, unreadable } = this.#board;
    if (!isOpenStatus(state.status) || unreadable || this.#journal.isRestoring) return null;
    const deadline = state.deadline.getTime();
    return Date.now() >= deadline ? deadline + CLOSING_GRACE_MS : deadline;
  }

  /** In one commit with how far the projection has come. */
  async #setAlarm(): Promise<void> {
    this.#journal.keepProgress();
    await this.#alarm.setTo([this.#projector.wakeAt, this.#deadlineAt, this.#sandboxDueAt], Date.now());
  }

  get #sandboxDueAt(): number | null {
    return this.#board.unreadable || this.#journal.isRestoring ? null : sandboxDueAt(this.#board.state);
  }

  get #code(): string | null {
    return this.ctx.id.name ?? null;
  }
}
