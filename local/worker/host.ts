import type { ChildProcess } from "node:child_process";
import diagnostics from "node:diagnostics_channel";
import { createWriteStream, type WriteStream } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare, type MiniflareOptions, NoOpLog } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { type Modules, miniflareModules, ROOT } from "./build-options.ts";
import { type Build, bundleWorker } from "./bundle.ts";
import type { Call, FromHost, HostOptions, LogLine, ToHost } from "./messages.ts";

/**
 * The process that holds the Workers runtime. It lives in a process group of its own, so Ctrl-C reaches the platform
 * alone, and it ends with the platform however that ends: nothing may be left holding the port.
 */
const KEPT_LINES = 500;

let miniflare: Miniflare | undefined;
let runtimePid = 0;
let logFile: WriteStream | undefined;
let stopWatching = () => {};
let whenRestarted: (() => void) | undefined;
const lines: LogLine[] = [];

diagnostics.subscribe("child_process", (message) => {
  const { process: child } = message as { process: ChildProcess };
  child.once("spawn", () => {
    if (!child.spawnfile.includes("workerd") || child.pid === undefined) return;
    runtimePid = child.pid;
    tell({ event: "runtime", pid: child.pid });
  });
});

process.on("message", async ({ id, call }: ToHost) => {
  try {
    tell({ id, result: await answer(call) });
    if (call.verb === "stop") process.exit(0);
  } catch (error) {
    const { message, code } = error as { message?: string; code?: string };
    tell({ id, problem: { message: message ?? String(error), code: code ?? null } });
  }
});

// The platform is gone, however it went.
process.on("disconnect", async () => {
  await stop();
  process.exit(0);
});

async function answer(call: Call): Promise<unknown> {
  switch (call.verb) {
    case "start":
      return start(call.options);
    case "scheduled":
      return (await running().getWorker()).scheduled({ cron: call.cron, scheduledTime: new Date() });
    case "restart":
      return restart(call.signal);
    case "log":
      return lines;
    case "stop":
      return stop();
    default:
      throw new RangeError(`unknown call ${JSON.stringify(call satisfies never)}`);
  }
}

async function start(options: HostOptions): Promise<void> {
  if (options.logFile) openLogFile(options.logFile);
  let first: ((build: Build) => void) | undefined;
  const built = new Promise<Build>((resolve) => {
    first = resolve;
  });
  stopWatching = await bundleWorker(options.watch, (build) => {
    first?.(build);
    if (miniflare) void rebuild(build, options);
  });
  const build = await built;
  if ("errors" in build) throw new Error(`The Worker could not be built:\n${build.errors.join("\n")}`);
  miniflare = new Miniflare(miniflareOptions(build.modules, options));
  await miniflare.ready;
}

/** Without its file, on a full disk for example, the log goes on in memory. */
function openLogFile(path: string): void {
  logFile = createWriteStream(path, { flags: "w" });
  logFile.once("error", ({ message }) => {
    logFile = undefined;
    const at = new Date().toISOString();
    tell({ event: "complaint", line: { at, level: "warn", message: `${path} is written no more: ${message}` } });
  });
  // A stream may fail once more for each write that was under way.
  logFile.on("error", () => {});
}

async function rebuild(build: Build, options: HostOptions): Promise<void> {
  if ("errors" in build) return tell({ event: "build_failed", errors: build.errors });
  await running().setOptions(miniflareOptions(build.modules, options));
  tell({ event: "rebuilt" });
}

function miniflareOptions(modules: Modules, options: HostOptions): MiniflareOptions {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(ROOT, "wrangler.toml"));
  const { modulesRules: _, ...worker } = workerOptions;
  return convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    log: new NoOpLog(),
    handleStructuredLogs: keepLine,
    unsafeHandleRuntimeRestart: () => whenRestarted?.(),
    ...(options.persistTo ? { resourcePersistencePath: options.persistTo } : {}),
    workers: [
      {
        ...worker,
        name: "chipin",
        ...miniflareModules(modules),
        bindings: { ...(worker.bindings as Record<string, string>), ...options.settings },
        // Straight to the Worker: no proxy in between that rewrites headers or costs time.
        unsafeDirectSockets: [{ host: "127.0.0.1", port: options.port, proxy: false }],
      },
    ],
  });
}

/** Ends the runtime as a crash would; it comes back on the same port with the same storage. */
async function restart(signal: NodeJS.Signals): Promise<void> {
  const restarted = new Promise<void>((resolve) => {
    whenRestarted = resolve;
  });
  process.kill(runtimePid, signal);
  await restarted;
  whenRestarted = undefined;
}

async function stop(): Promise<void> {
  stopWatching();
  const stopping = miniflare;
  miniflare = undefined;
  await stopping?.dispose();
  logFile?.end();
}

function running(): Miniflare {
  if (!miniflare) throw new Error("the Worker is not running");
  return miniflare;
}

function keepLine({ timestamp, level, message }: { timestamp: number; level: string; message: string }): void {
  const line = { at: new Date(timestamp).toISOString(), level, message };
  lines.push(line);
  if (lines.length > KEPT_LINES) lines.shift();
  logFile?.write(`${line.at} ${level} ${message}\n`);
  if (level === "error" || level === "warn") tell({ event: "complaint", line });
}

function tell(message: FromHost): void {
  // The message is lost when the platform stops at this moment; `disconnect` follows.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}
