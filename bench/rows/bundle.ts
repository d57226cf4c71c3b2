import { gzippedBytes } from "../../local/worker/build-options.ts";
import type { BenchOptions } from "../arguments.ts";
import { bundle } from "../bundle.ts";
import type { Cores } from "../cores.ts";
import { interleave } from "../interleave.ts";
import { onReference, startUpMs } from "../machine.ts";
import type { Row } from "../table.ts";

/** A start takes a tenth of a second, and differs from the next one by a third. */
const FEWEST_STARTS = 15;

/** The size of what is deployed, and what loading it costs before the first request. */
export async function bundleRows(options: BenchOptions, cores: Cores): Promise<Row[]> {
  const [modules, empty] = await Promise.all([bundle("src/index.ts"), bundle("bench/workers/empty.ts")]);
  const bare = { name: "empty", modules: empty };
  const { alone, beside } = await interleave(
    { ...options, rounds: Math.max(options.rounds, FEWEST_STARTS) },
    {
      alone: () => startUpMs([bare], cores),
      beside: () => startUpMs([bare, { name: "chipin", modules }], cores),
    },
  );
  const startUps = beside.map((ms, round) => onReference(ms - (alone[round] ?? Number.NaN), alone[round]));
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
      figures: startUps,
      unit: "ms",
      budget: { atMost: 50 },
      note: "workerd with it, minus workerd with an empty Worker only, as on the reference machine",
    },
  ];
}
