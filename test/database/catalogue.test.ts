import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { generateDrizzleJson, generateMigration } from "drizzle-kit/api";
import { getTableName, is } from "drizzle-orm";
import { PgTable } from "drizzle-orm/pg-core";
import { afterAll, describe, expect, it } from "vitest";
import type { LocalPostgres } from "../../local/postgres/local-postgres.ts";
import { declaredSchema, staleNames } from "../../migrations/check.ts";
import { migrate } from "../../migrations/migrate.ts";
import * as causeTables from "../../src/database/cause-tables.ts";
import * as consentTables from "../../src/database/consent-tables.ts";
import * as endpointTables from "../../src/database/endpoint-tables.ts";
import * as eventTables from "../../src/database/event-tables.ts";
import * as hostTables from "../../src/database/host-tables.ts";
import * as monitoringTables from "../../src/database/monitoring-tables.ts";
import * as ownTables from "../../src/database/own-tables.ts";
import * as paymentTables from "../../src/database/payment-tables.ts";
import * as payoutTables from "../../src/database/payout-tables.ts";
import * as privacyTables from "../../src/database/privacy-tables.ts";
import * as sealingTables from "../../src/database/sealing-tables.ts";
import { startEmptyPostgres } from "../support/database.ts";
import { type Catalogue, inAnyOrder, readCatalogue, subjectOf, without } from "./catalogue.ts";

const OWN_TABLES = Object.values({
  ...ownTables,
  ...paymentTables,
  ...payoutTables,
  ...privacyTables,
  ...hostTables,
  ...monitoringTables,
  ...sealingTables,
  ...endpointTables,
  ...eventTables,
  ...causeTables,
  ...consentTables,
})
  .filter((value) => is(value, PgTable))
  .map((table) => getTableName(table));
const OWN_SEQUENCE = "partner_events_position_seq";
const JOURNAL = "schema_migrations";
/** The one thing on a specified table that the specification's SQL lacks: `audit_logs` is append-only. (product-facts 17.2) */
const APPEND_ONLY = [
  "audit_logs: CREATE TRIGGER audit_logs_append_only BEFORE DELETE OR UPDATE ON public.audit_logs FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()",
  "audit_logs: CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON public.audit_logs FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
];
const withAppendOnly = (catalogue: Catalogue): Catalogue => ({
  ...catalogue,
  triggers: [...catalogue.triggers, ...APPEND_ONLY],
});

const databases: LocalPostgres[] = [];
async function databaseMadeBy(script: string): Promise<LocalPostgres> {
  const postgres = await startEmptyPostgres();
  databases.push(postgres);
  await postgres.session((session) => session.script(script));
  return postgres;
}

const migrated = await databaseMadeBy("");
await migrated.session((session) => migrate(session));
const specified = await databaseMadeBy(await readFile(join(import.meta.dirname, "specification.sql"), "utf8"));

afterAll(async () => {
  for (const postgres of databases) await postgres.stop();
});

describe("the migrated database", () => {
  it("the migrated database without our tables and indexes is the specified one with an append-only audit log", async () => {
    const found = without(await migrated.session(readCatalogue), [...OWN_TABLES, OWN_SEQUENCE, JOURNAL]);
    const isOurs = (line: string) => line.includes("INDEX own_");

    expect(found.indexes.filter(isOurs)).toHaveLength(13);
    expect({ ...found, indexes: found.indexes.filter((line) => !isOurs(line)) }).toEqual(
      withAppendOnly(await specified.session(readCatalogue)),
    );
  });

  it("the migrated database has ten specified tables, two views, nine types and our own tables", async () => {
    const { relations, enums, extensions } = await migrated.session(readCatalogue);
    const specifiedNames = (await specified.session(readCatalogue)).relations.map(subjectOf);

    expect(specifiedNames).toHaveLength(12);
    expect(enums).toHaveLength(9);
    expect(extensions.map(subjectOf)).toContain("pgcrypto");
    expect(relations.map(subjectOf).sort()).toEqual([...specifiedNames, ...OWN_TABLES, OWN_SEQUENCE, JOURNAL].sort());
  });

  it("the migrated database equals what the Drizzle schema declares", async () => {
    const statements = await generateMigration(generateDrizzleJson({}), declaredSchema());
    const declared = await databaseMadeBy(['CREATE EXTENSION "pgcrypto";', ...statements].join("\n"));

    const found = without(await migrated.session(readCatalogue), [JOURNAL]);

    // A column that a later migration adds is the last one in the database, but not in the schema.
    const expected = withAppendOnly(await declared.session(readCatalogue));
    expect(inAnyOrder(found, OWN_TABLES)).toEqual(inAnyOrder(expected, OWN_TABLES));
  });

  it("the newest snapshot of drizzle-kit describes the migrated database", async () => {
    expect(await staleNames()).toEqual([]);
  });
});

describe("readCatalogue", () => {
  it.each([
    "ALTER TABLE hosts ALTER COLUMN name TYPE varchar(99)",
    "ALTER TABLE hosts ALTER COLUMN name SET NOT NULL",
    "ALTER TABLE hosts ADD COLUMN phone text",
    "ALTER TABLE hosts DROP COLUMN name CASCADE",
    "ALTER TABLE api_keys ALTER COLUMN rate_limit SET DEFAULT 100",
    "ALTER TABLE api_keys ALTER COLUMN rate_limit DROP DEFAULT",
    "ALTER TABLE contributions ALTER COLUMN net_cents DROP EXPRESSION",
    "ALTER TABLE contributions DROP CONSTRAINT valid_amount",
    "ALTER TABLE contributions RENAME CONSTRAINT valid_amount TO valid_amounts",
    "ALTER TABLE contributions DROP CONSTRAINT valid_amount, ADD CONSTRAINT valid_amount CHECK (amount_cents > 2000)",
    "ALTER TABLE hosts DROP CONSTRAINT hosts_email_key; CREATE UNIQUE INDEX hosts_email_key ON hosts(email)",
    `ALTER TABLE payouts DROP CONSTRAINT payouts_dream_board_id_fkey, ADD CONSTRAINT payouts_dream_board_id_fkey
      FOREIGN KEY (dream_board_id) REFERENCES dream_boards(id) ON DELETE CASCADE`,
    "DROP INDEX idx_dream_boards_deadline",
    "DROP INDEX idx_dream_boards_deadline; CREATE INDEX idx_dream_boards_deadline ON dream_boards(deadline)",
    "ALTER TYPE payment_status RENAME VALUE 'refunded' TO 'returned'",
    "DROP VIEW expiring_dream_boards",
    "CREATE OR REPLACE VIEW expiring_dream_boards AS SELECT * FROM dream_boards WHERE status = 'active'",
    "CREATE TABLE extra (id int)",
  ])("readCatalogue shows the change %s", async (change) => {
    const [before, after] = await specified.session(async (session) => {
      const unchanged = await readCatalogue(session);
      await session.script(`BEGIN; ${change}`);
      const changed = await readCatalogue(session);
      await session.script("ROLLBACK");
      return [unchanged, changed];
    });

    expect(after).not.toEqual(before);
  });
});
