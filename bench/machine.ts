import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "./bundle.ts";
import type { Cores } from "./cores.ts";
import { type RuntimeWorker, startRuntime } from "./runtime.ts";
import { median } from "./table.ts";

/** Processor time in ms that starting a runtime with an empty Worker takes on the machine for which budgets in such time are stated. */
const REFERENCE_MS = 15;
const STARTS = 5;

/** How much slower this machine is now than that one: a budget in processor time is multiplied by it. */
export async function slownessOf(cores: Cores): Promise<number> {
  const empty = { name: "empty", modules: await bundle("bench/workers/empty.ts") };
  const starts: number[] = [];
  while (starts.length < STARTS) starts.push(await startUpMs([empty], cores));
  return median(starts) / REFERENCE_MS;
}

/** Processor time of a fresh runtime until it serves: every Worker in it is loaded by then, and only the first was asked. */
export async function startUpMs(workers: readonly RuntimeWorker[], cores: Cores): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "chipin-bench-"));
  try {
    const runtime = await startRuntime(directory, workers, { cores });
    const used = runtime.cpuMs();
    await runtime.stop();
    return used;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
