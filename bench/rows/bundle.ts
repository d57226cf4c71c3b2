import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzippedBytes } from "../../local/worker/build-options.ts";
import type { BenchOptions } from "../arguments.ts";
import { bundle } from "../bundle.ts";
import type { Cores } from "../cores.ts";
import { interleave } from "../interleave.ts";
import { type RuntimeWorker, startRuntime } from "../runtime.ts";
import type { Row } from "../table.ts";

/** The size of what is deployed, and what loading it costs before the first request. */
export async function bundleRows(options: BenchOptions, cores: Cores): Promise<Row[]> {
  const [modules, empty] = await Promise.all([bundle("src/index.ts"), bundle("bench/workers/empty.ts")]);
  const bare = { name: "empty", modules: empty };
  const startUps = await interleave(options, {
    alone: () => startUp([bare], cores),
    beside: () => startUp([bare, { name: "chipin", modules }], cores),
  });
  return [
    {
      what: "Worker, all modules",
      figures: [gzippedBytes(modules) / 1024],
      unit: "KB",
      budget: { atMost: 500 },
      note: "minified, gzip",
    },
    {
      what: "start-up CPU",
      figures: startUps.beside.map((ms, round) => ms - (startUps.alone[round] ?? Number.NaN)),
      unit: "ms",
      budget: { atMost: 50 },
      note: "workerd with it, minus workerd with an empty Worker only",
    },
  ];
}

/** Processor time of a fresh runtime until it serves: every Worker in it is loaded by then, and only the empty one was asked. */
async function startUp(workers: readonly RuntimeWorker[], cores: Cores): Promise<number> {
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
