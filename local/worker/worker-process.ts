import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Receipt } from "#domain/board/public-view";
import type { BoardInspection } from "#platform/objects";
import { HOST, PlatformProblem, PortTaken } from "../ports.ts";
import type { Call, FromHost, HostOptions, LogLine, ToHost } from "./messages.ts";

export type WorkerNews = {
  onRebuilt?: (() => void) | undefined;
  onBuildFailed?: ((errors: string[]) => void) | undefined;
  onComplaint?: ((line: LogLine) => void) | undefined;
  /** It ended without being stopped. */
  onDied?: (() => void) | undefined;
};

type Waiting = { resolve(value: unknown): void; reject(error: Error): void };

const STOP_TIMEOUT_MS = 3_000;

/** The Worker under the Workers runtime, in a process of its own. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #origin = "";
  #runtimePid: number | null = null;
  #stopping = false;

  /** Starts loading at once, so that it goes on while the database starts. */
  constructor(news: WorkerNews = {}) {
    // Without the parent's exec arguments: a test runner's loader has no business in there.
    this.#child = fork(join(import.meta.dirname, "host.ts"), {
      detached: true,
      execArgv: ["--no-warnings"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child.on("message", (message: FromHost) => this.#hear(message, news));
    this.#child.once("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the Worker's process ended"));
      this.#waiting.clear();
      if (this.#stopping) return;
      this.#killRuntime();
      news.onDied?.();
    });
  }

  /** The process id of workerd, for those who want to see it die. */
  get runtimePid(): number | null {
    return this.#runtimePid;
  }

  async start(options: HostOptions): Promise<void> {
    this.#origin = `http://${HOST}:${options.port}`;
    try {
      await this.#call({ verb: "start", options });
    } catch (error) {
      const { message, code } = error as Error & { code?: string };
      if (code !== "ERR_ADDRESS_IN_USE") throw new PlatformProblem(message);
      throw new PortTaken(`Port ${options.port} is already in use; choose another with npm start -- --port N`);
    }
  }

  async runCron(cron: string): Promise<void> {
    await this.#call({ verb: "scheduled", cron });
  }

  /** Ends the runtime by `signal` and waits until it serves again, on the same port and storage. */
  async restart(signal: NodeJS.Signals): Promise<void> {
    await this.#call({ verb: "restart", signal });
  }

  /** What a board's object says of one of its payments; null when it knows none of that reference. */
  async receipt(reference: string): Promise<Receipt | null> {
    return (await this.#ask(`/payments/${encodeURIComponent(reference)}`)) as Receipt | null;
  }

  /** Where a board's log stands: its head, how far it is projected, its tally. */
  async inspectBoard(code: string): Promise<BoardInspection> {
    return (await this.#ask(`/boards/${encodeURIComponent(code)}`)) as BoardInspection;
  }

  /**
   * At the Worker's own door for it. Not through the runtime's proxies: those hold up the process that reads the runtime's
   * log, and a runtime that cannot write its log answers no request.
   */
  async #ask(path: string): Promise<unknown> {
    const response = await fetch(`${this.#origin}/__local${path}`);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return await response.json();
  }

  async log(): Promise<LogLine[]> {
    return (await this.#call({ verb: "log" })) as LogLine[];
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    const timer = setTimeout(() => {
      this.#child.kill("SIGKILL");
      this.#killRuntime();
    }, STOP_TIMEOUT_MS);
    this.#call({ verb: "stop" }).catch(() => {});
    await ended;
    clearTimeout(timer);
  }

  #call(call: Call): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const message: ToHost = { id, call };
      this.#child.send(message, (error) => error && reject(error));
    });
  }

  #hear(message: FromHost, news: WorkerNews): void {
    if ("id" in message) {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if ("result" in message) waiting?.resolve(message.result);
      else if ("problem" in message)
        waiting?.reject(Object.assign(new Error(message.problem.message), message.problem));
      else waiting?.resolve(undefined);
    } else if (message.event === "runtime") this.#runtimePid = message.pid;
    else if (message.event === "rebuilt") news.onRebuilt?.();
    else if (message.event === "build_failed") news.onBuildFailed?.(message.errors);
    else news.onComplaint?.(message.line);
  }

  #killRuntime(): void {
    try {
      if (this.#runtimePid) process.kill(this.#runtimePid, "SIGKILL");
    } catch {
      // It is gone already.
    }
  }
}
