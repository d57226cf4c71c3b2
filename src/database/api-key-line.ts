import { type SQL, sql } from "drizzle-orm";
import { apiKeyTerms } from "./own-tables.ts";
import { apiKeys } from "./schema.ts";

/**
 * The newest key that has not ended, of the line that rotations made of a key; the key itself without any. Endpoints belong to it,
 * whichever key of the line registered them.
 */
export function newestKeyOf(apiKeyId: SQL): SQL<string> {
  return sql<string>`coalesce((
    WITH RECURSIVE line AS (
      SELECT first.api_key_id, 0 AS nth FROM ${apiKeyTerms} own JOIN ${apiKeyTerms} first ON first.api_key_id = own.line_id
      WHERE own.api_key_id = ${apiKeyId}
      UNION ALL
      SELECT next.api_key_id, line.nth + 1 FROM line JOIN ${apiKeyTerms} next ON next.replaces = line.api_key_id
    )
    SELECT line.api_key_id FROM line WHERE (SELECT k.is_active FROM ${apiKeys} k WHERE k.id = line.api_key_id)
    ORDER BY line.nth DESC LIMIT 1), ${apiKeyId})`;
}
