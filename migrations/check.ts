import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type DrizzleSnapshotJSON, generateDrizzleJson } from "drizzle-kit/api";
import * as causeTables from "../src/database/cause-tables.ts";
import * as consentTables from "../src/database/consent-tables.ts";
import * as endpointTables from "../src/database/endpoint-tables.ts";
import * as enums from "../src/database/enums.ts";
import * as eventTables from "../src/database/event-tables.ts";
import * as hostTables from "../src/database/host-tables.ts";
import * as monitoringTables from "../src/database/monitoring-tables.ts";
import * as ownTables from "../src/database/own-tables.ts";
import * as paymentTables from "../src/database/payment-tables.ts";
import * as payoutTables from "../src/database/payout-tables.ts";
import * as privacyTables from "../src/database/privacy-tables.ts";
import * as schema from "../src/database/schema.ts";
import * as sealingTables from "../src/database/sealing-tables.ts";
import * as views from "../src/database/views.ts";

const KINDS = ["tables", "enums", "views"] as const;

/** What `src/database/` declares, in the form drizzle-kit keeps beside each migration. */
export function declaredSchema(): DrizzleSnapshotJSON {
  return JSON.parse(
    JSON.stringify(
      generateDrizzleJson({
        ...enums,
        ...schema,
        ...views,
        ...ownTables,
        ...paymentTables,
        ...payoutTables,
        ...privacyTables,
        ...monitoringTables,
        ...sealingTables,
        ...endpointTables,
        ...eventTables,
        ...hostTables,
        ...causeTables,
        ...consentTables,
      }),
    ),
  );
}

/** Names of tables, enums and views for which the newest migration and the schema disagree. No database, no network. */
export async function staleNames(directory = import.meta.dirname): Promise<string[]> {
  const read = async (name: string) => JSON.parse(await readFile(join(directory, "meta", name), "utf8"));
  const { entries } = await read("_journal.json");
  const migrated: DrizzleSnapshotJSON = await read(`${String(entries.at(-1).idx).padStart(4, "0")}_snapshot.json`);
  const declared = declaredSchema();
  return KINDS.flatMap((kind) => {
    const names = new Set([...Object.keys(migrated[kind]), ...Object.keys(declared[kind])]);
    return [...names].filter((name) => !isDeepStrictEqual(migrated[kind][name], declared[kind][name]));
  });
}

if (import.meta.main) {
  const stale = await staleNames();
  if (stale.length > 0) {
    console.error(`migrations/ and src/database/ disagree about ${stale.join(", ")}`);
    console.error("run npx drizzle-kit generate --name <what_changes> and commit what it writes");
    process.exitCode = 1;
  }
}
