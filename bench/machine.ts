import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "./bundle.ts";
import type { Cores } from "./cores.ts";
import type { Measurement } from "./interleave.ts";
import { type RuntimeWorker, startRuntime } from "./runtime.ts";

/** Processor time in ms that starting a runtime with an empty Worker takes on the machine for which budgets in such time are stated. */
const REFERENCE_MS = 15;

/**
 * Processor time as it would be on that machine: this one is as much slower as it starts an empty Worker more slowly. `emptyStartMs` is
 * of the same round, because a machine that others share changes from second to second.
 */
export function onReference(ms: number, emptyStartMs: number | undefined): number {
  return emptyStartMs === undefined ? Number.NaN : (ms * REFERENCE_MS) / emptyStartMs;
}

/** Processor time of a fresh runtime until it serves an empty Worker. */
export async function emptyStart(cores: Cores): Promise<Measurement> {
  const empty = { name: "empty", modules: await bundle("bench/workers/empty.ts") };
  return () => startUpMs([empty], cores);
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
