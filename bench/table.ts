/** One measured row: every round's figure, and what it must keep to. */
export type Row = {
  what: string;
  figures: readonly number[];
  unit: Unit;
  /** None for figures that explain another row. */
  budget: { atLeast: number } | { atMost: number } | null;
  /** What it was compared with, or how it was measured. */
  note: string;
};

export type Unit = "ratio" | "each" | "runs" | "ms" | "KB" | "MB";

export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/** The smallest figure that `share` (0 to 1) of all figures do not exceed. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function keepsBudget({ figures, budget }: Row): boolean {
  if (!budget) return true;
  const figure = median(figures);
  // A figure that is not a number keeps no budget.
  return "atLeast" in budget ? figure >= budget.atLeast : figure <= budget.atMost;
}

export function formatTable(rows: readonly Row[]): string {
  const cells = [
    ["what", "measured", "min – max", "budget", "", "against"],
    ...rows.map((row) => [
      row.what,
      show(median(row.figures), row.unit),
      row.figures.length > 1
        ? `${show(Math.min(...row.figures), row.unit)} – ${show(Math.max(...row.figures), row.unit)}`
        : "",
      showBudget(row),
      row.budget === null ? "" : keepsBudget(row) ? "ok" : "MISSED",
      row.note,
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [lines[0], widths.map((width) => "─".repeat(width)).join("  "), ...lines.slice(1)].join("\n");
}

function showBudget({ budget, unit }: Row): string {
  if (!budget) return "";
  return "atLeast" in budget ? `≥ ${show(budget.atLeast, unit)}` : `≤ ${show(budget.atMost, unit)}`;
}

function show(figure: number, unit: Unit): string {
  switch (unit) {
    case "ratio":
      return figure.toFixed(2);
    case "runs":
      return figure.toFixed(0);
    case "each":
      return figure.toFixed(3);
    case "ms":
      return `${figure.toFixed(0)} ms`;
    case "MB":
      return `${figure.toFixed(1)} MB`;
    case "KB":
      return `${figure.toFixed(1)} KB`;
    default:
      throw new RangeError(unit satisfies never);
  }
}
