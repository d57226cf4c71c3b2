import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { alertsTable, OBSERVABILITY_ALERTS } from "../../local/deploy/alerts.ts";
import { startTestDatabase } from "../support/database.ts";

const ROOT = join(import.meta.dirname, "../..");
const page = (name: string) => readFileSync(join(ROOT, "docs", name), "utf8");
const database = await startTestDatabase();
afterAll(() => database.stop());

it("docs/deploy.md shows the alerts as `npm run alerts` prints them", () => {
  expect(page("deploy.md")).toContain(`\n${alertsTable()}\n`);
});

it("every event that an alert or a saved query filters by is logged by the product", () => {
  const source = ["src", "queues", "durable-objects"]
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
    )
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => readFileSync(join(ROOT, path), "utf8"))
    .join("\n");
  const filters = [...OBSERVABILITY_ALERTS.flatMap(({ when }) => when), dashboards()];
  const events = filters.flatMap((filter) =>
    [...filter.matchAll(/event (?:=|in) ([\w, ]+)/g)].flatMap(([, names = ""]) => names.split(/, | and /)),
  );

  expect(events.length).toBeGreaterThan(15);
  expect(events.filter((event) => /^[a-z_]+$/.test(event) && !source.includes(`"${event}"`))).toEqual([]);
});

it("every SQL query of the dashboards runs on our schema", async () => {
  const queries = [...dashboards().matchAll(/```sql\n(.*?)```/gs)].flatMap(([, text = ""]) =>
    text.split(";").filter((statement) => statement.trim() !== ""),
  );

  expect(queries.length).toBeGreaterThan(4);
  await database.postgres.session(async (session) => {
    for (const query of queries) await session.script(query);
  });
});

/** The section of docs/operate.md. */
function dashboards(): string {
  const text = page("operate.md");
  const begin = text.indexOf("\n## Dashboards\n");
  return text.slice(begin, text.indexOf("\n## ", begin + 5));
}
