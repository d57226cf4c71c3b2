import { startTestDatabase } from "../../test/support/database.ts";
import { linesOf, printStatements } from "../measure-statements.ts";
import { FULL_SIZE, seedLarge } from "../seed-large.ts";
import type { Row } from "../table.ts";

/** Every statement of the Worker at a million contributions. Only a real Postgres can say, so there are no rows without one. */
export async function statementRows(running: AsyncDisposableStack): Promise<Row[]> {
  if (!process.env.TEST_POSTGRES_URL) {
    console.log("  statements: not measured; TEST_POSTGRES_URL must name a PostgreSQL with 12 GB of disk to spare");
    return [];
  }
  const database = running.adopt(await startTestDatabase(), ({ stop }) => stop());
  await seedLarge(database.databaseUrl, FULL_SIZE);
  const lines = await linesOf(database.databaseUrl);
  printStatements(lines.filter(({ missed }) => missed));
  const slowest = (kind: "online" | "nightly") =>
    Math.max(...lines.filter((line) => line.kind === kind).map(({ ms }) => ms));
  const note = `${FULL_SIZE.contributions} contributions, medians of warm runs`;
  return [
    { what: "slowest statement", figures: [slowest("online")], unit: "ms", budget: { atMost: 50 }, note },
    { what: "slowest nightly statement", figures: [slowest("nightly")], unit: "ms", budget: { atMost: 200 }, note },
    {
      what: "statements that read a large table whole",
      figures: [lines.filter(({ whole }) => whole !== "").length],
      unit: "each",
      budget: { atMost: 0 },
      note: `of ${lines.length}`,
    },
  ];
}
