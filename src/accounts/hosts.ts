import { sql } from "drizzle-orm";
import type { Database } from "#database/client";
import { hosts } from "#database/schema";

export type Host = { id: string; email: string; createdAt: Date };

/** Addresses are kept trimmed and in lower case, so one person is one host. */
export function normalEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** The host with this address, made on the spot when there is none. One statement, so two requests make one host. */
export async function findOrCreateHost(database: Database, email: string): Promise<Host> {
  const [host] = await database
    .insert(hosts)
    .values({ email: normalEmail(email) })
    // Writing the same value back makes RETURNING give the row that was already there.
    .onConflictDoUpdate({ target: hosts.email, set: { email: sql`excluded.email` } })
    .returning({ id: hosts.id, email: hosts.email, createdAt: hosts.createdAt });
  if (!host) throw new Error("the host was neither found nor made");
  return host;
}
