import type { MigrationSession } from "../../migrations/migrate.ts";

/** What Postgres knows of the schema `public`: one line per fact, as `table: fact`, in a fixed order. */
export type Catalogue = Record<keyof typeof FACTS, string[]>;

/** The table, view or type that a line is about. */
export const subjectOf = (line: string) => line.slice(0, line.indexOf(":"));

const FACTS = {
  relations: `
    SELECT format('%s: %s%s', relname, relkind, CASE WHEN relrowsecurity THEN ' row security' END)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    ORDER BY relname`,
  // The position counts existing columns only, so a column that was dropped and added again has another position.
  columns: `
    SELECT format('%s: %s %s %s%s default %s generated %s identity %s collation %s', c.relname,
      row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), a.attname, format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attnotnull THEN ' not null' END, coalesce(pg_get_expr(d.adbin, d.adrelid), '-'),
      nullif(a.attgenerated, ''), nullif(a.attidentity, ''), a.attcollation::regcollation)
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
      AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum`,
  constraints: `
    SELECT format('%s: %s %s %s%s', conrelid::regclass, conname, contype, pg_get_constraintdef(oid),
      CASE WHEN NOT convalidated THEN ' not validated' END)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
    ORDER BY conrelid::regclass::text, conname`,
  indexes: `
    SELECT format('%s: %s', tablename, indexdef) FROM pg_indexes WHERE schemaname = 'public'
    ORDER BY tablename, indexname`,
  enums: `
    SELECT format('%s: %s', t.typname, string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder))
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid WHERE t.typnamespace = 'public'::regnamespace
    GROUP BY t.typname ORDER BY t.typname`,
  views: `
    SELECT format('%s: %s', relname, pg_get_viewdef(oid)) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm') ORDER BY relname`,
  triggers: `
    SELECT format('%s: %s', tgrelid::regclass, pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
    ORDER BY tgrelid::regclass::text, tgname`,
  extensions: `SELECT format('%s: %s', extname, extnamespace::regnamespace) FROM pg_extension ORDER BY extname`,
};

export async function readCatalogue(session: MigrationSession): Promise<Catalogue> {
  const catalogue: Partial<Catalogue> = {};
  for (const kind of Object.keys(FACTS) as (keyof typeof FACTS)[]) {
    const rows = await session.rows(FACTS[kind], []);
    catalogue[kind] = rows.map(([line]) => line ?? "");
  }
  return catalogue as Catalogue;
}

/** The catalogue without the lines about `subjects`. */
export function without(catalogue: Catalogue, subjects: readonly string[]): Catalogue {
  const kept = Object.entries(catalogue).map(([kind, lines]) => [
    kind,
    lines.filter((line) => !subjects.includes(subjectOf(line))),
  ]);
  return Object.fromEntries(kept);
}

/** The catalogue with the columns of `subjects` sorted by name instead of by position. */
export function inAnyOrder(catalogue: Catalogue, subjects: readonly string[]): Catalogue {
  const unplaced = (line: string) => (subjects.includes(subjectOf(line)) ? line.replace(/: \d+ /, ": ") : line);
  return { ...catalogue, columns: catalogue.columns.map(unplaced).sort() };
}
