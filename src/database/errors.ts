import { isDriverError } from "./driver-error.ts";

export type PostgresError = {
  /** SQLSTATE: five digits or capitals, `23505` for a duplicate. */
  code: string;
  message: string;
  constraint: string | null;
  table: string | null;
};

const SQLSTATE = /^[0-9A-Z]{5}$/;
const MAX_CAUSES = 8;

/** What Postgres said, wherever drizzle and the driver wrapped it; null when Postgres did not answer at all. */
export function postgresError(error: unknown): PostgresError | null {
  for (const cause of causes(error)) {
    if (!isDriverError(cause) || !SQLSTATE.test(cause.code ?? "")) continue;
    const { code = "", message, constraint, table } = cause;
    return { code, message, constraint: constraint || null, table: table || null };
  }
  return null;
}

/** A duplicate under the named unique constraint or index. */
export function violates(error: unknown, constraint: string): boolean {
  return postgresError(error)?.constraint === constraint;
}

/**
 * Trouble that is not the statement's fault and passes: no connection, shutdown, too many clients, a lost race for a lock.
 * An internal error of Postgres counts too, because storage that hiccups shows as one.
 * Bad credentials and a standby that took over are the operator's, not the statement's, so they count as well.
 */
const PASSING_CLASSES = ["08", "28", "53", "57", "58", "XX"];
const PASSING_CODES = ["25006", "3D000", "40001", "40P01", "55P03"];

// An answer too large (507) or a question too large (413) stays so however often it is sent.
const LASTING_HTTP_FAILURE = /^Server error \(HTTP status (?:413|507)\)/;

/**
 * Whether the same query may succeed later: the network, a timeout, the endpoint's own failure or a passing state of
 * Postgres. Anything else is permanent: the query will fail again however often it is tried.
 */
export function isUnavailable(error: unknown): boolean {
  const said = postgresError(error);
  if (said) return PASSING_CODES.includes(said.code) || PASSING_CLASSES.includes(said.code.slice(0, 2));
  // The driver answers for fetch, and Neon's proxy for a Postgres it cannot reach; neither gives an SQLSTATE.
  return causes(error).some((cause) => isDriverError(cause) && !LASTING_HTTP_FAILURE.test(cause.message));
}

/**
 * Whether Postgres, or we ourselves, refuse the query for good. Anything else, such as a setting that cannot be read, is
 * corrected elsewhere, and the query may then succeed.
 */
export function isPermanent(error: unknown): boolean {
  if (postgresError(error)) return !isUnavailable(error);
  return causes(error).some(
    (cause) => cause instanceof RangeError || (isDriverError(cause) && LASTING_HTTP_FAILURE.test(cause.message)),
  );
}

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let cause = error; cause instanceof Error && chain.length < MAX_CAUSES; cause = cause.cause) chain.push(cause);
  return chain;
}
