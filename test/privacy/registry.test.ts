import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import { migrate } from "../../migrations/migrate.ts";
import { JOB_NAMES } from "../../src/jobs/schedule.ts";
import { BINDINGS, BOARD_OBJECT, ELSEWHERE, ERASERS, type Holding, POSTGRES } from "../../src/privacy/registry.ts";
import { startEmptyPostgres } from "../support/database.ts";
import { listedNames, withRegistry } from "./registry-tables.ts";

const ROOT = join(import.meta.dirname, "../..");
const postgres = await startEmptyPostgres();
await postgres.session((session) => migrate(session));
afterAll(() => postgres.stop());

/** Every `binding` of the configuration, and the objects and limits, which call it `name`. */
function bindingsOf(environment: string | undefined): string[] {
  const config = unstable_readConfig({ config: join(ROOT, "wrangler.toml"), env: environment });
  const named = [...config.durable_objects.bindings, ...config.ratelimits].map(({ name }) => name);
  return [...new Set([...named, ...valuesOf(config, "binding")])].sort();
}

function valuesOf(value: unknown, key: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === key && typeof inner === "string" ? [inner] : valuesOf(inner, key),
  );
}

describe("the registry of personal data", () => {
  it("the registry lists every column of every table of Postgres, each once, and no others", async () => {
    const { rows } = await postgres.query({
      text: `SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'm', 'f')
          AND a.attnum > 0 AND NOT a.attisdropped`,
      params: [],
    });

    expect(listedNames(POSTGRES)).toEqual(rows.map(([name]) => name ?? "").sort());
  });

  it("the registry lists every binding of wrangler.toml in every environment, and no others", () => {
    const listed = Object.keys(BINDINGS).sort();

    expect([undefined, "staging", "production"].map(bindingsOf)).toEqual([listed, listed, listed]);
  });

  it("every job that the registry names exists, and every eraser is named by a store", () => {
    const stores = [POSTGRES, BOARD_OBJECT, BINDINGS, ELSEWHERE].flatMap((part) => Object.values(part));
    const holdings: Holding[] = stores.flatMap(({ holds = {} }) => Object.values(holds));
    const jobs = Object.entries(ERASERS).filter(([, { kind }]) => kind === "job");
    const named = new Set(holdings.map(([, , , eraser]) => eraser).filter((eraser) => !eraser.startsWith("by ")));

    expect(jobs.map(([name]) => name).filter((name) => !(JOB_NAMES as string[]).includes(name))).toEqual([]);
    expect([...named].sort()).toEqual(Object.keys(ERASERS).sort());
  });

  it("the registry gives the fields of data-models the specified class and period", () => {
    const specified: [string, string, string, string][] = [
      ["hosts", "email", "PII", "lifetime"],
      ["hosts", "name", "PII", "lifetime"],
      ["dream_boards", "child_name", "PII (Minor)", "90 days after the end"],
      ["dream_boards", "child_photo_url", "PII (Minor)", "90 days after the end"],
      ["dream_boards", "payout_email", "PII", "90 days after the end"],
      ["dream_boards", "overflow_gift_data", "Non-PII", "90 days after the end"],
      ["contributions", "contributor_name", "PII", "90 days after the end"],
      ["contributions", "ip_address", "PII", "30 days"],
      ["contributions", "user_agent", "Metadata", "30 days"],
      ["payouts", "recipient_data", "PII (encrypted)", "7 years"],
    ];

    const listed = specified.map(([table, column]) => {
      const [, dataClass, period] = POSTGRES[table]?.holds?.[column] ?? [];
      return [table, column, dataClass, period];
    });
    expect(listed).toEqual(specified);
  });

  it("docs/privacy.md shows the registry as it is; `vitest run -u` writes it", async () => {
    const page = join(ROOT, "docs/privacy.md");

    await expect(withRegistry(readFileSync(page, "utf8"))).toMatchFileSnapshot(page);
  });
});
