import { gzippedBytes } from "../../local/worker/build-options.ts";
import type { BenchOptions } from "../arguments.ts";
import { bundle } from "../bundle.ts";
import type { Cores } from "../cores.ts";
import { interleave } from "../interleave.ts";
import { startUpMs } from "../machine.ts";
import type { Row } from "../table.ts";

/** The size of what is deployed, and what loading it costs before the first request. */
export async function bundleRows(options: BenchOptions, cores: Cores, slowness: number): Promise<Row[]> {
  const [modules, empty] = await Promise.all([bundle("src/index.ts"), bundle("bench/workers/empty.ts")]);
  const bare = { name: "empty", modules: empty };
  const startUps = await interleave(options, {
    alone: () => startUpMs([bare], cores),
    beside: () => startUpMs([bare, { name: "chipin", modules }], cores),
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
      budget: { atMost: 50 * slowness },
      note: "workerd with it, minus workerd with an empty Worker only",
    },
  ];
}
