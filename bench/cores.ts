import { execFileSync, spawnSync } from "node:child_process";

/** One core for the runtime under test, another for everything that loads and serves it. Null where they cannot be told apart. */
export type Cores = { runtime: number; rest: number } | null;

/** Pins this process, with all its threads and whatever it starts, to the second core there is. */
export function takeCores(): Cores {
  const mask = spawnSync("taskset", ["-pc", String(process.pid)], { encoding: "utf8" });
  if (mask.error || mask.status !== 0) return null;
  const [runtime, rest] = (mask.stdout.split(":").at(-1) ?? "").split(",").flatMap(range);
  if (runtime === undefined || rest === undefined) return null;
  execFileSync("taskset", ["-apc", String(rest), String(process.pid)], { stdio: "ignore" });
  return { runtime, rest };
}

/** Gives all cores back: for rows measured with everything in one process tree. */
export function releaseCores(cores: Cores): void {
  if (cores)
    execFileSync("taskset", ["-apc", `${cores.runtime},${cores.rest}`, String(process.pid)], { stdio: "ignore" });
}

/** The command line that runs `command` on the runtime's core. */
export function onRuntimeCore(cores: Cores, command: readonly string[]): [string, ...string[]] {
  const [program = "", ...args] = command;
  return cores ? ["taskset", "-c", String(cores.runtime), program, ...args] : [program, ...args];
}

/** `0-3` or `5`. */
function range(text: string): number[] {
  const [from = Number.NaN, to = from] = text.trim().split("-").map(Number);
  return Number.isInteger(from) ? Array.from({ length: to - from + 1 }, (_, index) => from + index) : [];
}
