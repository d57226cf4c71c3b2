import { type SQL, sql } from "drizzle-orm";
import { partnerSandboxes } from "./own-tables.ts";

/**
 * Whether a row of this partner is about real money. Every query asks it that moves money, or reports about it, and reads a table
 * that sandbox boards write to as well. (decision 0014)
 */
export function isOfLivePartner(partnerId: unknown): SQL {
  return sql`NOT EXISTS (SELECT FROM ${partnerSandboxes} WHERE ${partnerSandboxes.sandboxPartnerId} = ${partnerId})`;
}

/** The query of the ids of a partner and of its sandbox. */
export function selfAndSandbox(partnerId: string): SQL {
  const { sandboxPartnerId, partnerId: liveId } = partnerSandboxes;
  return sql`SELECT ${partnerId}::uuid UNION ALL SELECT ${sandboxPartnerId} FROM ${partnerSandboxes} WHERE ${liveId} = ${partnerId}`;
}
