import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { findFreePort } from "../local/ports.ts";
import { MAIN_MODULE } from "../local/worker/build-options.ts";
import { type Modules, ROOT } from "./bundle.ts";
import { type Cores, onRuntimeCore } from "./cores.ts";
import { takeSignalsBack } from "./signals.ts";

/** One Worker of the runtime under test, with an address of its own. */
export type RuntimeWorker = {
  name: string;
  modules: Modules;
  settings?: Readonly<Record<string, string>>;
  /** Other Workers of the runtime, by binding. */
  services?: Readonly<Record<string, string>>;
  /** The Worker's classes of Durable Objects, by binding. */
  objects?: Readonly<Record<string, string>>;
  /** What stands in for queues, assets and rate limits: bindings, and the module of `unlimited`. */
  standIns?: { queues: readonly string[]; limiters: readonly string[]; unlimited: string };
};

export type Runtime = {
  /** Origins by the Worker's name. */
  origins: Readonly<Record<string, string>>;
  logFile: string;
  /** What the process has used of the processor so far, all threads together. */
  cpuMs(): number;
  /** What the process holds in memory now. */
  memoryMb(): number;
  stop(): Promise<void>;
};

const READY_WITHIN_MS = 15_000;
const STOP_WITHIN_MS = 3_000;
const { default: WORKERD }: { default: string } = createRequire(import.meta.url)("workerd");

/**
 * Raw workerd on its own core, without the entry Worker, the proxies and the Node process that Miniflare puts around it.
 * Durable Objects keep their SQLite below `directory`, the console goes to a file there.
 */
export async function startRuntime(
  directory: string,
  workers: readonly RuntimeWorker[],
  { cores, extensions = {} }: { cores: Cores; extensions?: Readonly<Record<string, Modules>> },
): Promise<Runtime> {
  const objects = join(directory, "objects");
  await mkdir(objects, { recursive: true });
  const firstPort = await findFreePort(workers.length);
  for (const { name, modules } of workers) await writeModules(join(directory, name), modules);
  for (const [name, modules] of Object.entries(extensions)) await writeModules(join(directory, name), modules);
  const config = join(directory, "config.capnp");
  await writeFile(config, runtimeConfig(workers, firstPort, objects, Object.keys(extensions)));

  const logFile = join(directory, "console.log");
  const console = openSync(logFile, "a");
  const [program, ...args] = onRuntimeCore(cores, [WORKERD, "serve", "--experimental", config]);
  const child = spawn(program, args, { stdio: ["ignore", console, console] });
  const ended = once(child, "exit");
  // The last resort, for unexpected ends of this process.
  const killIt = () => child.kill("SIGKILL");
  process.once("exit", killIt);
  const origins = Object.fromEntries(workers.map(({ name }, index) => [name, `http://127.0.0.1:${firstPort + index}`]));
  const stop = async () => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
    await ended;
    clearTimeout(timer);
    process.off("exit", killIt);
  };
  try {
    const [first = ""] = Object.values(origins);
    await Promise.race([answers(first), ended.then(() => Promise.reject(new Error(`workerd ended; see ${logFile}`)))]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { origins, logFile, cpuMs: () => cpuMs(child.pid ?? 0), memoryMb: () => memoryMb(child.pid ?? 0), stop };
}

async function writeModules(folder: string, modules: Modules): Promise<void> {
  for (const [name, text] of Object.entries(modules)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

function cpuMs(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]),
  );
  return nanoseconds.reduce((sum, used) => sum + used, 0) / 1e6;
}

function memoryMb(pid: number): number {
  const [, kilobytes = ""] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}

/** Until the first Worker answers anything at all. */
async function answers(origin: string): Promise<void> {
  for (const deadline = Date.now() + READY_WITHIN_MS; ; ) {
    const answer = await fetch(origin).catch(() => null);
    await answer?.body?.cancel();
    if (answer) return;
    if (Date.now() > deadline) throw new Error(`nothing answered at ${origin}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** As ChipIn's own wrangler.toml says. */
export function compatibilityOfWorker(): { compatibilityDate: string; compatibilityFlags: string[] } {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(ROOT, "wrangler.toml"));
  takeSignalsBack();
  const { compatibilityDate, compatibilityFlags } = workerOptions as Record<string, unknown>; // wrangler types it as anything
  if (typeof compatibilityDate !== "string" || !Array.isArray(compatibilityFlags)) {
    throw new Error("wrangler.toml has no compatibility date and flags");
  }
  return { compatibilityDate, compatibilityFlags };
}

function runtimeConfig(
  workers: readonly RuntimeWorker[],
  firstPort: number,
  objects: string,
  extensions: readonly string[],
): string {
  const { compatibilityDate, compatibilityFlags } = compatibilityOfWorker();
  const compatibility = `compatibilityDate = ${text(compatibilityDate)}, compatibilityFlags = ${list(compatibilityFlags.map(text))}`;
  const extension = extensions.map(
    (name) => `(name = ${text(name)}, esModule = embed ${text(`${name}/${MAIN_MODULE}`)}, internal = true)`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = ${list([
    `(name = "internet", network = (allow = ["public", "private"]))`,
    `(name = "objects", disk = (path = ${text(objects)}, writable = true))`,
    ...workers.map((worker) => `(name = ${text(worker.name)}, worker = (${compatibility}, ${workerConfig(worker)}))`),
  ])},
  sockets = ${list(
    workers.map(
      ({ name }, index) =>
        `(name = ${text(name)}, address = "127.0.0.1:${firstPort + index}", http = (), service = ${text(name)})`,
    ),
  )},
  extensions = [(modules = ${list(extension)})],
);
`;
}

function workerConfig({ name, modules, settings = {}, services = {}, objects = {}, standIns }: RuntimeWorker): string {
  const bindings = Object.entries(settings).map(([key, value]) => `(name = ${text(key)}, text = ${text(value)})`);
  for (const [key, service] of Object.entries(services)) {
    bindings.push(`(name = ${text(key)}, service = ${text(service)})`);
  }
  const embedded = Object.keys(modules).map(
    (module) => `(name = ${text(module)}, esModule = embed ${text(`${name}/${module}`)})`,
  );
  const parts = [`modules = ${list(embedded)}`];
  const namespaces = Object.entries(objects).map(([binding, className]) => {
    bindings.push(`(name = ${text(binding)}, durableObjectNamespace = ${text(className)})`);
    return `(className = ${text(className)}, uniqueKey = ${text(`${name}-${className}`)}, enableSql = true)`;
  });
  if (namespaces.length > 0) {
    parts.push(`durableObjectNamespaces = ${list(namespaces)}`, `durableObjectStorage = (localDisk = "objects")`);
  }
  if (standIns) {
    const { queues, limiters, unlimited } = standIns;
    bindings.push(
      `(name = "ASSETS", service = "stand-ins")`,
      ...limiters.map((limiter) => `(name = ${text(limiter)}, wrapped = (moduleName = ${text(unlimited)}))`),
      ...queues.map((queue) => `(name = ${text(queue)}, queue = "stand-ins")`),
    );
  }
  return [...parts, `bindings = ${list(bindings)}`].join(", ");
}

/** A capnp text: its escapes are those of JSON as far as our texts go. */
const text = (value: string) => JSON.stringify(value);
const list = (items: readonly string[]) => `[\n    ${items.join(",\n    ")}\n  ]`;
