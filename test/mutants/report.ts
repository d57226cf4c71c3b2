import type { Verdict } from "./judge.ts";
import type { Equivalent, Mutant } from "./sample.ts";

export type Judged = { mutant: Mutant; verdict: Verdict; seconds: number };

/** The share of killed mutants, 0 to 1. What tsc refuses does not count; of nothing the score is 1. */
export function scoreOf(judged: readonly Judged[]): number {
  const killed = count(judged, "killed");
  const survived = count(judged, "survived");
  return killed + survived === 0 ? 1 : killed / (killed + survived);
}

export function formatTable(judged: readonly Judged[]): string {
  const names = [...new Set(judged.map(({ mutant }) => mutant.area.name))];
  const rows = names.map((name) =>
    rowOf(
      name,
      judged.filter(({ mutant }) => mutant.area.name === name),
    ),
  );
  const cells = [["area", "mutants", "killed", "survived", "score", "refused by tsc"], ...rows, rowOf("all", judged)];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const show = (row: readonly string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)));
  return cells.map((row) => show(row).join("  ")).join("\n");
}

export function formatSurvivors(judged: readonly Judged[]): string {
  return judged
    .flatMap(({ mutant, verdict }) => {
      if (verdict.result !== "survived") return [];
      const tests = verdict.ran === 0 ? "no test reaches it" : `${verdict.ran} test files ran`;
      return [`${describe(mutant)} (${tests})\n  ${mutant.before}\n  -> ${mutant.after || "(removed)"}`];
    })
    .join("\n");
}

export function formatProgress({ mutant, verdict, seconds }: Judged, done: number, all: number): string {
  const by = verdict.result === "killed" ? ` by ${verdict.by}` : "";
  return `[${done}/${all}] ${seconds.toFixed(1)} s  ${describe(mutant)}: ${verdict.result}${by}`;
}

export function formatStale(stale: readonly Equivalent[]): string {
  return stale
    .map(({ file, before }) => `equivalent.json names what is no longer there: ${file}: ${before}`)
    .join("\n");
}

export function describe({ file, line, kind }: Mutant): string {
  return `${file}:${line} ${kind}`;
}

function rowOf(name: string, judged: readonly Judged[]): string[] {
  const killed = count(judged, "killed");
  const survived = count(judged, "survived");
  const score = killed + survived === 0 ? "" : `${Math.floor(scoreOf(judged) * 100)} %`;
  return [name, `${killed + survived}`, `${killed}`, `${survived}`, score, `${count(judged, "refused by tsc")}`];
}

function count(judged: readonly Judged[], result: Verdict["result"]): number {
  return judged.filter(({ verdict }) => verdict.result === result).length;
}
