import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchOptions } from "../arguments.ts";
import { bundle } from "../bundle.ts";
import type { Cores } from "../cores.ts";
import { interleave } from "../interleave.ts";
import { type LongLog, longLog } from "../long-log.ts";
import { emptyStart, onReference } from "../machine.ts";
import { type Runtime, startRuntime } from "../runtime.ts";
import type { Row } from "../table.ts";

const PIECE_EVENTS = 2_000;
/** Of each of two boards, turn by turn in one isolate: what the machine does besides falls on both. */
const VIEWS = { turns: 6, each: 500 } as const;

/** What a board costs when it wakes after an eviction or a deployment: its whole log is read and folded. */
export async function wakingRows(options: BenchOptions, cores: Cores): Promise<Row[]> {
  const modules = await bundle("bench/workers/waking.ts");
  const logs = {
    small: longLog({ paid: 10, expired: 0 }),
    paid: longLog({ paid: 10_000, expired: 0 }),
    abandoned: longLog({ paid: 10_000, expired: 20_000 }),
  };
  const directory = await mkdtemp(join(tmpdir(), "chipin-bench-"));
  const start = () =>
    startRuntime(directory, [{ name: "waking", modules, objects: { DREAM_BOARD: "DreamBoard" } }], { cores });
  try {
    const runtime = await start();
    for (const log of Object.values(logs)) await restore(runtime, log);
    await runtime.stop();

    const memory: Record<keyof typeof logs, number[]> = { small: [], paid: [], abandoned: [] };
    const views: number[] = [];
    const wake = (name: keyof typeof logs) => async () => {
      const fresh = await start();
      try {
        const before = { cpu: fresh.cpuMs(), memory: fresh.memoryMb() };
        await view(fresh, logs[name]);
        const woken = fresh.cpuMs();
        memory[name].push(fresh.memoryMb() - before.memory);
        if (name === "abandoned") views.push(await compareViews(fresh, logs.abandoned, logs.small));
        return woken - before.cpu;
      } finally {
        await fresh.stop();
      }
    };
    const cpu = await interleave(options, {
      empty: await emptyStart(cores),
      small: wake("small"),
      paid: wake("paid"),
      abandoned: wake("abandoned"),
    });
    const beyond = (of: Record<keyof typeof logs, number[]>, name: keyof typeof logs) =>
      of[name].map((figure, round) => figure - (of.small[round] ?? Number.NaN));
    const wakingOf = (name: keyof typeof logs) =>
      beyond(cpu, name).map((ms, round) => onReference(ms, cpu.empty[round]));
    return [
      {
        what: "waking a board of 10,000 paid contributions",
        figures: wakingOf("paid"),
        unit: "ms",
        budget: { atMost: 150 },
        note: "CPU, minus waking a board of ten, as on the reference machine",
      },
      {
        what: "its memory",
        figures: beyond(memory, "paid"),
        unit: "MB",
        budget: { atMost: 48 },
        note: "resident, minus a board of ten",
      },
      {
        what: "waking one with 20,000 expired attempts beside them",
        figures: wakingOf("abandoned"),
        unit: "ms",
        budget: { atMost: 400 },
        note: "CPU, minus waking a board of ten, as on the reference machine",
      },
      {
        what: "its memory",
        figures: beyond(memory, "abandoned"),
        unit: "MB",
        budget: { atMost: 48 },
        note: "resident, minus a board of ten",
      },
      {
        what: "its view",
        figures: views,
        unit: "ratio",
        budget: { atMost: 1.15 },
        note: `CPU of ${VIEWS.turns * VIEWS.each} views, of those of a board of ten`,
      },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function restore(runtime: Runtime, { code, events, profile }: LongLog): Promise<void> {
  for (let from = 0; from < events.length; from += PIECE_EVENTS) {
    const piece = {
      first: from === 0,
      last: from + PIECE_EVENTS >= events.length,
      events: events.slice(from, from + PIECE_EVENTS),
      profile,
      contributors: [],
    };
    const url = `${runtime.origins.waking}/restore/${code}`;
    const answer = await fetch(url, { method: "POST", body: JSON.stringify(piece) });
    const outcome: { restored: boolean; reason?: string } = JSON.parse(await answer.text());
    if (!outcome.restored) throw new Error(`the long log was not restored: ${outcome.reason}`);
  }
}

/** What viewing one board takes of the processor, of what viewing the other does. */
async function compareViews(runtime: Runtime, board: LongLog, other: LongLog): Promise<number> {
  const spent = new Map<LongLog, number>();
  for (let turn = 0; turn < VIEWS.turns; turn += 1) {
    for (const log of turn % 2 === 0 ? [board, other] : [other, board]) {
      const before = runtime.cpuMs();
      await view(runtime, log, VIEWS.each);
      spent.set(log, (spent.get(log) ?? 0) + runtime.cpuMs() - before);
    }
  }
  return (spent.get(board) ?? 0) / (spent.get(other) ?? Number.NaN);
}

async function view(runtime: Runtime, { code, profile }: LongLog, times = 1): Promise<void> {
  const answer = await fetch(`${runtime.origins.waking}/view/${code}/${times}`);
  const seen: { slug: string } = JSON.parse(await answer.text());
  if (seen.slug !== profile.slug) throw new Error("the woken board is another one");
}
