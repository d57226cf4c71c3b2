import { cpus } from "node:os";
import { buildAssets } from "../local/assets.ts";
import { type BenchOptions, BenchProblem, readArguments, type Suite, USAGE } from "./arguments.ts";
import { type Cores, releaseCores, takeCores } from "./cores.ts";
import { manyRounds } from "./interleave.ts";
import { attackRows } from "./rows/attack.ts";
import { boardPageRows } from "./rows/board-page.ts";
import { bundleRows } from "./rows/bundle.ts";
import { callbackRows } from "./rows/callbacks.ts";
import { crowdRows } from "./rows/crowd.ts";
import { edgeCacheRows } from "./rows/edge-cache.ts";
import { firstVisitRows } from "./rows/first-visit.ts";
import { liveRows } from "./rows/live.ts";
import { partnerReadRows } from "./rows/partner-read.ts";
import { statementRows } from "./rows/statements.ts";
import { wakingRows } from "./rows/waking.ts";
import { webhookRows } from "./rows/webhooks.ts";
import { stopOnSignals, wasInterrupted } from "./signals.ts";
import { type Stage, startStage } from "./stage.ts";
import { formatTable, keepsBudget, type Row } from "./table.ts";
import { requireWrk } from "./wrk.ts";

const MISSED = 2;

const ON_STAGE: Partial<Record<Suite, (stage: Stage, options: BenchOptions) => Promise<Row[]>>> = {
  "board-page": boardPageRows,
  "edge-cache": edgeCacheRows,
  "partner-read": partnerReadRows,
  callbacks: callbackRows,
  live: liveRows,
  crowd: crowdRows,
};

const running = new AsyncDisposableStack();
stopOnSignals(() => running.disposeAsync());
try {
  const options = readArguments(process.argv.slice(2));
  if (options) process.exitCode = await run(options);
  else console.log(USAGE);
} catch (error) {
  if (!wasInterrupted()) console.error(error instanceof BenchProblem ? `\n${error.message}\n` : error);
  process.exitCode = 1;
} finally {
  await running.disposeAsync();
}

async function run(options: BenchOptions): Promise<number> {
  requireWrk();
  await buildAssets();
  const cores = takeCores();
  console.log(circumstances(options, cores));
  const rows: Row[] = [];
  const measure = async (suite: Suite, work: () => Promise<Row[]>) => {
    if (!options.suites.includes(suite)) return;
    const startedAt = performance.now();
    rows.push(...(await work()));
    console.log(`  ${suite}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  };

  await measure("bundle", () => bundleRows(options, cores));
  await measure("waking", () => wakingRows(options, cores));
  const onStage = Object.entries(ON_STAGE) as [Suite, NonNullable<(typeof ON_STAGE)[Suite]>][];
  if (onStage.some(([suite]) => options.suites.includes(suite))) {
    const stage = await startStage(cores, running);
    for (const [suite, rowsOf] of onStage) await measure(suite, () => rowsOf(stage, options));
    await stage.stop();
  }
  await measure("first-visit", () => {
    releaseCores(cores);
    return firstVisitRows(options, running);
  });
  await measure("webhooks", () => {
    releaseCores(cores);
    return webhookRows(options, running);
  });
  await measure("attack", () => {
    releaseCores(cores);
    return attackRows(options, running);
  });
  await measure("statements", () => statementRows(running));

  console.log(`\n${formatTable(rows)}\n`);
  const missed = rows.filter((row) => !keepsBudget(row));
  for (const { what, note } of missed) console.log(`MISSED: ${what} (${note})`);
  return missed.length > 0 && options.strict ? MISSED : 0;
}

function circumstances(options: BenchOptions, cores: Cores): string {
  const { rounds, seconds } = options;
  const many = `${manyRounds(options).rounds} of the board page and of a partner's read`;
  const pinned = cores ? `workerd on core ${cores.runtime}, load and Postgres on core ${cores.rest}` : "nothing pinned";
  const postgres = process.env.TEST_POSTGRES_URL ? "the Postgres of TEST_POSTGRES_URL" : "the embedded Postgres";
  return [
    `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, Node ${process.versions.node}; ${pinned}`,
    `${postgres}; ${rounds} interleaved rounds of ${seconds} s, ${many}; medians of the rounds' ratios`,
  ].join("\n");
}
