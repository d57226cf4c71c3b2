import type { MigrationSession } from "../../migrations/migrate.ts";

/** One statement; parameters in Postgres's text format. */
export type Statement = { text: string; params: readonly (string | null)[] };

export type Field = {
  name: string;
  tableID: number;
  columnID: number;
  dataTypeID: number;
  dataTypeSize: number;
  dataTypeModifier: number;
  format: string;
};

/** Cells in Postgres's text format, whatever their type. `rowCount` is null for commands that count no rows. */
export type StatementResult = {
  fields: Field[];
  rows: (string | null)[][];
  command: string;
  rowCount: number | null;
};

export const ISOLATION_LEVELS = {
  ReadUncommitted: "READ UNCOMMITTED",
  ReadCommitted: "READ COMMITTED",
  RepeatableRead: "REPEATABLE READ",
  Serializable: "SERIALIZABLE",
} as const;
export type IsolationLevel = keyof typeof ISOLATION_LEVELS;

export type TransactionMode = { isolationLevel: IsolationLevel | null; readOnly: boolean; deferrable: boolean };

/** A Postgres on this machine, embedded or a server, with the calls that the gateway and tests need. */
export interface LocalPostgres {
  readonly kind: "pglite" | "postgres";
  /** The URL for psql. Null for the embedded one, which other processes cannot reach. */
  readonly url: string | null;
  /** @throws PostgresRefusal | PostgresUnreachable */
  query(statement: Statement): Promise<StatementResult>;
  /** Runs all in one transaction. @throws PostgresRefusal for the first refused statement, without any effect. */
  batch(statements: readonly Statement[], mode: TransactionMode): Promise<StatementResult[]>;
  /** A connection of its own, for `migrate`. */
  session<T>(use: (session: MigrationSession) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

export const REFUSAL_FIELDS = [
  "code",
  "detail",
  "hint",
  "position",
  "internalPosition",
  "internalQuery",
  "severity",
  "where",
  "schema",
  "table",
  "column",
  "dataType",
  "constraint",
  "file",
  "line",
  "routine",
] as const;

/** Postgres refused the statement. */
export class PostgresRefusal extends Error {
  override name = "PostgresRefusal";
  readonly fields: Readonly<Record<string, string | undefined>>;
  /** The character in the statement, counted from 1. */
  readonly position: string | undefined;

  constructor(answer: Error) {
    super(answer.message);
    const given = answer as Error & Record<string, unknown>;
    this.fields = Object.fromEntries(
      REFUSAL_FIELDS.map((field) => [field, typeof given[field] === "string" ? given[field] : undefined]),
    );
    this.position = this.fields.position;
  }
}

/** Postgres did not answer: it is not running, shuts down, or ended during a statement. */
export class PostgresUnreachable extends Error {
  override name = "PostgresUnreachable";
}

export function beginStatement({ isolationLevel, readOnly, deferrable }: TransactionMode): Statement {
  const words = ["BEGIN"];
  if (isolationLevel) words.push("ISOLATION LEVEL", ISOLATION_LEVELS[isolationLevel]);
  if (readOnly) words.push("READ ONLY");
  if (deferrable) words.push("DEFERRABLE");
  return { text: words.join(" "), params: [] };
}
