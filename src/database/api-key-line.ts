import { type SQL, sql } from "drizzle-orm";
import { apiKeyTerms } from "./own-tables.ts";

/**
 * The newest key of the line that rotations made of a key; the key itself without any. Endpoints belong to it, whichever key of the
 * line registered them.
 */
export function newestKeyOf(apiKeyId: SQL): SQL<string> {
  const successor = sql`SELECT FROM ${apiKeyTerms} n WHERE n.replaces = t.api_key_id`;
  return sql<string>`coalesce((
    SELECT t.api_key_id FROM ${apiKeyTerms} t JOIN ${apiKeyTerms} own ON own.line_id = t.line_id
    WHERE own.api_key_id = ${apiKeyId} AND NOT EXISTS (${successor})), ${apiKeyId})`;
}
